/**
 * From where a lane goes on in a partition: its committed offset, the copies in the lanes topic that outlive it, and what the
 * log still holds, held against each other. Kafka itself would go on at the log's beginning or at its end, and say nothing.
 */
import type { StoredCursor } from '@audit-relay/core/journal';
import type { TermedCursor } from './metadata.ts';

/** What stands there. Offsets are Kafka's, numbers those of entries in the partition. */
export interface Standing {
  /** The group's. `told` is undefined where somebody else has written it. */
  readonly committed?: { readonly offset: bigint; readonly told: TermedCursor | undefined };
  /** By all owners of the partition whose copies are there. */
  readonly copies: readonly TermedCursor[];
  readonly log: LogEnds;
}

/** What the partition's log holds. */
export interface LogEnds {
  /** Of its first record; without any, that of the next one. */
  readonly low: bigint;
  /** Number of the first entry that is held; without any record, that of the next one. */
  readonly oldest: number;
  /** Of the next entry that will be journaled. */
  readonly next: number;
  /** Where reading goes on behind all that is there. */
  readonly end: bigint;
}

/** Where a lane without a cursor begins. */
export type Begin = 'beginning' | 'now' | { readonly fromMs: number };

export type Start =
  | { readonly kind: 'ready'; readonly from: bigint; readonly found: TermedCursor; readonly isRestored: boolean }
  /** Entries that it had not passed have left. */
  | { readonly kind: 'entries_gone'; readonly found: TermedCursor }
  /** The log ends before the cursor: it is another one, or has lost its end. New entries would have numbers that count as passed. */
  | { readonly kind: 'log_shorter'; readonly found: TermedCursor }
  /** The group's offset was set by somebody else, and says nothing of what was settled. */
  | { readonly kind: 'foreign' };

export function startOf({ committed, copies, log }: Standing, begin: Begin): Start {
  if (committed !== undefined && committed.told === undefined) return { kind: 'foreign' };
  const term = Math.max(0, committed?.told?.term ?? 0, ...copies.map((copy) => copy.term)) + 1;
  if (committed?.told !== undefined) return standing({ cursor: committed.told.cursor, term }, log, committed.offset);
  const last = latest(copies);
  if (last === undefined) return beginning(term, log, begin);
  return standing({ cursor: last, term }, log);
}

/** A copy is written before its commit: none of them has less reach than what was committed, whatever else it lacks. */
function latest(copies: readonly TermedCursor[]): StoredCursor | undefined {
  const last = copies.reduce<TermedCursor | undefined>(
    (best, copy) => (best === undefined || isLater(copy, best) ? copy : best),
    undefined,
  );
  return last && { ...last.cursor, reach: Math.max(...copies.map(({ cursor }) => cursor.reach)) };
}

/** Two owners that have not seen each other's word have the same term: one of them was none, and the less of the two is safe. */
function isLater(one: TermedCursor, other: TermedCursor): boolean {
  return one.term > other.term || (one.term === other.term && one.cursor.position < other.cursor.position);
}

function standing(found: TermedCursor, log: LogEnds, committed?: bigint): Start {
  const { position } = found.cursor;
  if (position + 1 < log.oldest) return { kind: 'entries_gone', found };
  if (position >= log.next) return { kind: 'log_shorter', found };
  // What was passed may have left with the record in which the cursor stood.
  const from = committed === undefined || committed < log.low ? log.low : committed;
  return { kind: 'ready', from, found, isRestored: committed === undefined };
}

function beginning(term: number, log: LogEnds, begin: Begin): Start {
  const position = begin === 'now' ? log.next - 1 : log.oldest - 1;
  const fromMs = typeof begin === 'string' ? {} : { fromMs: begin.fromMs };
  const cursor: StoredCursor = { position, settled: [], reach: 0, counts: {}, uncounted: position, ...fromMs };
  return { kind: 'ready', from: begin === 'now' ? log.end : log.low, found: { cursor, term }, isRestored: false };
}
