/**
 * The sources' way into the journal on Kafka, for as long as one assignment of partitions holds: each partition has one writer, and
 * what is decided of a source is decided by the core. When the assignment ends, `lost` fires, and another is opened.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  adoptOrigin,
  type JournalConfiguration,
  keepEvidence,
  type Origin,
  RelayError,
  type Runtime,
  type SourceJournal,
  type SourceParts,
  StoredSourceJournal,
  type Unwritable,
} from '@audit-relay/core/journal';
import type { ClientPort } from '../client/client.ts';
import type { KafkaJournalConfig } from '../config.ts';
import type { Assignment } from '../membership.ts';
import type { SourceStore } from '../table/source-store.ts';
import { namesOf, partitionOf, transactionalIdOf } from '../topics/names.ts';
import { sayLongWait } from '../writer/faults.ts';
import { loadPartition, type PartitionState } from '../writer/partition-state.ts';
import { PartitionWriter } from '../writer/partition-writer.ts';
import { configuredWrites, refuseConfiguration, writesOf } from './combined.ts';
import type { SourceFigures } from './source-sharing.ts';

export interface CollectorOptions {
  readonly config: KafkaJournalConfig;
  readonly client: ClientPort;
  readonly assignment: Assignment;
  readonly runtime: Runtime;
  readonly room: SourceParts['room'];
  /** Rung when entries were committed. */
  readonly arrived: SourceParts['arrived'];
  /** Gives up waiting for the cluster when it is opened. */
  readonly signal: AbortSignal;
}

/** How long a transaction may be open before the cluster ends it, in milliseconds: as long as a stopped owner holds up readers. */
const TRANSACTION_MS = 30_000;
/** Of `request_timeout`: what a broker is told to wait for its replicas, so that it speaks before we give up. */
const BROKER_SHARE = 0.75;

export class Collector {
  readonly #options: CollectorOptions;
  readonly #writers: ReadonlyMap<number, PartitionWriter>;
  /** Of partitions that are others', as read at the start. */
  readonly #others: readonly PartitionState[];
  readonly #lost: AbortController;

