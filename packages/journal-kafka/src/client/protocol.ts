/**
 * The requests of kafkajs 2.2.4's brokers that a journal makes, with the types that we use of them: kafkajs has none. Its own
 * producer and consumer stand above these and hide what was asked and answered (docs/decisions/0023, 0053).
 */
import type { Cluster } from '@audit-relay/sink-kafka/connection';

/** A broker as kafkajs gives it. */
export interface JournalBroker {
  initProducerId(request: {
    readonly transactionalId: string;
    readonly transactionTimeout: number;
  }): Promise<{ readonly producerId: string; readonly producerEpoch: number }>;
  addPartitionsToTxn(
    request: Writer & {
      readonly topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
    },
  ): Promise<unknown>;
  endTxn(request: Writer & { readonly transactionResult: boolean }): Promise<unknown>;
  produce(
    request: Writer & { readonly acks: -1; readonly timeout: number; readonly topicData: readonly TopicToProduce[] },
  ): Promise<{
    readonly topics: readonly {
      readonly topicName: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly errorCode: number;
        readonly baseOffset: string;
      }[];
    }[];
  }>;
  fetch(request: FetchRequest): Promise<{
    readonly responses: readonly { readonly partitions: readonly FetchedPartition[] }[];
  }>;
  listOffsets(request: {
    readonly replicaId: -1;
    readonly isolationLevel: 0 | 1;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[];
    }[];
  }): Promise<{ readonly responses: readonly { readonly partitions: readonly { readonly offset: string }[] }[] }>;
  /** Everything before each offset leaves. */
  deleteRecords(request: {
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
    }[];
  }): Promise<unknown>;
}

/** Of one life of a transactional id. */
export interface Writer {
  readonly transactionalId: string;
  readonly producerId: string;
  readonly producerEpoch: number;
}

export interface TopicToProduce {
  readonly topic: string;
  readonly partitions: readonly {
    readonly partition: number;
    readonly firstSequence: number;
    readonly messages: readonly {
      readonly key: Buffer | null;
      /** Null: a tombstone. */
      readonly value: Buffer | null;
      readonly timestamp: string;
      readonly headers: Readonly<Record<string, string>>;
    }[];
  }[];
}

export interface FetchRequest {
  readonly replicaId: -1;
  /** 1: `read_committed`. */
  readonly isolationLevel: 1;
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly fetchOffset: string;
      readonly maxBytes: number;
    }[];
  }[];
}

export interface FetchedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  /** kafkajs's name of the log's start. */
  readonly lastStartOffset?: string;
  readonly abortedTransactions?: readonly AbortedTransaction[];
  readonly messages: readonly FetchedMessage[];
}

export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

export interface FetchedMessage {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}

/** What is asked of kafkajs's cluster beside what a sink asks. */
export interface JournalCluster extends Cluster {
  refreshMetadata(): Promise<void>;
  findGroupCoordinator(of: { readonly groupId: string; readonly coordinatorType: 0 | 1 }): Promise<JournalBroker>;
}

/** `coordinatorType` of a transactional id. */
export const OF_TRANSACTION = 1;
