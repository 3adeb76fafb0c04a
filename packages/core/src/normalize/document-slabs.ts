/**
 * Documents as bytes beside the heap, for sinks that take them so: what `renderer.ts` gives where the shape says `bytes`. While a
 * batch fills and is answered a document outlives two collections of garbage; as a text, with its facts, it was a third of all
 * that V8 had to copy twice and then to mark. At 60,000 events the whole relay took 0.92 of the CPU that it took before (0.92 and 0.93
 * in interleaved pairs, start included).
 */
import type { Envelope, Facts } from '@audit-relay/sink';
import type { Entry } from '../entry.ts';

/** Some forty documents each: large enough that making one costs nothing, and one document that stays keeps no more than this. */
const SLAB_BYTES = 2 ** 16;
/** UTF-8 takes at most so many bytes for one UTF-16 code unit. */
const MOST_BYTES_A_UNIT = 3;

type Named = Pick<Envelope, 'id' | 'type' | 'timeMs' | 'receivedMs'>;

/** Where a document's bytes stand. */
interface Place {
  readonly slab: Buffer;
  readonly from: number;
  readonly bytes: number;
}

/** From an entry to its facts, frozen. */
type FactsOf = (entry: Entry) => Facts;

/** Writes documents one behind another; a slab goes when the last of its documents does. */
export class DocumentSlabs {
  readonly #factsOf: FactsOf;
  #slab = Buffer.alloc(0);
  #used = 0;

  constructor(factsOf: FactsOf) {
    this.#factsOf = factsOf;
  }

  pack(named: Named, entry: Entry, json: string): Envelope {
    const room = this.#slab.length - this.#used;
    if (room < json.length * MOST_BYTES_A_UNIT) this.#makeRoom(room, Buffer.byteLength(json));
    const from = this.#used;
    const bytes = this.#slab.write(json, from);
    this.#used += bytes;
    return Object.freeze(
      new PackedDocument(named, { slab: this.#slab, from, bytes }, { entry, factsOf: this.#factsOf }),
    );
  }

  #makeRoom(room: number, bytes: number): void {
    if (bytes <= room) return;
    this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes));
    this.#used = 0;
  }
}

/** Its text and its facts are made when somebody asks for them after all. */
class PackedDocument implements Envelope {
  readonly id: string;
  readonly type: string;
  readonly timeMs: number;
  readonly receivedMs: number;
  readonly bytes: number;
  readonly #slab: Buffer;
  readonly #from: number;
  readonly #entry: Entry;
  readonly #factsOf: FactsOf;

  constructor(named: Named, { slab, from, bytes }: Place, made: { readonly entry: Entry; readonly factsOf: FactsOf }) {
    this.id = named.id;
    this.type = named.type;
    this.timeMs = named.timeMs;
    this.receivedMs = named.receivedMs;
    this.bytes = bytes;
    this.#slab = slab;
    this.#from = from;
    this.#entry = made.entry;
    this.#factsOf = made.factsOf;
  }

  get json(): string {
    return this.#slab.toString('utf8', this.#from, this.#from + this.bytes);
  }

  get facts(): Facts {
    return this.#factsOf(this.#entry);
  }

  copyTo(target: Uint8Array, offset: number): void {
    this.#slab.copy(target, offset, this.#from, this.#from + this.bytes);
  }
}
