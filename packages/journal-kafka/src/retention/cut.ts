/** What of a partition may leave, and how much of the journal may not: pure decisions of what cursors and records say. */

/** Of one partition; offsets of its log. */
export interface Passed {
  /** Up to and without it everything is passed by every lane, as of what would outlive the groups' offsets. Absent: some lane has not begun. */
  readonly lowest: bigint | undefined;
  /** The first record that is younger than `retention`. Absent: none is. */
  readonly young: bigint | undefined;
  /** The last record, which stays: it says how much was ever written. */
  readonly last: bigint;
  /** The journal is at its bound: passed entries leave before their time. */
  readonly isFull: boolean;
}

/** Everything before it may leave. Undefined: nothing. */
export function cutOf({ lowest, young, last, isFull }: Passed): bigint | undefined {
  if (lowest === undefined) return undefined;
  const byAge = isFull || young === undefined ? last : young;
  return leastOf([lowest, byAge, last]);
}

/**
 * Up to and without it every lane has passed everything. Copies of lanes that are not configured here count as well: in a change that goes
 * from one process to the next, another may have them. Of several owners' copies of a lane the least counts: nobody knows which of them
 * the next one finds. Undefined: a lane that is configured has not begun, or none is known.
 */
export function lowestOf(
  copies: readonly { readonly lane: string; readonly offset: bigint }[],
  lanes: readonly string[],
): bigint | undefined {
  const begun = new Set(copies.map(({ lane }) => lane));
  return lanes.every((lane) => begun.has(lane)) ? leastOf(copies.map(({ offset }) => offset)) : undefined;
}

/** Of one or more; undefined of none. */
export function leastOf(offsets: readonly bigint[]): bigint | undefined {
  let least: bigint | undefined;
  for (const one of offsets) if (least === undefined || one < least) least = one;
  return least;
}

/** Running bytes of one partition: before its first record, at its end, and where each lane stands. */
export interface PartitionBytes {
  readonly start: number;
  readonly end: number;
  readonly lanes: Readonly<Record<string, number>>;
}

/** All partitions together. */
export interface HeldBytes {
  /** What some lane has not passed. */
  readonly bytes: number;
  /** The lane that is furthest behind. */
  readonly because: string;
  /** What is there, passed or not. */
  readonly stored: number;
}

export function heldOf(partitions: readonly PartitionBytes[]): HeldBytes {
  const behind = new Map<string, number>();
  let bytes = 0;
  let stored = 0;
  for (const { start, end, lanes } of partitions) {
    const each = Object.entries(lanes).map(([lane, before]) => [lane, Math.max(0, end - before)] as const);
    bytes += Math.max(0, ...each.map(([, held]) => held));
    stored += end - start;
    for (const [lane, held] of each) behind.set(lane, (behind.get(lane) ?? 0) + held);
  }
  const [first] = [...behind].sort(([, a], [, b]) => b - a);
  return { bytes, because: first === undefined || first[1] === 0 ? 'no lane' : first[0], stored };
}
