/** A lane begins with the partitions that it was given: where it stands in each is found, compared, and said in its own name. */
import { RelayError, type Runtime } from '@audit-relay/core/journal';
import type { Client } from '../client/client.ts';
import type { GroupAssignment } from '../group/assignment.ts';
import type { GroupMember } from '../group/member.ts';
import type { Names } from '../topics/names.ts';
import { loadPartition } from '../writer/partition-state.ts';
import { type CursorCopy, readCopies, writeCopies } from './copies.ts';
import { KafkaLaneJournal, type PartitionStart } from './lane-journal.ts';
import { endsOf } from './log-ends.ts';
import { decodeMetadata } from './metadata.ts';
import { type Begin, type Start, startOf } from './start.ts';

export interface LaneOrder {
  readonly name: string;
  readonly begin: Begin;
  /** The lane's own: a request that waits for entries makes others of its connections wait. */
  readonly client: Client;
  readonly names: Names;
  readonly member: Pick<GroupMember, 'committed'>;
  readonly assignment: GroupAssignment;
  readonly runtime: Runtime;
}

export type OpenedLane =
  | { readonly kind: 'ready'; readonly journal: KafkaLaneJournal }
  /** In these partitions something that the lane had not passed has left. */
  | { readonly kind: 'entries_gone'; readonly partitions: readonly number[] };

/**
 * @throws RelayError `JOURNAL_REASSIGNED`, `CURSOR_FOREIGN` where somebody else has set the group's offset, `JOURNAL_DAMAGED` where the
 *   log ends before the cursor, `JOURNAL_NEWER`; ClientError.
 */
export async function openLane(order: LaneOrder): Promise<OpenedLane> {
  const { name, client, names, member, assignment, runtime } = order;
  const committed = await member.committed(assignment.partitions);
  const starts = new Map<number, PartitionStart>();
  const gone: number[] = [];
  const former: CursorCopy[] = [];
  for (const partition of assignment.partitions) {
    const all = await readCopies(client, { topic: names.lanes, partition }, assignment.revoked);
    const copies = all.filter(({ lane }) => lane === name);
    former.push(...copies);
    const offset = committed.find((one) => one.partition === partition);
    const everGiven = async (): Promise<number> =>
      (await loadPartition({ client, names, partition, signal: assignment.revoked }, 'state')).totals.entries;
    const { ends: log } = await endsOf(client, { topic: names.entries, partition }, everGiven);
    const told = copies.map((copy) => copy.told);
    const own = offset && { offset: offset.offset, told: decodeMetadata(offset.metadata) };
    const start = startOf({ copies: told, log, ...(own && { committed: own }) }, order.begin);
    if (start.kind === 'entries_gone') gone.push(partition);
    if (start.kind !== 'ready' && start.kind !== 'entries_gone') throw refusal(name, partition, start.kind);
    if (start.kind !== 'ready') continue;
    if (start.isRestored) {
      const text = `${name}: the committed offset of partition ${partition} has expired: goes on at its copy`;
      runtime.log('warn', 'CURSOR_RESTORED', text, { lane: name, partition });
    }
    starts.set(partition, { from: start.from, cursor: start.found.cursor, term: start.found.term, ends: log });
  }
  if (gone.length > 0) return { kind: 'entries_gone', partitions: gone };
  const topics = { entries: names.entries, lanes: names.lanes };
  const journal = new KafkaLaneJournal({ name, client, topics, assignment, starts, runtime });
  await journal.begin();
  // What former owners have left says nothing more, now that this one's word is committed.
  const forgotten = former.map(({ partition, offset, lane, term, memberId }) => ({
    partition,
    offset,
    metadata: null,
    key: { lane, term, memberId },
  }));
  await writeCopies({ client, topic: names.lanes, nowMs: runtime.now() }, forgotten);
  return { kind: 'ready', journal };
}

function refusal(lane: string, partition: number, kind: Exclude<Start['kind'], 'ready' | 'entries_gone'>): RelayError {
  if (kind === 'foreign') {
    const fix = 'stop the agents, delete the offsets of its group, and it goes on at its own copy';
    return new RelayError(
      'CURSOR_FOREIGN',
      `${lane}: somebody else has set the offset of partition ${partition}, which says nothing of what was sent: ${fix}`,
    );
  }
  const fix = 'it is another topic, or has lost its end: restore it, or begin a new journal under another topic_prefix';
  return new RelayError(
    'JOURNAL_DAMAGED',
    `${lane}: partition ${partition} ends before what the lane has passed: ${fix}`,
  );
}
