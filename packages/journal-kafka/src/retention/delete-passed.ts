/**
 * Lets go of what every lane has passed. Kafka's own retention stays off: it knows no lane. What counts is each lane's copy and not its
 * committed offset, which is further and may expire: a lane that goes on at its copy then finds everything.
 */
import type { Client } from '../client/client.ts';
import { offsetOf } from '../client/committed.ts';
import type { JournalBroker } from '../client/protocol.ts';
import { readCopies, writeCopies } from '../lane/copies.ts';
import { endsOf } from '../lane/log-ends.ts';
import type { Names } from '../topics/names.ts';
import { cutOf, lowestOf } from './cut.ts';

export interface DeleteOrder {
  readonly client: Client;
  readonly names: Pick<Names, 'entries' | 'lanes'>;
  readonly partition: number;
  /** All that are configured: one that has never begun here holds everything. Others hold what their copies have not passed. */
  readonly lanes: readonly string[];
  /** Those of which somebody has said that no process has them any more: their copies are forgotten. */
  readonly removed: readonly string[];
  /** @throws when the partition is another process's by now */
  readonly confirm: () => Promise<void>;
  readonly nowMs: number;
  /** Records of this time or later stay while there is room, in milliseconds since the epoch. */
  readonly youngFromMs: number;
  readonly isFull: boolean;
  readonly signal: AbortSignal;
}

/** The offset before which everything has left. Undefined: nothing was to leave. @throws ClientError; the signal's reason. */
export async function deletePassed(order: DeleteOrder): Promise<bigint | undefined> {
  const { client, names, partition, lanes, youngFromMs, isFull, signal } = order;
  const at = { topic: names.entries, partition };
  const { last } = await endsOf(client, at);
  if (last === undefined) return undefined;
  const all = await readCopies(client, { topic: names.lanes, partition }, signal);
  const isRemoved = (lane: string): boolean => order.removed.includes(lane) && !lanes.includes(lane);
  const copies = all.filter(({ lane }) => !isRemoved(lane));
  const tombstones = all
    .filter(({ lane }) => isRemoved(lane))
    .map(({ offset, lane, term, memberId }) => ({ partition, offset, metadata: null, key: { lane, term, memberId } }));
  await writeCopies({ client, topic: names.lanes, nowMs: order.nowMs }, tombstones);
  const lowest = lowestOf(copies, lanes);
  const young = await firstFrom(client, at, youngFromMs);
  const cut = cutOf({ lowest, young, last: last.offset, isFull });
  if (cut === undefined || cut <= (await offsetOf(client, at, 'first'))) return undefined;
  await order.confirm();
  signal.throwIfAborted();
  const partitions = [{ partition, offset: String(cut) }];
  await client.ofLeader(at, (broker: JournalBroker) =>
    broker.deleteRecords({ topics: [{ topic: names.entries, partitions }] }),
  );
  return cut;
}

async function firstFrom(
  client: Client,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  timestamp: number,
): Promise<bigint | undefined> {
  const topics = [{ topic, partitions: [{ partition, timestamp }] }];
  const { responses } = await client.ofLeader({ topic, partition }, (broker: JournalBroker) =>
    broker.listOffsets({ replicaId: -1, isolationLevel: 1, topics }),
  );
  const offset = BigInt(responses[0]?.partitions[0]?.offset ?? -1);
  return offset < 0n ? undefined : offset;
}
