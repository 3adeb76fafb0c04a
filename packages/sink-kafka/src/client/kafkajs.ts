/** The port on kafkajs: its cluster and brokers for connections, metadata and the protocol; everything else is ours. */
import type { KafkaConfig } from '../config.ts';
import type { KafkaRecord } from '../record/record.ts';
import { useCodec } from './codecs.ts';
import type { Broker, ProduceAnswer, ProducerId } from './internals.ts';
import type { Partition, PartitionOutcome, Produced, ProducerPort } from './port.ts';
import { Way, type WayOptions } from './way.ts';

/** Of `request_timeout`: what the broker is told to wait for the replicas, so that it speaks before we give up. */
const BROKER_SHARE = 0.75;
/** Of the sequence numbers of a partition, which begin anew after the highest. */
const SEQUENCES = 2 ** 31;

type Parts = ReadonlyMap<number, readonly KafkaRecord[]>;

export class KafkajsProducer implements ProducerPort {
  readonly #config: KafkaConfig;
  readonly #way: Way;
  readonly #compression: number;
  readonly #sequences = new Map<number, number>();
  #producerId: ProducerId | undefined;

  /** Touches no network. @throws TlsFileError, and when the codec's package is missing. */
  constructor(options: WayOptions) {
    this.#config = options.config;
    this.#compression = useCodec(options.config.compression);
    this.#way = new Way(options);
  }

  connect(): Promise<void> {
    return this.#way.ask(async (cluster) => {
      await cluster.connect();
      await cluster.refreshMetadataIfNecessary();
      if (!this.#config.idempotent) return;
      const broker = await cluster.findControllerBroker();
      this.#producerId = await broker.initProducerId({ transactionTimeout: this.#config.request_timeout });
    });
  }

  async partitions(): Promise<readonly Partition[]> {
    const { partitionMetadata } = await this.#way.topic();
    return partitionMetadata
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

  heard(): number {
    return this.#way.heard();
  }

  close(): Promise<void> {
    return this.#way.close();
  }

  destroy(): void {
    this.#way.destroy();
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
      broker = await this.#way.cluster.brokerPool.findBroker({ nodeId });
    } catch (error) {
      return all({ kind: 'trouble', trouble: this.#way.troubleOf(error, false) });
    }
    try {
      return produced(await broker.produce(this.#requestOf(partitions, parts)), partitions);
    } catch (error) {
      return all({ kind: 'trouble', trouble: this.#way.troubleOf(error, true) });
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
