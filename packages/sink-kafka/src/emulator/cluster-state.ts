/** What the made-up cluster holds, what it was asked and how it is told to answer. */
import type { BatchRecord, RecordBatch } from './record-batch.ts';

/** A record that is held. */
export interface Held extends BatchRecord {
  readonly partition: number;
  readonly offset: number;
}

/** One request Produce as it came. */
export interface ProduceSeen {
  readonly node: number;
  readonly acks: number;
  readonly timeoutMs: number;
  readonly batches: ReadonlyMap<number, RecordBatch>;
}

/** What becomes of a request Produce. */
export interface ProduceAct {
  /** By partition; absent: 0, stored. */
  readonly codes?: Readonly<Record<number, number>>;
  /** Said in place of the true one, by partition; such a batch is not stored. */
  readonly baseOffsets?: Readonly<Record<number, bigint>>;
  /** Whether it is stored, whatever its code. */
  readonly isStored?: boolean;
  readonly throttleMs?: number;
  /** Partitions that the answer leaves out. */
  readonly unnamed?: readonly number[];
  /** What comes in place of an answer. */
  readonly instead?: 'silence' | 'close';
}

/** Keys and versions of the requests that it knows. */
export const APIS = {
  Produce: { key: 0, lowest: 3, highest: 7 },
  ListOffsets: { key: 2, lowest: 2, highest: 2 },
  Metadata: { key: 3, lowest: 4, highest: 6 },
  SaslHandshake: { key: 17, lowest: 1, highest: 1 },
  ApiVersions: { key: 18, lowest: 0, highest: 2 },
  CreateTopics: { key: 19, lowest: 2, highest: 2 },
  InitProducerId: { key: 22, lowest: 0, highest: 1 },
  DescribeConfigs: { key: 32, lowest: 1, highest: 1 },
  SaslAuthenticate: { key: 36, lowest: 1, highest: 1 },
} as const;

export type Api = keyof typeof APIS;

/** One connection to one node. */
export interface Connection {
  readonly cluster: ClusterState;
  readonly node: number;
  isKnown: boolean;
}

export class ClusterState {
  readonly topic: string;
  readonly held: Held[] = [];
  readonly produces: ProduceSeen[] = [];
  /** Requests in the order in which they came. */
  readonly asked: Api[] = [];
  readonly clientIds: Set<string> = new Set();
  readonly created: string[] = [];
  /** Passwords and tokens that were shown. */
  readonly shown: string[] = [];
  /** Connections ever made. */
  connections: number;
  /** By partition: the node that leads it; -1: none. */
  readonly leaders: number[];
  /** Copies of each partition that are in sync, of three. */
  inSync: number;
  /** By node: the address that it advertises; absent: where it is. */
  readonly advertised: string[] = [];
  /** Of the topic: 3 where there is none. */
  topicCode: number;
  /** Absent: nobody has to say who he is. */
  users: ReadonlyMap<string, string> | undefined;
  settings: Readonly<Record<string, string>> = { 'min.insync.replicas': '2', 'max.message.bytes': '1048588' };
  /** Codes that requests are answered with. */
  readonly codes: Map<Api, number> = new Map();
  /** Requests that have no answer. */
  readonly silent: Set<Api> = new Set();
  /** How long each answer takes, in milliseconds; 0: none. */
  answerMs: number;
  act: (seen: ProduceSeen) => ProduceAct = () => ({});
  readonly addresses: string[] = [];
  #producerIds = 0n;

  constructor(partitions: number, nodes: number) {
    this.topic = 'audit';
    this.connections = 0;
    this.topicCode = 0;
    this.inSync = 3;
    this.answerMs = 0;
    this.leaders = Array.from({ length: partitions }, (_, index) => index % nodes);
  }

  /** Of the events that are held, a copy counts again. */
  get ids(): readonly string[] {
    return this.held.map(({ headers }) => headers['openai-event-id'] ?? '');
  }

  nextProducerId(): bigint {
    this.#producerIds += 1n;
    return this.#producerIds;
  }
}
