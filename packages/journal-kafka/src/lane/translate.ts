/**
 * From a lane's cursor, which is one place in the order of its reading, to a cursor for each partition, and back to what a
 * lane may be told of an entry. Pure: whoever is wrong here loses or doubles.
 */
import { type Cursor, joinSettled, type SettledCounts, type StoredCursor } from '@audit-relay/core/journal';
import type { ReadOrder } from './read-order.ts';

/** As found when the partitions were assigned, in entry numbers of each. */
export type FoundCursors = ReadonlyMap<number, StoredCursor>;

/** Of each partition how far the lane is: what was found joined with what the lane has settled since. */
export function cursorsOf(cursor: Cursor, order: ReadOrder, found: FoundCursors): Map<number, StoredCursor> {
  const upTo = cursor.position === undefined ? new Map<number, number>() : order.upTo(cursor.position);
  const counts = byPartition(cursor.counts);
  const ranges = new Map<number, [first: number, last: number, counts: SettledCounts][]>();
  for (const range of cursor.settled) {
    const ofRange = byPartition(range.counts);
    for (const { partition, first, last } of order.between(range.first, range.last)) {
      const all = ranges.get(partition) ?? [];
      all.push([first, last, ofRange.get(partition) ?? {}]);
      ranges.set(partition, all);
    }
  }
  const cursors = new Map<number, StoredCursor>();
  for (const [partition, start] of found) {
    const position = Math.max(start.position, upTo.get(partition) ?? 0);
    const saved = { position, settled: ranges.get(partition) ?? [], counts: counts.get(partition) ?? {} };
    const { refusals: _, ...rest } = start;
    const { refusals = 0 } = cursor;
    cursors.set(partition, { ...rest, ...joinSettled(start, saved), ...(refusals > 0 && { refusals }) });
  }
  return cursors;
}

/** `3/acked` is an acked entry of partition 3. */
export function byPartition(counts: SettledCounts = {}): ReadonlyMap<number, SettledCounts> {
  const all = new Map<number, Record<string, number>>();
  for (const [name, count] of Object.entries(counts)) {
    const slash = name.indexOf('/');
    if (slash === -1) throw new Error(`a count of no partition: ${name}`);
    const partition = Number(name.slice(0, slash));
    const ofPartition = all.get(partition) ?? {};
    ofPartition[name.slice(slash + 1)] = count;
    all.set(partition, ofPartition);
  }
  return all;
}

/**
 * The reach of a partition so that any `entries` that are read next are within it, all of them perhaps this one's. What the
 * cursor calls settled is not among what is read, so it is not counted. 0: to the last one read.
 * @param last the last entry of the partition that was read or passed over
 */
export function reachOf({ reach, settled }: StoredCursor, last: number, entries: number): number {
  if (entries === 0) return Math.max(reach, last);
  const skipped = settled.reduce((sum, [first, end]) => sum + Math.max(0, end - Math.max(first, last + 1) + 1), 0);
  return Math.max(reach, last + entries + skipped);
}
