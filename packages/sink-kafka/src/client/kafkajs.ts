/** The port on kafkajs: its cluster and brokers for connections, metadata and the protocol; everything else is ours. */
import type { LogThrottle } from '@audit-relay/sink-http';
import type { KafkaConfig } from '../config.ts';
import type { KafkaRecord } from '../record/record.ts';
import { useCodec } from './codecs.ts';
import { type Broker, type Cluster, openCluster, type ProduceAnswer, type ProducerId } from './internals.ts';
import { clientLogger } from './log.ts';
import { ClientError, type Partition, type PartitionOutcome, type Produced, type ProducerPort } from './port.ts';
import { saslOf } from './sasl.ts';
import { Sockets } from './sockets.ts';
import { clientError, troubleOf } from './trouble.ts';

export interface ClientOptions {
  readonly config: KafkaConfig;
  /** The configured brokers, in the order in which they are tried. */
  readonly brokers: readonly string[];
  readonly log: Pick<LogThrottle, 'log'>;
}

const METADATA_MAX_AGE_MS = 300_000;
/** How long before the end of a session of SASL the credentials are shown anew, in milliseconds. */
const REAUTHENTICATE_MS = 10_000;
/** Of `request_timeout`: what the broker is told to wait for the replicas, so that it speaks before we give up. */
const BROKER_SHARE = 0.75;
/** Of the sequence numbers of a partition, which begin anew after the highest. */
const SEQUENCES = 2 ** 31;

type Parts = ReadonlyMap<number, readonly KafkaRecord[]>;

export class KafkajsProducer implements ProducerPort {
  readonly #config: KafkaConfig;
  readonly #cluster: Cluster;
  readonly #sockets: Sockets;
  readonly #compression: number;
  readonly #sequences = new Map<number, number>();
  #producerId: ProducerId | undefined;
  #isEnded = false;

  /** Touches no network. @throws TlsFileError, and when the codec's package is missing. */
  constructor({ config, brokers, log }: ClientOptions) {
    this.#config = config;
    this.#compression = useCodec(config.compression);
    this.#sockets = new Sockets(config.tls);
    this.#cluster = openCluster({
      logger: clientLogger(log, () => this.#isEnded),
      brokers,
      clientId: config.client_id,
      socketFactory: this.#sockets.make,
      ssl: config.tls !== undefined,
      sasl: config.sasl === undefined ? null : saslOf(config.sasl),
      connectionTimeout: config.connect_timeout,
      authenticationTimeout: config.connect_timeout,
      reauthenticationThreshold: REAUTHENTICATE_MS,
      requestTimeout: config.request_timeout,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      allowAutoTopicCreation: false,
      maxInFlightRequests: null,
      // Each broker of the list once, and nothing twice.
      retry: { retries: brokers.length - 1, initialRetryTime: 1, maxRetryTime: 1, factor: 0, multiplier: 1 },
    });
    this.#cluster.targetTopics.add(config.topic);
  }

  async connect(): Promise<void> {
    await this.#ask(async () => {
      await this.#cluster.connect();
      await this.#cluster.refreshMetadataIfNecessary();
      if (!this.#config.idempotent) return;
      const broker = await this.#cluster.findControllerBroker();
      this.#producerId = await broker.initProducerId({ transactionTimeout: this.#config.request_timeout });
    });
  }

  async partitions(): Promise<readonly Partition[]> {
    await this.#ask(() => this.#cluster.refreshMetadataIfNecessary());
    const { topic } = this.#config;
    const found = this.#cluster.brokerPool.metadata?.topicMetadata.find((each) => each.topic === topic);
    if (found === undefined) throw new ClientError({ kind: 'leaderless' });
    if (found.topicErrorCode !== 0) throw new ClientError({ kind: 'code', code: found.topicErrorCode });
    return found.partitionMetadata
      .map(({ partitionId: id, leader }): Partition => (leader < 0 ? { id } : { id, leader }))
      .sort((a, b) => a.id - b.id);
  }

  async produce(parts: Parts): Promise<Produced> {
    const leaders = new Map((await this.partitions()).map(({ id, leader }) => [id, leader]));
    const byLeader = new Map<number | undefined, number[]>();
    for (const partition of parts.keys()) {
      const leader = leaders.get(partition);
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition]);
    }
    const answers = await Promise.all(
      [...byLeader].map(([leader, partitions]) => this.#produceTo(leader, partitions, parts)),
    );
    return {
      outcomes: new Map(answers.flatMap(({ outcomes }) => [...outcomes])),
      throttleMs: Math.max(0, ...answers.map(({ throttleMs }) => throttleMs)),
    };
  }

  async close(): Promise<void> {
    this.#isEnded = true;
    await this.#cluster.disconnect();
    this.#sockets.destroy();
  }

  destroy(): void {
    this.#isEnded = true;
    this.#sockets.destroy();
  }

  /** To one broker, what it leads. */
  async #produceTo(nodeId: number | undefined, partitions: readonly number[], parts: Parts): Promise<Produced> {
    const all = (outcome: PartitionOutcome): Produced => ({
      outcomes: new Map(partitions.map((partition) => [partition, outcome])),
      throttleMs: 0,
    });
    if (nodeId === undefined) return all({ kind: 'trouble', trouble: { kind: 'leaderless' } });
    let broker: Broker;
    try {
      broker = await this.#cluster.brokerPool.findBroker({ nodeId });
    } catch (error) {
      return all({ kind: 'trouble', trouble: troubleOf(error, false, this.#sockets.lastCode) });
    }
    try {
      return produced(await broker.produce(this.#requestOf(partitions, parts)), partitions);
    } catch (error) {
      return all({ kind: 'trouble', trouble: troubleOf(error, true, this.#sockets.lastCode) });
    }
  }

  #requestOf(partitions: readonly number[], parts: Parts): Parameters<Broker['produce']>[0] {
    const { topic, request_timeout } = this.#config;
    const messagesOf = (partition: number): readonly KafkaRecord[] => parts.get(partition) ?? [];
    return {
      acks: -1,
      timeout: Math.ceil(request_timeout * BROKER_SHARE),
      compression: this.#compression,
      ...this.#producerId,
      topicData: [
        {
          topic,
          partitions: partitions.map((partition) => ({
            partition,
            firstSequence: this.#take(partition, messagesOf(partition).length),
            messages: messagesOf(partition),
          })),
        },
      ],
    };
  }

  /** The next `count` sequence numbers of a partition: the first of them. Each is given out once, whatever comes of it. */
  #take(partition: number, count: number): number {
    if (this.#producerId === undefined) return 0;
    const first = this.#sequences.get(partition) ?? 0;
    this.#sequences.set(partition, (first + count) % SEQUENCES);
    return first;
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw clientError(error, false, this.#sockets.lastCode);
    }
  }
}

/** What a broker said of each partition. One that it does not name may be stored or not. */
function produced(answer: ProduceAnswer, partitions: readonly number[]): Produced {
  const told = new Map(
    answer.topics.flatMap((topic) => topic.partitions.map((each) => [each.partition, each] as const)),
  );
  const outcomes = partitions.map((partition): [number, PartitionOutcome] => {
    const one = told.get(partition);
    if (one === undefined) return [partition, { kind: 'trouble', trouble: UNNAMED }];
    const baseOffset = BigInt(one.baseOffset ?? one.offset ?? -1);
    return [partition, { kind: 'answer', code: one.errorCode, baseOffset }];
  });
  return { outcomes: new Map(outcomes), throttleMs: answer.clientSideThrottleTime ?? 0 };
}

const UNNAMED = { kind: 'client', name: 'an answer that leaves the partition out', sent: true } as const;
