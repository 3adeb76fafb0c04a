/** What doctor and set-up ask, on kafkajs. */
import type { KafkaConfig, TopicPlan } from '../config.ts';
import { type Cluster, PRODUCE, TOPIC } from './internals.ts';
import { type AdminPort, type BrokerState, ClientError, type PartitionState } from './port.ts';
import { Way, type WayOptions } from './way.ts';

/** `UNKNOWN_TOPIC_OR_PARTITION`. */
const UNKNOWN_TOPIC = 3;

export class KafkajsAdmin implements AdminPort {
  readonly #config: KafkaConfig;
  readonly #way: Way;

  /** Touches no network. @throws TlsFileError */
  constructor(options: WayOptions) {
    this.#config = options.config;
    this.#way = new Way(options);
  }

  connect(): Promise<void> {
    return this.#way.ask(async (cluster) => {
      await cluster.connect();
      await cluster.refreshMetadataIfNecessary();
    });
  }

  async brokers(): Promise<readonly BrokerState[]> {
    const { brokerPool } = this.#way.cluster;
    return Promise.all(
      (brokerPool.metadata?.brokers ?? []).map(async ({ nodeId, host, port }): Promise<BrokerState> => {
        const address = `${host}:${port}`;
        try {
          await brokerPool.findBroker({ nodeId });
          return { address };
        } catch (error) {
          return { address, trouble: this.#way.troubleOf(error, false) };
        }
      }),
    );
  }

  produceVersions(): Promise<readonly [number, number]> {
    return this.#way.ask(async (cluster) => {
      const broker = await cluster.findControllerBroker();
      const { minVersion = 0, maxVersion = 0 } = (await broker.apiVersions())[PRODUCE] ?? {};
      return [minVersion, maxVersion];
    });
  }

  async topic(): Promise<readonly PartitionState[] | undefined> {
    try {
      const { partitionMetadata } = await this.#way.topic();
      return partitionMetadata.map(({ partitionId: id, leader, replicas, isr }) => ({
        id,
        ...(leader < 0 ? {} : { leader }),
        replicas: replicas.length,
        inSync: isr.length,
      }));
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      const { trouble } = error;
      if (trouble.kind === 'code' && trouble.code === UNKNOWN_TOPIC) return undefined;
      throw error;
    }
  }

  settings(): Promise<ReadonlyMap<string, string>> {
    return this.#way.ask(async (cluster) => {
      const broker = await cluster.findControllerBroker();
      const resources = [{ type: TOPIC, name: this.#config.topic }] as const;
      const [resource] = (await broker.describeConfigs({ resources })).resources;
      const entries = resource?.configEntries ?? [];
      return new Map(entries.map(({ configName, configValue }) => [configName, configValue ?? '']));
    });
  }

  async tryToWrite(): Promise<number> {
    const { topic, request_timeout } = this.#config;
    const { partitionMetadata } = await this.#way.topic();
    const led = partitionMetadata.find(({ leader }) => leader >= 0);
    if (led === undefined) throw new ClientError({ kind: 'leaderless' });
    const partitions = [{ partition: led.partitionId, firstSequence: 0, messages: [] }];
    return this.#way.ask(async ({ brokerPool }) => {
      const broker = await brokerPool.findBroker({ nodeId: led.leader });
      const request = { acks: -1, timeout: request_timeout, compression: 0 } as const;
      const answer = await broker.produce({ ...request, topicData: [{ topic, partitions }] });
      return answer.topics[0]?.partitions[0]?.errorCode ?? -1;
    });
  }

  async hasRecordFrom(timestamp: number): Promise<boolean> {
    const { topic } = this.#config;
    const { partitionMetadata } = await this.#way.topic();
    const leaders = new Set(partitionMetadata.map(({ leader }) => leader).filter((leader) => leader >= 0));
    const found = await Promise.all(
      [...leaders].map((nodeId) => {
        const led = partitionMetadata.filter(({ leader }) => leader === nodeId);
        const partitions = led.map(({ partitionId: partition }) => ({ partition, timestamp }));
        return this.#way.ask((cluster) => offsetsFrom(cluster, nodeId, { topic, partitions }));
      }),
    );
    return found.flat().some((offset) => Number(offset) >= 0);
  }

  async createTopic({ partitions, replication_factor, config }: TopicPlan, isDryRun: boolean): Promise<void> {
    const { topic, request_timeout: timeout } = this.#config;
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    const planned = { topic, numPartitions: partitions, replicationFactor: replication_factor, configEntries };
    await this.#way.ask(async (cluster) => {
      const broker = await cluster.findControllerBroker();
      await broker.createTopics({ topics: [planned], validateOnly: isDryRun, timeout });
    });
  }

  heard(): number {
    return this.#way.heard();
  }

  destroy(): void {
    this.#way.destroy();
  }
}

type Asked = Parameters<Awaited<ReturnType<Cluster['findControllerBroker']>>['listOffsets']>[0]['topics'][number];

async function offsetsFrom({ brokerPool }: Cluster, nodeId: number, asked: Asked): Promise<readonly string[]> {
  const broker = await brokerPool.findBroker({ nodeId });
  const { responses } = await broker.listOffsets({ replicaId: -1, topics: [asked] });
  return responses.flatMap(({ partitions }) => partitions.map(({ offset }) => offset));
}
