/**
 * A cluster of one transaction coordinator and one leader in memory, by the rules that Kafka has for epochs, sequences and open
 * transactions, with faults that happen before or after what was asked has been done.
 */
import { ClientError, type Trouble } from '@audit-relay/sink-kafka/connection';
import type { ClientPort } from '../client/client.ts';
import type { FetchedMessage, JournalBroker, TopicToProduce, Writer } from '../client/protocol.ts';

export type Request = 'init' | 'add' | 'produce' | 'end' | 'fetch' | 'offsets';

/** What becomes of one request. */
export type Fault =
  /** A code, and nothing is done. */
  | { readonly kind: 'code'; readonly code: number }
  /** The connection breaks before it has arrived, or once it is done. */
  | { readonly kind: 'lost_question' | 'lost_answer' }
  /** Another producer of the same id has come in between. */
  | { readonly kind: 'fenced' }
  /** The coordinator has ended the transaction that took too long. */
  | { readonly kind: 'timed_out' };

interface Transaction {
  readonly epoch: number;
  readonly partitions: Set<string>;
  readonly records: { readonly place: string; readonly message: TopicToProduce['partitions'][number]['messages'][number] }[];
}

interface Stored {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Of an aborted transaction, or a marker: it takes an offset. */
  readonly isHidden: boolean;
}

const PRODUCER_ID = '7';
const NETWORK: Trouble = { kind: 'network', code: 'ECONNRESET', sent: true };

export class FakeCluster {
  /** In the order of arrival. */
  readonly requests: Request[] = [];
  /** What becomes of the next request. Undefined: it is done. */
  onRequest: (request: Request) => Fault | undefined = () => undefined;
  readonly #logs = new Map<string, Stored[]>();
  readonly #sequences = new Map<string, number>();
  #epoch = -1;
  #open: Transaction | undefined;

  /** Values of committed records of a place, last first where a key is the same: all of them, in order. */
  committed(topic: string, partition: number): readonly Stored[] {
    return this.#log(placeOf(topic, partition)).filter(({ isHidden }) => !isHidden);
  }

  /** Another process has the id from now on. */
  fence(): void {
    this.#end(false);
    this.#epoch += 1;
  }

  readonly client: ClientPort = {
    leaderOf: async () => 1,
    ofCoordinator: (_id, question) => question(this.#broker),
    ofLeader: (_place, question) => question(this.#broker),
    ofBroker: (_node, question) => question(this.#broker),
  };

  readonly #broker: JournalBroker = {
    deleteRecords: async () => undefined,
    initProducerId: () =>
      this.#asked('init', () => {
        this.fence();
        this.#sequences.clear();
        return { producerId: PRODUCER_ID, producerEpoch: this.#epoch };
      }),
    addPartitionsToTxn: ({ topics, ...writer }) =>
      this.#asked('add', () => {
        this.#check(writer);
        const places = topics.flatMap(({ topic, partitions }) => partitions.map((one) => placeOf(topic, one)));
        this.#open ??= { epoch: this.#epoch, partitions: new Set(), records: [] };
        for (const place of places) this.#open.partitions.add(place);
        return {};
      }),
    produce: ({ topicData, ...writer }) => this.#asked('produce', () => ({ topics: this.#produce(writer, topicData) })),
    endTxn: ({ transactionResult, ...writer }) =>
      this.#asked('end', () => {
        this.#check(writer);
        this.#end(transactionResult);
        return {};
      }),
    fetch: ({ topics }) =>
      this.#asked('fetch', () => {
        const [asked] = topics;
        const [part] = asked?.partitions ?? [];
        const log = this.#log(placeOf(asked?.topic ?? '', part?.partition ?? 0));
        const from = Number(part?.fetchOffset ?? 0);
        const messages = log.map(messageOf).slice(from, from + 3);
        const end = String(log.length);
        const found = { partition: part?.partition ?? 0, highWatermark: end, lastStableOffset: end, messages };
        return { responses: [{ partitions: [found] }] };
      }),
    listOffsets: ({ topics }) =>
      this.#asked('offsets', () => {
        const [asked] = topics;
        const [part] = asked?.partitions ?? [];
        const end = this.#log(placeOf(asked?.topic ?? '', part?.partition ?? 0)).length;
        return { responses: [{ partitions: [{ offset: String(part?.timestamp === -2 ? 0 : end) }] }] };
      }),
  };

  async #asked<T>(request: Request, work: () => T): Promise<T> {
    this.requests.push(request);
    await Promise.resolve();
    const fault = this.onRequest(request);
    switch (fault?.kind) {
      case 'code':
        throw refused(fault.code);
      case 'lost_question':
        throw new ClientError(NETWORK);
      case 'fenced':
      case 'timed_out':
        this.fence();
        return work();
      case 'lost_answer':
        work();
        throw new ClientError(NETWORK);
      case undefined:
        return work();
    }
  }

  #check({ producerEpoch }: Writer): void {
    if (producerEpoch !== this.#epoch) throw refused(47);
  }

  #produce(writer: Writer, data: readonly TopicToProduce[]) {
    this.#check(writer);
    return data.map(({ topic, partitions }) => ({
      topicName: topic,
      partitions: partitions.map(({ partition, firstSequence, messages }) => {
        const place = placeOf(topic, partition);
        if (this.#open?.partitions.has(place) !== true) throw refused(48);
        const expected = this.#sequences.get(place) ?? 0;
        const answer = { partition, errorCode: 0, baseOffset: String(this.#log(place).length) };
        if (firstSequence !== expected) return { ...answer, errorCode: 45 };
        this.#sequences.set(place, expected + messages.length);
        for (const message of messages) this.#open.records.push({ place, message });
        return { ...answer, baseOffset: String(this.#log(place).length + this.#open.records.length) };
      }),
    }));
  }

  /** The records of an open transaction, and its markers. */
  #end(isCommitted: boolean): void {
    const ended = this.#open;
    this.#open = undefined;
    for (const { place, message } of ended?.records ?? []) {
      this.#log(place).push({ ...message, isHidden: !isCommitted });
    }
    for (const place of ended?.partitions ?? []) this.#log(place).push({ ...MARKER });
  }

  #log(place: string): Stored[] {
    const log = this.#logs.get(place) ?? [];
    this.#logs.set(place, log);
    return log;
  }
}

const MARKER: Stored = { key: null, value: null, headers: {}, isHidden: true };

function messageOf({ key, value, headers, isHidden }: Stored, offset: number): FetchedMessage {
  const bytes = Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const);
  const batchContext = { producerId: PRODUCER_ID, inTransaction: true };
  const shown = { key, value, headers: Object.fromEntries(bytes) };
  // What is aborted is told here as if it were a marker: the list of aborted transactions has a test of its own.
  return { offset: String(offset), isControlRecord: isHidden, batchContext, ...shown };
}

function refused(code: number): ClientError {
  return new ClientError({ kind: 'code', code });
}

function placeOf(topic: string, partition: number): string {
  return `${topic} ${partition}`;
}
