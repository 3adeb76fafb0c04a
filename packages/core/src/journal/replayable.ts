/** What a replay would find in the journal, for a second process that looks before anybody asks for it. */
import { setImmediate } from 'node:timers/promises';
import type { When } from '../normalize/when.ts';
import { oldestChunkKey } from './bound.ts';
import { type Chunk, ChunkReader } from './chunk-reader.ts';
import type { ReplayRequest } from './replay.ts';
import { isInScope, isInTime, type ReplayScope, scopeOf } from './replay-table.ts';
import { type Store, stateOf } from './store.ts';

/** Known at once, of entries of whatever time. */
export interface Replayable {
  /** That have left the journal since it was made. */
  readonly left: number;
  /** When the oldest that is held was received, in milliseconds since the epoch. Absent: none is held. */
  readonly heldSinceMs?: number;
}

/** Entries of the time that the journal holds, counted one by one. */
export interface ReplayableCounts {
  /** Those that would go again, the excluded ones among them. */
  readonly again: number;
  /** Of those, the ones that the lane's `when` leaves out now. */
  readonly excluded: number;
  /** Those that the lane has not settled: they go out by themselves. */
  readonly toGo: number;
  /** When the first and the last of all of them happened, in milliseconds since the epoch. Absent: there is none. */
  readonly firstMs?: number;
  readonly lastMs?: number;
}

export function replayable(store: Store): Replayable {
  const oldest = oldestChunkKey(store);
  return { left: (oldest?.[0] ?? stateOf(store).next) - 1, ...(oldest && { heldSinceMs: oldest[2] }) };
}

export interface Counting {
  readonly lane: string;
  readonly time: Pick<ReplayRequest, 'fromMs' | 'toMs'>;
  /** Absent: every event passes. */
  readonly when: When | undefined;
}

/** Reads the journal once, a chunk at a time. @throws RelayError `JOURNAL_DAMAGED`, `JOURNAL_NEWER`. */
export async function countReplayable(store: Store, counting: Counting): Promise<ReplayableCounts> {
  const first = oldestChunkKey(store)?.[0] ?? stateOf(store).next;
  // A lane that has never run begins at what is held: nothing of it is settled.
  const scope = scopeOf(store, store.cursors.get(counting.lane) ?? { position: first - 1, settled: [] });
  const reader = new ChunkReader(store);
  const count = new Count(counting, scope);
  for (let number = scope.first; number < stateOf(store).next; await setImmediate()) {
    const chunk = reader.pass(number);
    if (chunk !== undefined) count.add(chunk);
    // Where it has left meanwhile, others have as well.
    number =
      chunk === undefined ? Math.max(number + 1, oldestChunkKey(store)?.[0] ?? 0) : chunk.first + chunk.entries.length;
  }
  return count.counts;
}

class Count {
  readonly #counting: Counting;
  readonly #scope: ReplayScope;
  #again = 0;
  #excluded = 0;
  #toGo = 0;
  #firstMs = Number.POSITIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(counting: Counting, scope: ReplayScope) {
    this.#counting = counting;
    this.#scope = scope;
  }

  get counts(): ReplayableCounts {
    const counts = { again: this.#again, excluded: this.#excluded, toGo: this.#toGo };
    return this.#lastMs < this.#firstMs ? counts : { ...counts, firstMs: this.#firstMs, lastMs: this.#lastMs };
  }

  add({ first, entries }: Chunk): void {
    const { time, when } = this.#counting;
    for (const [index, entry] of entries.entries()) {
      if (!isInTime(entry, time)) continue;
      this.#firstMs = Math.min(this.#firstMs, entry.timeMs);
      this.#lastMs = Math.max(this.#lastMs, entry.timeMs);
      const number = first + index;
      const isAgain = number <= this.#scope.end && isInScope(this.#scope, number);
      if (!isAgain) this.#toGo += 1;
      else {
        this.#again += 1;
        if (when?.(entry) === 'exclude') this.#excluded += 1;
      }
    }
  }
}
