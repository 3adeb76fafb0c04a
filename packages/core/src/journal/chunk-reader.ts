/**
 * Reads chunks back for the lanes. Those that a lane will come to soon are kept decoded, so that lanes at about the same
 * place get the same `Entry` objects: what is derived from one is derived once.
 */
import type { Entry } from '../entry.ts';
import { hasCode } from '../errors.ts';
import { chunkKeyAt } from './bound.ts';
import { damaged } from './checked-table.ts';
import { decodeChunk } from './chunk.ts';
import { type Store, stateOf } from './store.ts';

/** Characters of raw text: one walk of the source. */
const MAX_CHARS = 4 << 20;

export interface Chunk {
  /** Number of its first entry. */
  readonly first: number;
  readonly entries: readonly Entry[];
}

interface KeptChunk {
  readonly entries: readonly Entry[];
  readonly chars: number;
}

interface ReadingLane {
  /** Its next entry. */
  next: number;
  /** What it was to take had to make room for others: nothing more is kept for it until it moves. */
  isLeftBehind: boolean;
}

/**
 * Kept is what some lane has yet to take and will come to before it would have to make room for others. A lane that is far
 * behind the source would find nothing of what is appended, and what all have passed is of no more use: with one lane in a
 * backlog 4 MiB of texts were kept for nobody, and 50,000 of 60,000 events were read back all the same.
 */
export class ChunkReader {
  readonly #store: Store;
  readonly #maxChars: number;
  /** By number of the first entry; the least recently used first. */
  readonly #kept = new Map<number, KeptChunk>();
  #chars = 0;
  #entries = 0;
  /** By their names. */
  readonly #lanes = new Map<string, ReadingLane>();

  constructor(store: Store, maxChars: number = MAX_CHARS) {
    this.#store = store;
    this.#maxChars = maxChars;
  }

  /** Characters of raw text that are kept. */
  get keptChars(): number {
    return this.#chars;
  }

  /**
   * The chunk that holds entry `number`, kept until all who want it are `past` it. Undefined: it has left the journal.
   * @throws RelayError `JOURNAL_DAMAGED`: a chunk that cannot be read is named, never skipped.
   */
  at(number: number): Chunk | undefined {
    const chunk = this.pass(number);
    if (chunk !== undefined) this.#keep(chunk);
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

  /** A lane begins to read, with entry `next`. */
  begin(lane: string, next: number): void {
    this.#lanes.set(lane, { next, isLeftBehind: false });
  }

  /** All lanes that there are, by their names, each with its next entry unless it has begun. */
  configure(lanes: ReadonlyMap<string, number>): void {
    for (const lane of this.#lanes.keys()) if (!lanes.has(lane)) this.#lanes.delete(lane);
    for (const [lane, next] of lanes) if (!this.#lanes.has(lane)) this.begin(lane, next);
  }

  /** A lane has taken what it wants of this chunk, and reads on with entry `next`. */
  past(lane: string, next: number, { first, entries }: Chunk): void {
    this.begin(lane, next);
    if (this.#isAwaited(first, first + entries.length)) return;
    this.#forget(first);
    // With it what was kept for a lane that has been left behind.
    for (const [oldest, kept] of this.#kept) {
      if (this.#isAwaited(oldest, oldest + kept.entries.length)) return;
      this.#forget(oldest);
    }
  }

  /** Just committed. */
  remember(first: number, entries: readonly Entry[]): void {
    if (this.#isAwaited(first, first + entries.length)) this.#keep({ first, entries });
  }

  /** Forgets what is in memory: a transaction was undone, LMDB alone is right. */
  drop(): void {
    this.#kept.clear();
    this.#chars = 0;
    this.#entries = 0;
  }

  /** Between a lane and a chunk may lie as many entries as are kept: with more the chunk would make room for others before the lane is there. */
  #isAwaited(first: number, end: number): boolean {
    for (const { next, isLeftBehind } of this.#lanes.values()) {
      if (!isLeftBehind && next < end && first - next <= this.#entries) return true;
    }
    return false;
  }

  #keep({ first, entries }: Chunk): void {
    const chars = this.#kept.get(first)?.chars ?? entries.reduce((sum, entry) => sum + entry.raw.length, 0);
    this.#forget(first);
    this.#kept.set(first, { entries, chars });
    this.#chars += chars;
    this.#entries += entries.length;
    for (const [oldest, kept] of this.#kept) {
      if (this.#chars <= this.#maxChars) return;
      this.#forget(oldest);
      for (const lane of this.#lanes.values()) if (lane.next < oldest + kept.entries.length) lane.isLeftBehind = true;
    }
  }

  #forget(first: number): void {
    const kept = this.#kept.get(first);
    if (kept === undefined) return;
    this.#kept.delete(first);
    this.#chars -= kept.chars;
    this.#entries -= kept.entries.length;
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
