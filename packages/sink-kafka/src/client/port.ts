/**
 * All that this package asks of a Kafka client. What stands behind it is kafkajs, in the files beside this one and nowhere
 * else, so that another client can take its place.
 */
import type { TopicPlan } from '../config.ts';
import type { KafkaRecord } from '../record/record.ts';

/** One producer: a way to one topic, used by one send at a time. Whatever it rejects with is a `ClientError`. */
export interface ProducerPort {
  /** Reaches a broker and shows the credentials. */
  connect(): Promise<void>;
  /** The topic's partitions, by id from 0 on; asked anew when what is known is older than five minutes. */
  partitions(): Promise<readonly Partition[]>;
  /** One request to each leader, acks=all. Says of each partition what became of it, and never rejects. */
  produce(parts: ReadonlyMap<number, readonly KafkaRecord[]>): Promise<Produced>;
  /** Another number whenever something was heard of a broker: a question of several steps is going on. */
  heard(): number;
  /** Ends it in good order. */
  close(): Promise<void>;
  /** Ends it now: no socket and no timer stays, and what is awaited of it rejects. */
  destroy(): void;
}

export interface Partition {
  readonly id: number;
  /** The broker that takes its records. Absent: none at the moment. */
  readonly leader?: number;
}

export interface Produced {
  /** One for each partition that was given. */
  readonly outcomes: ReadonlyMap<number, PartitionOutcome>;
  /** How long a broker asks us to send nothing, in milliseconds; 0: it does not. */
  readonly throttleMs: number;
}

/** The broker's own word (code 0: stored, from `baseOffset` on), or why there is none. */
export type PartitionOutcome =
  | { readonly kind: 'answer'; readonly code: number; readonly baseOffset: bigint }
  | { readonly kind: 'trouble'; readonly trouble: Trouble };

/** What doctor and set-up ask. Whatever it rejects with is a `ClientError`. */
export interface AdminPort {
  connect(): Promise<void>;
  /** All brokers of the cluster, and whether each is reached at the address that it advertises. */
  brokers(): Promise<readonly BrokerState[]>;
  /** The versions of the request Produce that the first broker takes: lowest, highest. */
  produceVersions(): Promise<readonly [number, number]>;
  /** Undefined: there is no such topic, or we may not know of it. */
  topic(): Promise<readonly PartitionState[] | undefined>;
  /** The topic's settings by name, defaults too. */
  settings(): Promise<ReadonlyMap<string, string>>;
  /** The code with which a leader answers a batch without records, which is never stored. */
  tryToWrite(): Promise<number>;
  /** Whether the topic holds a record of this time or later, in milliseconds since the epoch. */
  hasRecordFrom(timeMs: number): Promise<boolean>;
  createTopic(plan: TopicPlan, isDryRun: boolean): Promise<void>;
  /** Another number whenever something was heard of a broker: a question of several steps is going on. */
  heard(): number;
  destroy(): void;
}

export interface BrokerState {
  /** `host:port`, as the cluster advertises it. */
  readonly address: string;
  /** Absent: it is reached. */
  readonly trouble?: Trouble;
}

export interface PartitionState extends Partition {
  readonly replicas: number;
  readonly inSync: number;
}

/** What went wrong, in words that every client could say. */
export type Trouble =
  /** A broker's own code (kafka.apache.org/protocol, Error Codes). */
  | { readonly kind: 'code'; readonly code: number }
  /** A code of Node or OpenSSL; `CLOSED` where the connection ended without one. `sent`: records may have arrived. */
  | { readonly kind: 'network'; readonly code: string; readonly sent: boolean }
  /** Nothing in time. */
  | { readonly kind: 'overdue'; readonly sent: boolean }
  /** The credentials are refused, or a mechanism is not offered. */
  | { readonly kind: 'credentials'; readonly detail: 'refused' | 'mechanism' | 'token_file' }
  /** The cluster names no broker that leads the partition. */
  | { readonly kind: 'leaderless' }
  /** Anything else: the name of the client's error, which is fit for a log. */
  | { readonly kind: 'client'; readonly name: string; readonly sent: boolean };

export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly trouble: Trouble;

  constructor(trouble: Trouble, options?: ErrorOptions) {
    super(`the Kafka client failed: ${trouble.kind}`, options);
    this.trouble = trouble;
  }
}
