/** Where the journal stands, from a few look-ups; for the running agent and for a second process alike. */
import { bytesAfter, chunkKeyAt, oldestChunkKey, slowestLane, stateOf } from './bound.ts';
import type { JournalStats, LaneStats } from './journal.ts';
import type { Store } from './store.ts';

export function statsOf(store: Store, fullBecauseOf: string | undefined): JournalStats {
  const { next, lanes, maxBytes } = stateOf(store);
  const oldest = oldestChunkKey(store);
  const slowest = slowestLane(store, lanes);
  const unpassed = slowest === undefined ? 0 : bytesAfter(store, slowest.position);
  return {
    bytes: store.usedBytes(),
    maxBytes,
    pinnedBytes: unpassed + store.letterBytes(),
    entries: next - (oldest?.[0] ?? next),
    ...(oldest && { oldestReceivedMs: oldest[2] }),
    ...(fullBecauseOf !== undefined && { fullBecauseOf }),
    lanes: Object.fromEntries(lanes.map((lane) => [lane, laneStats(store, lane)])),
    deadLetters: countByOwner(store.letterIds.getKeys()),
    oddities: countByOwner(store.oddities.getKeys()),
  };
}

function laneStats(store: Store, lane: string): LaneStats {
  const next = stateOf(store).next;
  const position = store.cursors.get(lane)?.position ?? 0;
  const behindEntries = next - 1 - position;
  const since = behindEntries > 0 ? chunkKeyAt(store, position + 1)?.[2] : undefined;
  return { behindEntries, ...(since !== undefined && { behindSinceMs: since }) };
}

/** A scan of keys, not of entries: dead letters are few, or the operator has been told so. */
function countByOwner(keys: Iterable<readonly [owner: string, ...rest: unknown[]]>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [owner] of keys) counts[owner] = (counts[owner] ?? 0) + 1;
  return counts;
}