  private constructor(options: CollectorOptions, parts: CollectorParts) {
    this.#options = options;
    this.#writers = parts.writers;
    this.#others = parts.others;
    this.#lost = parts.lost;
    const { revoked } = options.assignment;
    if (revoked.aborted) this.#onRevoked();
    else revoked.addEventListener('abort', this.#onRevoked);
  }

  readonly #onRevoked = (): void => this.#lost.abort(this.#options.assignment.revoked.reason);

  /** Has its partitions, however long the cluster is away. @throws RelayError `JOURNAL_LOST`, `JOURNAL_DAMAGED`, `JOURNAL_NEWER`. */
  static async open(options: CollectorOptions): Promise<Collector> {
    const { config, assignment } = options;
    const lost = new AbortController();
    const writers = assignment.partitions.map((partition) => [partition, writerOf(options, partition, lost)] as const);
    const giveUp = (): void => {
      Promise.all(writers.map(([, writer]) => writer.close())).catch(() => undefined);
    };
    const { revoked } = assignment;
    const over = AbortSignal.any([options.signal, revoked, lost.signal]);
    over.addEventListener('abort', giveUp, { once: true });
    try {
      over.throwIfAborted();
      await Promise.all(writers.map(([, writer]) => writer.open()));
      const foreign = Array.from({ length: config.partitions }, (_, partition) => partition).filter(
        (partition) => !assignment.partitions.includes(partition),
      );
      const { client } = options;
      const names = namesOf(config.topic_prefix);
      const onLongWait = sayLongWait(options.runtime);
      const load = (partition: number) =>
        loadPartition({ client, names, partition, signal: over, onLongWait }, 'state');
      const others = await Promise.all(foreign.map(load));
      return new Collector(options, { writers: new Map(writers), others, lost });
    } catch (error) {
      await Promise.all(writers.map(([, writer]) => writer.close()));
      throw over.aborted ? over.reason : error;
    } finally {
      over.removeEventListener('abort', giveUp);
    }
  }

  /** Fires when nothing more can be written in this assignment. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get unwritable(): Unwritable | undefined {
    return [...this.#writers.values()].map(({ unwritable }) => unwritable).find((one) => one !== undefined);
  }

  /** Whether this process reads the source: its partition is assigned. */
  owns(source: string): boolean {
    return this.#writers.has(this.#partitionOf(source));
  }

  /** @throws RelayError `SOURCE_RENAMED`, `SOURCE_CHANGED`; what a commit throws. */
  async configure(configuration: JournalConfiguration): Promise<void> {
    const ours = [...configuredWrites(this.#sources(), configuration).keys()].filter((source) => this.owns(source));
    const wanted = new Map(configuration.sources.map((source) => [source.name, source]));
    await Promise.all(
      ours.map((source) => {
        const writer = this.#writerOf(source);
        return writer.run(source, () => {
          // By what stands there then: its checkpoint may have moved, and it may be tried again.
          const { store } = writer.of(source);
          const writes = writesOf(source, store, wanted.get(source));
          return { write: () => store.put(writes), value: undefined };
        });
      }),
    );
  }

  /** How many entries were ever journaled in these partitions, and of each source the malformed records that are kept. */
  figures(): Pick<SourceFigures, 'written' | 'malformedRecords'> {
    const states = [...this.#writers.values()].map(({ state }) => state);
    const sources = states.flatMap((state) => [...state.sources]);
    const counts = sources.flatMap(([name, { store }]) =>
      Object.entries(store.meta.get('state')?.oddities ?? {}).filter(([source]) => source === name),
    );
    return {
      written: new Map([...this.#writers].map(([partition, { state }]) => [partition, state.totals.entries])),
      malformedRecords: Object.fromEntries(counts),
    };
  }

  /** Throws what `configure` would, and writes nothing. */
  refuse(configuration: JournalConfiguration): void {
    refuseConfiguration(this.#sources(), configuration);
  }

  /** Of those that are ours. */
  async adopt(origins: Readonly<Record<string, Origin>>): Promise<void> {
    const ours = Object.entries(origins).filter(([source]) => this.owns(source));
    await Promise.all(
      ours.map(([source, origin]) => {
        const writer = this.#writerOf(source);
        const write = (): void => adoptOrigin(writer.of(source).store, source, origin);
        return writer.run(source, () => ({ write, value: undefined }));
      }),
    );
  }

  /** @throws RelayError `JOURNAL_REASSIGNED` when the source is another's. */
  source(name: string): SourceJournal {
    const writer = this.#writerOf(name);
    const { runtime, room, arrived } = this.#options;
    const parts: SourceParts = {
      // Anew after each time that the partition was read again.
      get store() {
        return writer.of(name).store;
      },
      get seen() {
        return writer.of(name).seen;
      },
      writer: {
        run: (_space, decide) => writer.run(name, decide),
        get unwritable() {
          return writer.unwritable;
        },
      },
      room,
      reader: { remember: () => undefined },
      starts: { keep: () => Promise.resolve() },
      runtime,
      arrived,
      keepEvidence: (evidence) => this.#keepEvidence(evidence),
    };
    return new StoredSourceJournal(parts, name);
  }

  /** Resolves when what is under way has ended. The assignment is its owner's to give up. */
  async close(): Promise<void> {
    this.#options.assignment.revoked.removeEventListener('abort', this.#onRevoked);
    await Promise.all([...this.#writers.values()].map((writer) => writer.close()));
  }

  /** On this machine: it is for a human, and no part of what may not be lost. */
  #keepEvidence(evidence: Parameters<SourceParts['keepEvidence']>[0]): void {
    const { config, runtime } = this.#options;
    const path = keepEvidence(join(tmpdir(), `audit-relay-${config.topic_prefix}`), evidence);
    if (path === undefined) return;
    runtime.log('info', 'EVIDENCE_KEPT', `what could not be read is kept in ${path}`, { path });
  }

  #sources(): ReadonlyMap<string, SourceStore> {
    const states = [...this.#others, ...[...this.#writers.values()].map(({ state }) => state)];
    return new Map(states.flatMap(({ sources }) => [...sources].map(([name, { store }]) => [name, store] as const)));
  }

  #partitionOf(source: string): number {
    return partitionOf(source, this.#options.config.partitions);
  }

  #writerOf(source: string): PartitionWriter {
    const writer = this.#writers.get(this.#partitionOf(source));
    if (writer !== undefined) return writer;
    throw new RelayError('JOURNAL_REASSIGNED', `source ${source} is read by another collector of the group`);
  }
}

interface CollectorParts {
  readonly writers: ReadonlyMap<number, PartitionWriter>;
  readonly others: readonly PartitionState[];
  readonly lost: AbortController;
}

function writerOf({ config, client, assignment, runtime }: CollectorOptions, partition: number, lost: AbortController) {
  return new PartitionWriter({
    client,
    names: namesOf(config.topic_prefix),
    partition,
    transactionalId: transactionalIdOf(config.topic_prefix, partition),
    assignment,
    transactionTimeoutMs: TRANSACTION_MS,
    produceTimeoutMs: Math.ceil(config.request_timeout * BROKER_SHARE),
    maxBatchBytes: config.max_message_bytes,
    runtime,
    lost,
  });
}
