/**
 * What sinks have just taken, for who looks on: kept for a moment, bounded, and only while somebody asks. Whoever is too slow is
 * told how much it has missed; no lane waits.
 */
import type { Entry } from '../../entry.ts';
import type { Runtime } from '../../runtime.ts';

/** Of one sink, in characters of raw text. */
const MOST_CHARACTERS = 4 * 2 ** 20;
const MOST_EVENTS = 20_000;
/** Nobody has asked for so long: nothing more is kept. */
const FORGET_MS = 10_000;

/** One event that a sink has taken. */
export interface Delivered {
  readonly entry: Entry;
  /** It may have been sent before. */
  readonly replay: boolean;
}

export interface DeliveredPortion {
  readonly events: readonly Delivered[];
  /** To be given for what follows. */
  readonly after: number;
  readonly missed: number;
}

interface Kept {
  askedMs: number;
  /** Of the next event. */
  next: number;
  readonly events: Delivered[];
  characters: number;
}

export class Deliveries {
  readonly #runtime: Pick<Runtime, 'elapsedMs'>;
  readonly #kept = new Map<string, Kept>();

  constructor(runtime: Pick<Runtime, 'elapsedMs'>) {
    this.#runtime = runtime;
  }

  /** For a lane, at each answer of its peer. */
  onAcked(sink: string): (items: readonly Delivered[]) => void {
    return (items) => {
      const kept = this.#kept.get(sink);
      if (kept === undefined) return;
      if (this.#runtime.elapsedMs() - kept.askedMs > FORGET_MS) {
        forget(kept, items.length);
        return;
      }
      for (const { entry, replay } of items) add(kept, { entry, replay });
      trim(kept);
    };
  }

  /** What it has taken since `after`, up to `maxCharacters` of raw text; without `after`, from now on. */
  take(sink: string, after: number | undefined, maxCharacters: number): DeliveredPortion {
    const askedMs = this.#runtime.elapsedMs();
    const kept = this.#kept.get(sink) ?? { askedMs, next: 1, events: [], characters: 0 };
    kept.askedMs = askedMs;
    this.#kept.set(sink, kept);
    const first = kept.next - kept.events.length;
    // Of another process, or of a time that is forgotten: what there is.
    const wanted = after === undefined || after >= kept.next ? kept.next : after + 1;
    const begin = Math.max(wanted, first);
    const events: Delivered[] = [];
    let characters = 0;
    let looked = 0;
    for (const delivered of kept.events.slice(begin - first)) {
      const { length } = delivered.entry.raw;
      const isTooLong = length > maxCharacters;
      if (!isTooLong && characters + length > maxCharacters) break;
      looked += 1;
      if (isTooLong) continue;
      events.push(delivered);
      characters += length;
    }
    return { events, after: begin + looked - 1, missed: begin - wanted + looked - events.length };
  }
}

function add(kept: Kept, delivered: Delivered): void {
  kept.events.push(delivered);
  kept.next += 1;
  kept.characters += delivered.entry.raw.length;
}

/** Nobody may look on any more; whoever does is told how much has passed. */
function forget(kept: Kept, passed: number): void {
  kept.events.length = 0;
  kept.characters = 0;
  kept.next += passed;
}

/** What is too old; at once, as an array is long. */
function trim(kept: Kept): void {
  let gone = Math.max(kept.events.length - MOST_EVENTS, 0);
  for (const { entry } of kept.events.slice(0, gone)) kept.characters -= entry.raw.length;
  for (; kept.characters > MOST_CHARACTERS && gone < kept.events.length - 1; gone += 1) {
    kept.characters -= kept.events[gone]?.entry.raw.length ?? 0;
  }
  kept.events.splice(0, gone);
}
