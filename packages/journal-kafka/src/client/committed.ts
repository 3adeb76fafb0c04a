/**
 * Reading what is committed (`read_committed`), without a group. What was aborted is left out by the broker's list of aborted
 * transactions: kafkajs's own filter takes one of them a record, and so gives out the first record of a second one.
 */
import type { ClientPort } from './client.ts';
import type { AbortedTransaction, FetchedMessage, JournalBroker } from './protocol.ts';

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

export interface CommittedRecord {
  readonly offset: bigint;
  readonly key: Buffer | null;
  /** Null: a tombstone. */
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface CommittedPage {
  readonly records: readonly CommittedRecord[];
  /** Where the next page begins. */
  readonly next: bigint;
  /** Below it nothing is open. */
  readonly lastStableOffset: bigint;
  readonly highWatermark: bigint;
}

export interface PageRequest extends Place {
  readonly from: bigint;
  /** A larger record comes alone. */
  readonly maxBytes: number;
  /** How long the broker may wait for a first byte, in milliseconds. */
  readonly maxWaitMs: number;
}

/** @throws ClientError, with code 1 (`OFFSET_OUT_OF_RANGE`) where `from` has been deleted or is not there yet. */
export async function readPage(client: ClientPort, request: PageRequest): Promise<CommittedPage> {
  const { topic, partition, from, maxBytes, maxWaitMs } = request;
  const partitions = [{ partition, fetchOffset: String(from), maxBytes }];
  const asked = { replicaId: -1, isolationLevel: 1, maxWaitTime: maxWaitMs, minBytes: 1, maxBytes } as const;
  const fetch = (broker: JournalBroker) => broker.fetch({ ...asked, topics: [{ topic, partitions }] });
  const { responses } = await client.ofLeader(request, fetch);
  const answer = responses[0]?.partitions[0];
  // So a broker answers whom its quotas hold back.
  if (answer === undefined) return { records: [], next: from, lastStableOffset: 0n, highWatermark: 0n };
  const { messages, abortedTransactions = [] } = answer;
  const held = messages.filter(({ offset }) => BigInt(offset) >= from);
  const last = held.at(-1);
  const lastStableOffset = BigInt(answer.lastStableOffset);
  // A batch of which compaction has left nothing is there all the same, and is passed step by step.
  const passed = messages.length === 0 && from >= lastStableOffset ? from : from + 1n;
  return {
    records: committedOf(messages, abortedTransactions).filter(({ offset }) => offset >= from),
    next: last === undefined ? passed : BigInt(last.offset) + 1n,
    lastStableOffset,
    highWatermark: BigInt(answer.highWatermark),
  };
}

/** Of control records, the key that says that the producer's transaction was aborted: version 0, type 0. */
const ABORT = Buffer.from([0, 0, 0, 0]);

/** In the order of their offsets, without what was aborted and without control records. */
export function committedOf(
  messages: readonly FetchedMessage[],
  abortedTransactions: readonly AbortedTransaction[],
): readonly CommittedRecord[] {
  const waiting = abortedTransactions.toSorted((a, b) => (BigInt(a.firstOffset) < BigInt(b.firstOffset) ? -1 : 1));
  const aborting = new Set<string>();
  return messages.flatMap(({ offset: text, key, value, headers, isControlRecord, batchContext }) => {
    const offset = BigInt(text);
    for (let first = waiting[0]; first !== undefined && BigInt(first.firstOffset) <= offset; first = waiting[0]) {
      aborting.add(first.producerId);
      waiting.shift();
    }
    if (isControlRecord) {
      if (key !== null && ABORT.equals(key)) aborting.delete(batchContext.producerId);
      return [];
    }
    if (batchContext.inTransaction && aborting.has(batchContext.producerId)) return [];
    return [{ offset, key, value, headers }];
  });
}

/** The first offset that is there, or the one after the last, open transactions included. @throws ClientError */
export async function offsetOf(client: ClientPort, place: Place, which: 'first' | 'end'): Promise<bigint> {
  const partitions = [{ partition: place.partition, timestamp: which === 'first' ? -2 : -1 }];
  const ask = (broker: JournalBroker) =>
    broker.listOffsets({ replicaId: -1, isolationLevel: 0, topics: [{ topic: place.topic, partitions }] });
  const { responses } = await client.ofLeader(place, ask);
  return BigInt(responses[0]?.partitions[0]?.offset ?? -1);
}

const PAGE_BYTES = 8 << 20;
const WAIT_MS = 500;
/** Of pages that brought nothing, one after another: about five seconds. */
const LONG_WAIT_PAGES = 10;

export interface EndOrder {
  readonly client: ClientPort;
  readonly place: Place;
  readonly signal: AbortSignal;
  /** Told once each time that an open transaction holds it up for seconds. */
  readonly onLongWait?: ((place: Place) => void) | undefined;
}

/**
 * All that is committed, until what stood there at the beginning, open transactions included, is behind us: whoever has
 * fenced their owner first misses nothing of what it had asked to be committed.
 * @throws ClientError; the signal's reason.
 */
export async function readToEnd(
  { client, place, signal, onLongWait }: EndOrder,
  onRecord: (record: CommittedRecord) => void,
): Promise<void> {
  const end = await offsetOf(client, place, 'end');
  let from = await offsetOf(client, place, 'first');
  for (let waited = 0; from < end; ) {
    signal.throwIfAborted();
    const page = await readPage(client, { ...place, from, maxBytes: PAGE_BYTES, maxWaitMs: WAIT_MS });
    page.records.forEach(onRecord);
    waited = page.next > from ? 0 : waited + 1;
    if (waited === LONG_WAIT_PAGES) onLongWait?.(place);
    from = page.next;
  }
}
