/**
 * One life of a transactional id: from `InitProducerId`, which fences whoever had it, to its first failure. A producer that
 * has failed is never used again: with any client the next transaction of one commits without the records of other partitions.
 */
import type { Runtime } from '@audit-relay/core/journal';
import { ClientError, type Trouble } from '@audit-relay/sink-kafka/connection';
import type { ClientPort } from './client.ts';
import { grouped } from './grouped.ts';
import type { JournalBroker, TopicToProduce, Writer } from './protocol.ts';
import { inRounds, type RecordsOf } from './rounds.ts';

export interface ProducerOptions {
  readonly client: ClientPort;
  readonly transactionalId: string;
  /** After so long the coordinator aborts what is open and fences us, in milliseconds. */
  readonly transactionTimeoutMs: number;
  /** How long a broker is told to wait for its replicas, in milliseconds. */
  readonly produceTimeoutMs: number;
  /** Of a batch, as the topic takes it. */
  readonly maxBatchBytes: number;
  readonly runtime: Pick<Runtime, 'now' | 'elapsedMs' | 'sleep' | 'log'>;
}

/** What became of a transaction that failed. */
export type FailedOutcome =
  /** Another has the transactional id, or its transaction timed out: nothing of it will ever be read. */
  | 'fenced'
  /** It was never asked to be committed, so it will be aborted. */
  | 'aborted'
  /** It was asked to be, and nobody has answered. */
  | 'unknown';

export class ProducerFailed extends Error {
  override readonly name = 'ProducerFailed';
  readonly outcome: FailedOutcome;
  readonly trouble: Trouble;

  constructor(outcome: FailedOutcome, trouble: Trouble) {
    super(`the transaction failed: ${trouble.kind} (${outcome})`);
    this.outcome = outcome;
    this.trouble = trouble;
  }
}

/** `INVALID_PRODUCER_EPOCH` and `PRODUCER_FENCED`. */
const FENCED: readonly number[] = [47, 90];
/** `CONCURRENT_TRANSACTIONS`: the markers of the last one are still being written. */
const CONCURRENT = 51;
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 200;
/** Of the sequence numbers of a partition, which begin anew after the highest. */
const SEQUENCES = 2 ** 31;

export class TransactionalProducer {
  readonly #options: ProducerOptions;
  readonly #writer: Writer;
  readonly #sequences = new Map<string, number>();
  /** Of the last batch of each partition: one that does not grow was taken for a repetition and is not stored. */
  readonly #offsets = new Map<string, bigint>();
  #isSpent = false;

  private constructor(options: ProducerOptions, writer: Writer) {
    this.#options = options;
    this.#writer = writer;
  }

  /** Ends what the last owner of the id had open, and fences it. @throws ProducerFailed; the signal's reason. */
  static async open(options: ProducerOptions, signal: AbortSignal): Promise<TransactionalProducer> {
    const { client, transactionalId, transactionTimeoutMs: transactionTimeout } = options;
    const ask = (broker: JournalBroker) => broker.initProducerId({ transactionalId, transactionTimeout });
    const id = await patiently(options, () => client.ofCoordinator(transactionalId, ask), signal).catch(failed);
    return new TransactionalProducer(options, { transactionalId, ...id });
  }

  /** All of the records or none, in the order given for each partition. @throws ProducerFailed; then this producer is spent. */
  async commit(records: readonly RecordsOf[], signal: AbortSignal): Promise<void> {
    if (this.#isSpent) throw new Error('a producer is not used again after a failure');
    this.#isSpent = true;
    this.#step('TRANSACTION_WRITING', 'a transaction is begun');
    await this.#write(records, signal).catch(failed);
    this.#step('TRANSACTION_WRITTEN', 'its records are written');
    await this.#end(signal).catch((error: unknown) => failed(error, 'unknown'));
    this.#step('TRANSACTION_COMMITTED', 'it is committed');
    this.#isSpent = false;
  }

  #step(code: string, message: string): void {
    this.#options.runtime.log('debug', code, message, { transaction: this.#options.transactionalId });
  }

