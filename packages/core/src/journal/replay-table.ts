/** Replays as they stand in the journal, as who reads it sees them; `replay-store.ts` writes them. */
import type { Entry } from '../entry.ts';
import { oldestChunkKey } from './bound.ts';
import type { ReplayCounts, ReplayProgress, ReplayRequest } from './replay.ts';
import { type Store, stateOf } from './store.ts';
import type { StoredCursor, StoredReplay } from './stored.ts';

/** Which entries a replay is about, whatever their time: all that its lane was done with when it was asked for. */
export type ReplayScope = Pick<StoredReplay, 'first' | 'end' | 'without'>;

/** What the lane has not settled goes out by itself, and is left out. `end` below `first`: there is nothing. */
export function scopeOf(store: Store, { position, settled }: Pick<StoredCursor, 'position' | 'settled'>): ReplayScope {
  const first = oldestChunkKey(store)?.[0] ?? stateOf(store).next;
  const without: [first: number, last: number][] = [];
  let end = position;
  for (const [from, to] of settled) {
    without.push([end + 1, from - 1]);
    end = to;
  }
  return { first, end, without };
}

export function isInScope({ without }: Pick<ReplayScope, 'without'>, number: number): boolean {
  return !without.some(([first, last]) => first <= number && number <= last);
}

export function isInTime(
  { timeMs }: Pick<Entry, 'timeMs'>,
  { fromMs, toMs }: Pick<ReplayRequest, 'fromMs' | 'toMs'>,
): boolean {
  return fromMs <= timeMs && timeMs < toMs;
}

export function replayCounts(store: Store): ReplayCounts {
  const { replays = {}, replayed = {} } = stateOf(store);
  const progress = Object.entries(replays).map(([lane, replay]) => [lane, progressOf(replay)] as const);
  return { replays: Object.fromEntries(progress), replayed };
}

function progressOf(stored: StoredReplay): ReplayProgress {
  const { first, end, without: _, position, ...rest } = stored;
  return { ...rest, entries: Math.max(0, end - first + 1), passed: Math.max(0, position - first + 1) };
}
