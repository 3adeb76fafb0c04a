/**
 * What a lane has settled, in entry numbers: the cursor that it saves joined with the one found at the
 * start. The lane knows nothing of the entries that the latter called settled, as it is not given them.
 */
import type { LaneLaw, SettledCounts } from './journal.ts';
import type { StoredCursor, StoredRange } from './stored.ts';

/** More are forgotten: those entries go out again as replay after the next start. */
const RANGES_KEPT = 64;

/** How far a lane is, beside its reach. */
export type Settled = Pick<StoredCursor, 'position' | 'settled' | 'counts'>;

/**
 * Everything that either calls settled; the first 64 ranges of it, in order and never touching. No entry is in both, so
 * that what became of them is added up; what is forgotten beyond the 64 is not counted either.
 */
export function joinSettled(found: Settled, saved: Settled): Settled {
  const ranges = [...found.settled, ...saved.settled].sort(([a], [b]) => a - b);
  const settled: [first: number, last: number, counts?: SettledCounts][] = [];
  let position = Math.max(found.position, saved.position);
  let counts = sum(found.counts, saved.counts);
  for (const [first, last, ofRange] of ranges) {
    const before = settled.at(-1);
    if (first <= position + 1) {
      position = Math.max(position, last);
      counts = sum(counts, ofRange);
    } else if (before !== undefined && first <= before[1] + 1) {
      settled[settled.length - 1] = range(before[0], Math.max(before[1], last), sum(before[2], ofRange));
    } else settled.push(range(first, last, ofRange));
  }
  return { position, settled: settled.slice(0, RANGES_KEPT), ...(counts && { counts }) };
}

export function isSettled({ settled }: Settled, number: number): boolean {
  return settled.some(([first, last]) => first <= number && number <= last);
}

/** The cursor of a version that did not count, from now on counted. */
export function counted(cursor: StoredCursor): StoredCursor {
  if (cursor.counts !== undefined) return cursor;
  const { position, settled } = cursor;
  // A range that was not counted is before the counting, wherever it stands.
  return { ...cursor, counts: {}, uncounted: position + sizeOf(settled) };
}

/** What is in the journal: the numbers from `oldest` up to and without `next`, but for those of a chunk that cannot be read. */
export interface Present {
  readonly oldest: number;
  readonly next: number;
  /** `end` not included. */
  readonly unreadable?: { readonly first: number; readonly end: number } | undefined;
}

/** Undefined: the cursor is not counted. */
export function lawOf(cursor: StoredCursor, { oldest, next, unreadable: damage }: Present): LaneLaw | undefined {
  const { position, settled, counts, uncounted } = cursor;
  if (counts === undefined || uncounted === undefined) return undefined;
  const all = settled.reduce<SettledCounts>((total, [, , ofRange]) => sum(total, ofRange) ?? total, counts);
  const { acked = 0, dead_lettered: deadLettered = 0 } = all;
  const excluded = Object.entries(all)
    .filter(([way]) => way.startsWith(EXCLUDED))
    .map(([way, count]) => [way.slice(EXCLUDED.length), count]);
  const gone = unsettled(cursor, position + 1, oldest);
  const unreadable = damage === undefined ? 0 : unsettled(cursor, Math.max(damage.first, oldest), damage.end);
  return {
    journaled: next - 1 - uncounted,
    acked,
    deadLettered,
    excluded: Object.fromEntries(excluded),
    held: unsettled(cursor, oldest, next) - unreadable,
    ...(gone > 0 && { gone }),
    ...(unreadable > 0 && { unreadable }),
  };
}

/** The first entry past the cursor that the lane has not settled; the journal need not have it. */
export function firstUnsettled({ position, settled }: Settled): number {
  const [range] = settled;
  return range !== undefined && range[0] === position + 1 ? range[1] + 1 : position + 1;
}

/** How many of the entries from `first` up to and without `end` the lane has not settled. */
function unsettled({ position, settled }: Settled, first: number, end: number): number {
  const from = Math.max(first, position + 1);
  const within = settled.reduce((size, [a, b]) => size + Math.max(0, Math.min(b + 1, end) - Math.max(a, from)), 0);
  return Math.max(0, end - from - within);
}

const EXCLUDED = 'excluded.';

function sizeOf(ranges: readonly StoredRange[]): number {
  return ranges.reduce((size, [first, last]) => size + last - first + 1, 0);
}

function range(first: number, last: number, counts: SettledCounts | undefined): [number, number, SettledCounts?] {
  return counts === undefined ? [first, last] : [first, last, counts];
}

/** Undefined: neither counts. */
export function sum(one: SettledCounts | undefined, other: SettledCounts | undefined): SettledCounts | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const total: Record<string, number> = { ...one };
  for (const [way, count] of Object.entries(other)) total[way] = (total[way] ?? 0) + count;
  return total;
}