  async #write(records: readonly RecordsOf[], signal: AbortSignal): Promise<void> {
    const { client, transactionalId, maxBatchBytes } = this.#options;
    const topics = [...grouped(records, ({ topic }) => topic)].map(([topic, parts]) => ({
      topic,
      partitions: [...new Set(parts.map(({ partition }) => partition))],
    }));
    const add = (broker: JournalBroker) => broker.addPartitionsToTxn({ ...this.#writer, topics });
    await patiently(this.#options, () => client.ofCoordinator(transactionalId, add), signal);
    for (const round of inRounds(records, maxBatchBytes)) {
      signal.throwIfAborted();
      await this.#produce(round);
    }
  }

  async #end(signal: AbortSignal): Promise<void> {
    const { client, transactionalId } = this.#options;
    const end = (broker: JournalBroker) => broker.endTxn({ ...this.#writer, transactionResult: true });
    await patiently(this.#options, () => client.ofCoordinator(transactionalId, end), signal);
  }

  /** One batch for each partition, to all leaders at once. */
  async #produce(round: readonly RecordsOf[]): Promise<void> {
    const { client, produceTimeoutMs: timeout } = this.#options;
    const led = await Promise.all(
      round.map(async (part) => ({ part, leader: await client.leaderOf(part.topic, part.partition) })),
    );
    const byLeader = [...grouped(led, ({ leader }) => leader)];
    const asked = byLeader.map(async ([leader, parts]) => {
      const topicData = this.#topicData(parts.map(({ part }) => part));
      const ask = (broker: JournalBroker) => broker.produce({ ...this.#writer, acks: -1, timeout, topicData });
      const { topics } = await client.ofBroker(leader, ask);
      const answers = topics.flatMap(({ topicName, partitions }) =>
        partitions.map((one) => ({ ...one, name: nameOf({ topic: topicName, partition: one.partition }) })),
      );
      for (const { part } of parts) {
        const answer = answers.find(({ name }) => name === nameOf(part));
        this.#judge(part, answer?.errorCode ?? UNNAMED, BigInt(answer?.baseOffset ?? -1));
      }
    });
    // All of them, so that nothing of a failed transaction is still on its way when its producer is let go.
    const settled = await Promise.allSettled(asked);
    for (const one of settled) if (one.status === 'rejected') throw one.reason;
  }

  #judge(part: RecordsOf, code: number, baseOffset: bigint): void {
    if (code !== 0) throw new ClientError({ kind: 'code', code });
    const name = nameOf(part);
    if (baseOffset <= (this.#offsets.get(name) ?? -1n)) {
      throw new ClientError({ kind: 'client', name: 'an offset that goes back', sent: true });
    }
    this.#offsets.set(name, baseOffset);
  }

  #topicData(round: readonly RecordsOf[]): readonly TopicToProduce[] {
    const timestamp = String(this.#options.runtime.now());
    return [...grouped(round, ({ topic }) => topic)].map(([topic, parts]) => ({
      topic,
      partitions: parts.map((part) => ({
        partition: part.partition,
        firstSequence: this.#take(nameOf(part), part.records.length),
        messages: part.records.map(({ key, value, headers = {} }) => ({ key, value, headers, timestamp })),
      })),
    }));
  }

  #take(name: string, count: number): number {
    const first = this.#sequences.get(name) ?? 0;
    this.#sequences.set(name, (first + count) % SEQUENCES);
    return first;
  }
}

/** A code of Kafka's for what should not be: `UNKNOWN_SERVER_ERROR`. */
const UNNAMED = -1;

function nameOf({ topic, partition }: Pick<RecordsOf, 'topic' | 'partition'>): string {
  return `${topic} ${partition}`;
}

/** Asks again while the coordinator is busy with the last transaction, which is over within milliseconds as a rule. */
async function patiently<T>(
  { runtime, transactionTimeoutMs }: ProducerOptions,
  ask: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const beganMs = runtime.elapsedMs();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      const isBusy = codeOf(error) === CONCURRENT && runtime.elapsedMs() - beganMs < transactionTimeoutMs;
      if (!isBusy) throw error;
    }
    await runtime.sleep(pauseMs, signal);
  }
}

function codeOf(error: unknown): number | undefined {
  return error instanceof ClientError && error.trouble.kind === 'code' ? error.trouble.code : undefined;
}

/** @param outcome unless we were fenced. */
function failed(error: unknown, outcome: FailedOutcome = 'aborted'): never {
  if (!(error instanceof ClientError)) throw error;
  const isFenced = FENCED.includes(codeOf(error) ?? 0);
  throw new ProducerFailed(isFenced ? 'fenced' : outcome, error.trouble);
}
