/** Where the journal stands, from a few look-ups; for the running agent and for a second process alike. */
import { chunkKeyAt, first, oldestChunkKey, pinned } from './bound.ts';
import { setsIn } from './damage/set-aside.ts';
import { deadLetterCounts } from './dead-letter-table.ts';
import type { JournalStats, LaneStats, Unwritable } from './journal.ts';
import { replayCounts } from './replay-table.ts';
import { firstUnsettled, lawOf, type Present } from './settled.ts';
import { type Store, stateOf } from './store.ts';
import type { StoredCursor } from './stored.ts';

/** What only the process that writes knows. */
interface Writing {
  readonly fullBecauseOf: string | undefined;
  readonly unwritable: Unwritable | undefined;
}

/** @param folder the journal's, absolute */
export function statsOf(
  store: Store,
  folder: string,
  { fullBecauseOf, unwritable }: Partial<Writing> = {},
): JournalStats {
  const { next, lanes, maxBytes } = stateOf(store);
  const oldest = oldestChunkKey(store);
  const setAside = setsIn(folder);
  return {
    bytes: store.usedBytes(),
    maxBytes,
    pinnedBytes: pinned(store).bytes,
    entries: next - (oldest?.[0] ?? next),
    ...(oldest && { oldestReceivedMs: oldest[2] }),
    ...(fullBecauseOf !== undefined && { fullBecauseOf }),
    ...(unwritable !== undefined && { unwritable }),
    ...(setAside.length > 0 && { setAside }),
    lanes: Object.fromEntries(lanes.map((lane) => [lane, laneStats(store, lane)])),
    ...deadLetterCounts(store),
    ...replayCounts(store),
  };
}

function laneStats(store: Store, lane: string): LaneStats {
  const { next } = stateOf(store);
  const cursor = store.cursors.get(lane);
  const position = cursor?.position ?? 0;
  const law = cursor && lawOf(cursor, presentTo(store, cursor));
  const behindEntries = next - 1 - position;
  const since = behindEntries > 0 ? chunkKeyAt(store, position + 1)?.[2] : undefined;
  return { behindEntries, ...(since !== undefined && { behindSinceMs: since }), ...(law && { law }) };
}

/**
 * What a lane finds in the journal, by the keys of its chunks: none lies between two of them without being there, which
 * every start has looked at. Of the chunks the one alone is read that the lane comes to next: a lane never passes one
 * that is damaged, so there it stands.
 */
function presentTo(store: Store, cursor: StoredCursor): Present {
  const { next } = stateOf(store);
  const oldest = oldestChunkKey(store)?.[0] ?? next;
  const wanted = Math.max(firstUnsettled(cursor), oldest);
  const key = wanted < next ? chunkKeyAt(store, wanted) : undefined;
  if (key === undefined || store.chunks.isWhole(key)) return { oldest, next };
  const after = first(store.chunks.getKeys({ start: [key[0] + 1], limit: 1 }));
  return { oldest, next, unreadable: { first: key[0], end: after?.[0] ?? next } };
}
