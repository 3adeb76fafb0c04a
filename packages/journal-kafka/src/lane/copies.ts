/**
 * Copies of cursors in the lanes topic, which is compacted and so outlives the group's offsets: those expire seven days after
 * a group's last member has left. A plain record has no fence, so each owner of a partition writes under a key of its own.
 *
 *   key    cursor, the lane's name, the owner's term, the owner's member id, each behind a NUL
 *   value  {"o":"1204","m":"<metadata>"}: the offset and the metadata as they are committed
 */
import { ClientError } from '@audit-relay/sink-kafka/connection';
import type { Client } from '../client/client.ts';
import { readToEnd } from '../client/committed.ts';
import type { JournalBroker, Writer } from '../client/protocol.ts';
import { decodeMetadata, type TermedCursor } from './metadata.ts';

const KIND = 'cursor';
const SEPARATOR = '\0';
const TIMEOUT_MS = 30_000;

export interface CopyKey {
  readonly lane: string;
  readonly term: number;
  readonly memberId: string;
}

export interface CursorCopy extends CopyKey {
  readonly partition: number;
  readonly offset: bigint;
  readonly told: TermedCursor;
}

export interface Copied extends Pick<CursorCopy, 'partition' | 'offset'> {
  /** Null: it is forgotten. */
  readonly metadata: string | null;
  readonly key: CopyKey;
}

/** Of all lanes that have any in the partition. @throws ClientError */
export async function readCopies(
  client: Client,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  signal: AbortSignal,
): Promise<readonly CursorCopy[]> {
  const copies = new Map<string, CursorCopy>();
  await readToEnd({ client, place: { topic, partition }, signal }, ({ key, value }) => {
    const text = key?.toString() ?? '';
    const parsed = keyOf(text);
    if (parsed === undefined) return;
    copies.delete(text);
    const copy = value === null ? undefined : copyOf(value);
    if (copy !== undefined) copies.set(text, { partition, ...parsed, ...copy });
  });
  return [...copies.values()];
}

export interface CopyOrder {
  readonly client: Client;
  readonly topic: string;
  /** What the records say of when they were written. */
  readonly nowMs: number;
}

/** Resolves when every replica in sync has them. @throws ClientError */
export async function writeCopies(order: CopyOrder, copies: readonly Copied[]): Promise<void> {
  const { client, topic, nowMs } = order;
  const written = copies.map(async ({ partition, offset, metadata, key }) => {
    const value = metadata === null ? null : Buffer.from(JSON.stringify({ o: String(offset), m: metadata }));
    const message = { key: Buffer.from(textOf(key)), value, headers: {}, timestamp: String(nowMs) };
    const topicData = [{ topic, partitions: [{ partition, firstSequence: 0, messages: [message] }] }];
    const { topics } = await client.ofLeader({ topic, partition }, (broker: JournalBroker) =>
      broker.produce({ ...NOBODY, acks: -1, timeout: TIMEOUT_MS, topicData }),
    );
    const code = topics[0]?.partitions[0]?.errorCode ?? -1;
    if (code !== 0) throw new ClientError({ kind: 'code', code });
  });
  const settled = await Promise.allSettled(written);
  for (const one of settled) if (one.status === 'rejected') throw one.reason;
}

/** Outside of any transaction: kafkajs writes −1 for what it is not given. */
const NOBODY = {} as Writer;

function textOf({ lane, term, memberId }: CopyKey): string {
  return [KIND, lane, term, memberId].join(SEPARATOR);
}

function keyOf(text: string): CopyKey | undefined {
  const [kind, lane, term, memberId] = text.split(SEPARATOR);
  if (kind !== KIND || lane === undefined || term === undefined || memberId === undefined) return undefined;
  return { lane, term: Number(term), memberId };
}

function copyOf(value: Buffer): Pick<CursorCopy, 'offset' | 'told'> | undefined {
  // What stands under such a key is ours.
  const { o, m } = JSON.parse(value.toString()) as { readonly o: string; readonly m: string };
  const told = decodeMetadata(m);
  return told && { offset: BigInt(o), told };
}
