/**
 * The parts of kafkajs 2.2.4 below its producer, with the types that we use of them. Its producer hides what a send over
 * several partitions has done, tries again by itself, and in doing so leaves records out (docs/decisions/0023). These parts
 * are no public interface: the version is pinned to the digit, and `internals.test.ts` fails when one of them changes.
 */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { logCreator } from 'kafkajs';
import type { Headers } from '../record/headers.ts';

const load = createRequire(import.meta.url);

/** The only version that this is written for. */
export const VERSION = '2.2.4';

export const PRODUCE = 0;
export const METADATA = 3;

/** `src/cluster`: brokers, connections and what is known of topics. */
export interface Cluster {
  readonly targetTopics: Set<string>;
  readonly connectionPoolBuilder: { build(destination?: object): Promise<ConnectionPool> };
  readonly brokerPool: {
    readonly metadata: TopicsMetadata | null;
    /** Connects to it if need be. */
    findBroker(by: { readonly nodeId: number }): Promise<Broker>;
  };
  isConnected(): boolean;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findControllerBroker(): Promise<Broker>;
}

export interface ClusterOptions {
  readonly logger: object;
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly socketFactory: (args: SocketArguments) => Socket;
  /** True where the factory makes sockets of TLS. */
  readonly ssl: boolean;
  readonly sasl: object | null;
  /** Milliseconds, all of them. */
  readonly connectionTimeout: number;
  readonly authenticationTimeout: number;
  readonly reauthenticationThreshold: number;
  readonly requestTimeout: number;
  readonly metadataMaxAge: number;
  readonly allowAutoTopicCreation: false;
  readonly maxInFlightRequests: number | null;
  readonly retry: object;
}

export interface SocketArguments {
  readonly host: string;
  readonly port: number;
  readonly onConnect: () => void;
}

export interface ConnectionPool {
  readonly pool: readonly { readonly requestQueue: RequestQueue }[];
  send(request: ProtocolRequest): Promise<unknown>;
}

/** One request of the protocol, and how its answer is read. */
export interface ProtocolRequest {
  readonly request: { readonly apiKey: number };
  readonly response: { readonly decode: unknown; readonly parse: (data: unknown) => Promise<unknown> };
}

export interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

export interface TopicsMetadata {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  readonly topicMetadata: readonly {
    readonly topic: string;
    readonly topicErrorCode: number;
    readonly partitionMetadata: readonly {
      readonly partitionErrorCode: number;
      readonly partitionId: number;
      readonly leader: number;
      readonly replicas: readonly number[];
      readonly isr: readonly number[];
    }[];
  }[];
}

export interface Broker {
  produce(request: {
    readonly acks: -1;
    readonly timeout: number;
    readonly compression: number;
    readonly producerId?: unknown;
    readonly producerEpoch?: number;
    readonly topicData: readonly {
      readonly topic: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly firstSequence: number;
        readonly messages: readonly {
          readonly key: Buffer | null;
          readonly value: Buffer;
          readonly timestamp: string;
          readonly headers: Headers;
        }[];
      }[];
    }[];
  }): Promise<ProduceAnswer>;
  initProducerId(request: { readonly transactionTimeout: number }): Promise<ProducerId>;
  apiVersions(): Promise<Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>>;
  describeConfigs(request: {
    readonly resources: readonly { readonly type: typeof TOPIC; readonly name: string }[];
  }): Promise<SettingsAnswer>;
  createTopics(request: {
    readonly topics: readonly TopicToCreate[];
    readonly validateOnly: boolean;
    readonly timeout: number;
  }): Promise<unknown>;
  /** The first offset with a record of `timestamp` or later; -1: none. */
  listOffsets(request: {
    readonly replicaId: -1;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[];
    }[];
  }): Promise<{ readonly responses: readonly { readonly partitions: readonly { readonly offset: string }[] }[] }>;
}

/** The type of a resource that is a topic. */
export const TOPIC = 2;

export interface SettingsAnswer {
  readonly resources: readonly {
    readonly configEntries: readonly { readonly configName: string; readonly configValue: string | null }[];
  }[];
}

export interface TopicToCreate {
  readonly topic: string;
  readonly numPartitions: number;
  readonly replicationFactor: number;
  readonly configEntries: readonly { readonly name: string; readonly value: string }[];
}

export interface ProducerId {
  readonly producerId: unknown;
  readonly producerEpoch: number;
}

export interface ProduceAnswer {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly errorCode: number;
      readonly baseOffset?: string;
      /** Of brokers before 0.11. */
      readonly offset?: string;
    }[];
  }[];
  /** Before version 6 of the request the broker has waited already. */
  readonly clientSideThrottleTime?: number;
}

// None of them has types.
const ClusterOfKafkajs = load('kafkajs/src/cluster') as new (options: ClusterOptions) => Cluster;
const loggers = load('kafkajs/src/loggers') as {
  readonly LEVELS: { readonly WARN: number };
  createLogger(options: { readonly level: number; readonly logCreator: logCreator }): object;
};

/** By their names. */
export const LOG_LEVELS: { readonly WARN: number } = loggers.LEVELS;

const compression = load('kafkajs/src/protocol/message/compression') as {
  readonly Types: { readonly None: number; readonly GZIP: number; readonly Snappy: number; readonly LZ4: number };
  readonly Codecs: Readonly<Record<number, () => unknown>>;
};

/** kafkajs's numbers of codecs. */
export const CompressionTypes: typeof compression.Types = compression.Types;
/** Its codecs by these numbers; one is added by being put in. */
export const CompressionCodecs: typeof compression.Codecs = compression.Codecs;

export function createLogger(options: { readonly level: number; readonly logCreator: logCreator }): object {
  return loggers.createLogger(options);
}

/** A cluster that tells what it was told: see `tame`. */
export function openCluster(options: ClusterOptions): Cluster {
  const cluster = new ClusterOfKafkajs(options);
  const { build } = cluster.connectionPoolBuilder;
  cluster.connectionPoolBuilder.build = async (destination) => tame(await build(destination));
  return cluster;
}

/**
 * Answers to Produce and Metadata come as they are: kafkajs reads the first error of any partition and throws the rest
 * away, with what the other partitions have stored. And a queue without requests sets no timer: kafkajs sets one of 1 ms
 * for as long as the connection lives (tulios/kafkajs#1751), with a negative delay, of which Node 24 warns.
 */
export function tame(pool: ConnectionPool): ConnectionPool {
  const send = pool.send.bind(pool);
  pool.send = (sent) => send(isReadByUs(sent) ? { ...sent, response: { ...sent.response, parse: asItIs } } : sent);
  for (const { requestQueue } of pool.pool) {
    const schedule = requestQueue.scheduleCheckPendingRequests.bind(requestQueue);
    requestQueue.scheduleCheckPendingRequests = () => {
      if (requestQueue.pending.length > 0) schedule();
    };
  }
  return pool;
}

function isReadByUs({ request: { apiKey } }: ProtocolRequest): boolean {
  return apiKey === PRODUCE || apiKey === METADATA;
}

async function asItIs(data: unknown): Promise<unknown> {
  return data;
}
