/** A lane's five numbers over all partitions, whoever has them: of each partition by its cursor, and added up. */
import { type LaneLaw, lawOf, type Present, type StoredCursor } from '@audit-relay/core/journal';

/** Of one partition. */
export interface PartitionStanding {
  readonly cursor: StoredCursor;
  readonly present: Pick<Present, 'oldest' | 'next'>;
}

export interface LaneStanding {
  /** Entries after the cursors' positions. */
  readonly behindEntries: number;
  readonly law: LaneLaw;
}

export function laneStanding(partitions: readonly PartitionStanding[]): LaneStanding {
  let behindEntries = 0;
  let total: LaneLaw = { journaled: 0, acked: 0, deadLettered: 0, excluded: {}, held: 0 };
  for (const { cursor, present } of partitions) {
    behindEntries += Math.max(0, present.next - 1 - cursor.position);
    const law = lawOf(cursor, present);
    if (law !== undefined) total = added(total, law);
  }
  return { behindEntries, law: total };
}

function added(one: LaneLaw, other: LaneLaw): LaneLaw {
  const excluded = { ...one.excluded };
  for (const [rule, count] of Object.entries(other.excluded)) excluded[rule] = (excluded[rule] ?? 0) + count;
  const gone = (one.gone ?? 0) + (other.gone ?? 0);
  return {
    journaled: one.journaled + other.journaled,
    acked: one.acked + other.acked,
    deadLettered: one.deadLettered + other.deadLettered,
    excluded,
    held: one.held + other.held,
    ...(gone > 0 && { gone }),
  };
}
