/**
 * Reads chunks back for the lanes. Those read or written last are kept decoded, so that lanes at
 * about the same place get the same `Entry` objects: what is derived from one is derived once.
 */
import type { Entry } from '../entry.ts';
import { hasCode } from '../errors.ts';
import { chunkKeyAt } from './bound.ts';
import { damaged } from './checked-table.ts';
import { decodeChunk } from './chunk.ts';
import { type Store, stateOf } from './store.ts';

/** Characters of raw text: one walk of the source. Their documents, once made, take about twice that. */
const MAX_CHARS = 4 << 20;

export interface Chunk {
  /** Number of its first entry. */
  readonly first: number;
  readonly entries: readonly Entry[];
}

export class ChunkReader {
  readonly #store: Store;
  readonly #maxChars: number;
  /** By number of the first entry; the least recently used first. */
  readonly #kept = new Map<number, { readonly entries: readonly Entry[]; readonly chars: number }>();
  #chars = 0;

  constructor(store: Store, maxChars: number = MAX_CHARS) {
    this.#store = store;
    this.#maxChars = maxChars;
  }

  /**
   * The chunk that holds entry `number`. Undefined: it has left the journal.
   * @throws RelayError `JOURNAL_DAMAGED`: a chunk that cannot be read is named, never skipped.
   */
  at(number: number): Chunk | undefined {
    const chunk = this.pass(number);
    if (chunk !== undefined) this.remember(chunk.first, chunk.entries);
    return chunk;
  }

  /** The same for who comes by once: what the lanes share stays in memory. @throws as `at` does. */
  pass(number: number): Chunk | undefined {
    const key = chunkKeyAt(this.#store, number);
    if (key === undefined) return undefined;
    const first = key[0];
    const entries = this.#kept.get(first)?.entries ?? this.#read(key);
    if (number >= first + entries.length) throw damaged(`entry ${number} is missing`);
    return { first, entries };
  }

  /** How many entries have ever been journaled, plus 1. */
  get next(): number {
    return stateOf(this.#store).next;
  }

  remember(first: number, entries: readonly Entry[]): void {
    const chars = entries.reduce((sum, entry) => sum + entry.raw.length, 0);
    this.#chars += chars - (this.#kept.get(first)?.chars ?? 0);
    this.#kept.delete(first);
    this.#kept.set(first, { entries, chars });
    for (const [oldest, kept] of this.#kept) {
      if (this.#chars <= this.#maxChars) return;
      this.#kept.delete(oldest);
      this.#chars -= kept.chars;
    }
  }

  /** Forgets what is in memory: a transaction was undone, LMDB alone is right. */
  drop(): void {
    this.#kept.clear();
    this.#chars = 0;
  }

  #read(key: readonly [number, number, number]): readonly Entry[] {
    const place = `the chunk of entry ${key[0]}`;
    try {
      const value = this.#store.chunks.get(key);
      if (value === undefined) throw new Error('not there');
      return decodeChunk(value);
    } catch (error) {
      throw hasCode(error, 'JOURNAL_NEWER') ? error : damaged(place, error);
    }
  }
}
