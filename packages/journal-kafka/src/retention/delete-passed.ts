/**
 * Lets go of what every lane has passed. Kafka's own retention stays off: it knows no lane. What counts is each lane's copy and not its
 * committed offset, which is further and may expire: a lane that goes on at its copy then finds everything.
 */
import type { Client } from '../client/client.ts';
import { offsetOf } from '../client/committed.ts';
import type { JournalBroker } from '../client/protocol.ts';
import { readCopies } from '../lane/copies.ts';
import { endsOf } from '../lane/log-ends.ts';
import type { Names } from '../topics/names.ts';
import { cutOf, leastOf } from './cut.ts';

export interface DeleteOrder {
  readonly client: Client;
  readonly names: Pick<Names, 'entries' | 'lanes'>;
  readonly partition: number;
  /** All that are configured: one that has never begun here holds everything. */
  readonly lanes: readonly string[];
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
  const copies = await readCopies(client, { topic: names.lanes, partition }, signal);
  const lowest = lowestOf(lanes.map((lane) => copies.filter((copy) => copy.lane === lane).map(({ offset }) => offset)));
  const young = await firstFrom(client, at, youngFromMs);
  const cut = cutOf({ lowest, young, last: last.offset, isFull });
  if (cut === undefined || cut <= (await offsetOf(client, at, 'first'))) return undefined;
  signal.throwIfAborted();
  const partitions = [{ partition, offset: String(cut) }];
  await client.ofLeader(at, (broker: JournalBroker) =>
    broker.deleteRecords({ topics: [{ topic: names.entries, partitions }] }),
  );
  return cut;
}

/** Of several owners' copies the least counts: nobody knows which of them the next one finds. */
function lowestOf(offsets: readonly (readonly bigint[])[]): bigint | undefined {
  return offsets.some((all) => all.length === 0) ? undefined : leastOf(offsets.flat());
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
