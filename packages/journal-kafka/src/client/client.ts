/** The journal's connections to its cluster: leaders, coordinators, and every failure as one that says what went wrong. */
import { type AdminBroker, ClientError, Connection, type ConnectionOptions } from '@audit-relay/sink-kafka/connection';
import { type JournalBroker, type JournalCluster, OF_TRANSACTION } from './protocol.ts';

export interface ClientOptions extends Omit<ConnectionOptions, 'brokers'> {
  /** All that will be asked for: what is known of them is kept. */
  readonly topics: readonly string[];
}

/** What writers and readers ask of it. */
export type ClientPort = Pick<Client, 'ofCoordinator' | 'ofLeader' | 'ofBroker' | 'leaderOf'>;

export class Client {
  readonly #connection: Connection;
  readonly #cluster: JournalCluster;
  #isStale = false;

  /** Touches no network. @throws TlsFileError */
  constructor({ topics, ...options }: ClientOptions) {
    this.#connection = new Connection({ ...options, brokers: options.config.brokers });
    // kafkajs has no types of it; `protocol.ts` is the one place that gives them.
    this.#cluster = this.#connection.cluster as JournalCluster;
    for (const topic of topics) this.#cluster.targetTopics.add(topic);
  }

  /** What is known of topics is asked for anew, next time. */
  forget(): void {
    this.#isStale = true;
  }

  /** Also anew, after a connection was lost. @throws ClientError */
  async connect(): Promise<void> {
    await this.#asked(async () => {
      if (!this.#cluster.isConnected()) await this.#cluster.connect();
      if (this.#isStale) await this.#cluster.refreshMetadata();
      else await this.#cluster.refreshMetadataIfNecessary();
      this.#isStale = false;
    });
  }

  /** The leader of each partition that has one. Undefined: no such topic, as far as we may know. @throws ClientError */
  async leaders(topic: string): Promise<ReadonlyMap<number, number> | undefined> {
    await this.connect();
    const found = this.#cluster.brokerPool.metadata?.topicMetadata.find((one) => one.topic === topic);
    if (found === undefined || found.topicErrorCode === UNKNOWN_TOPIC) return undefined;
    if (found.topicErrorCode !== 0) throw new ClientError({ kind: 'code', code: found.topicErrorCode });
    return new Map(found.partitionMetadata.map(({ partitionId, leader }) => [partitionId, leader]));
  }

  /** What the leader of a partition says. @throws ClientError */
  async ofLeader<T>(
    { topic, partition }: { readonly topic: string; readonly partition: number },
    question: (broker: JournalBroker) => Promise<T>,
  ): Promise<T> {
    const nodeId = await this.leaderOf(topic, partition);
    return this.ofBroker(nodeId, question);
  }

  /** @throws ClientError when the partition has none. */
  async leaderOf(topic: string, partition: number): Promise<number> {
    const leader = (await this.leaders(topic))?.get(partition) ?? -1;
    if (leader >= 0) return leader;
    this.#isStale = true;
    throw new ClientError({ kind: 'leaderless' });
  }

  /** @throws ClientError */
  ofBroker<T>(nodeId: number, question: (broker: JournalBroker) => Promise<T>): Promise<T> {
    return this.#asked(async () => question(await this.#broker(nodeId)));
  }

  /** What the coordinator of a transactional id says. @throws ClientError */
  ofCoordinator<T>(transactionalId: string, question: (broker: JournalBroker) => Promise<T>): Promise<T> {
    return this.#asked(async () => {
      const of = { groupId: transactionalId, coordinatorType: OF_TRANSACTION } as const;
      return question(await this.#cluster.findGroupCoordinator(of));
    });
  }

  /** @throws ClientError */
  ofController<T>(question: (broker: AdminBroker) => Promise<T>): Promise<T> {
    return this.#asked(async () => question(await this.#cluster.findControllerBroker()));
  }

  /** Of a topic, by name, defaults too. @throws ClientError */
  settingsOf(topic: string): Promise<ReadonlyMap<string, string>> {
    return this.ofController(async (broker) => {
      const [resource] = (await broker.describeConfigs({ resources: [{ type: TOPIC, name: topic }] })).resources;
      const entries = resource?.configEntries ?? [];
      return new Map(entries.map(({ configName, configValue }) => [configName, configValue ?? '']));
    });
  }

  /** The client's own connections, for what speaks to a group. */
  get connection(): Connection {
    return this.#connection;
  }

  /** At once: what is awaited of it rejects. */
  destroy(): void {
    this.#connection.destroy();
  }

  async #broker(nodeId: number): Promise<JournalBroker> {
    // As above: more requests than a sink makes.
    return (await this.#cluster.brokerPool.findBroker({ nodeId })) as unknown as JournalBroker;
  }

  /** Leaders and coordinators are asked for anew after whatever went wrong. */
  async #asked<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await this.#connection.ask(question);
    } catch (error) {
      this.#isStale = true;
      throw error;
    }
  }
}

/** The type of a resource that is a topic (kafka.apache.org/protocol, DescribeConfigs). */
const TOPIC = 2;
/** `UNKNOWN_TOPIC_OR_PARTITION`. */
const UNKNOWN_TOPIC = 3;
