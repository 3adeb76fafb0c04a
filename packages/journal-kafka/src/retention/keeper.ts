/** The journal's bound and retention for a process that collects: how much is held for lanes, and what they all have passed leaves. */
import { RelayError, type Runtime } from '@audit-relay/core/journal';
import type { Client } from '../client/client.ts';
import type { KafkaJournalConfig } from '../config.ts';
import { Coordinator } from '../group/coordinator.ts';
import { laneGroupOf } from '../lane/deliverer.ts';
import { type LaneStanding, laneStanding, type PartitionStanding } from '../lane/law.ts';
import { endsOf } from '../lane/log-ends.ts';
import { decodeMetadata } from '../lane/metadata.ts';
import { openClient } from '../open.ts';
import { namesOf } from '../topics/names.ts';
import { loadPartition } from '../writer/partition-state.ts';
import type { HeldBytes } from './cut.ts';
import { deletePassed } from './delete-passed.ts';
import { measureHeld } from './measure.ts';

export interface KeeperOptions {
  readonly config: KafkaJournalConfig;
  /** All that are configured. */
  readonly lanes: readonly string[];
  /** How long passed entries stay while there is room, in milliseconds. */
  readonly retentionMs: number;
  readonly runtime: Runtime;
  /** Asks the group right before something is deleted. @throws when the partition is another process's by now. Default: it is nobody's. */
  readonly confirm?: (partition: number) => Promise<void>;
}

/** Of the bound: from there on passed entries leave before their time. */
const FULL_SHARE = 0.9;
const SWEEP_MS = 60_000;
const NEVER = new AbortController().signal;

export class Keeper {
  readonly #options: KeeperOptions;
  readonly #client: Client;
  readonly #groups: ReadonlyMap<string, Coordinator>;

  /** Touches no network. @throws TlsFileError */
  constructor(options: KeeperOptions) {
    const { config, lanes, runtime } = options;
    this.#options = options;
    this.#client = openClient(config, runtime);
    const { connection } = this.#client;
    const topic = namesOf(config.topic_prefix).entries;
    const asOne = (lane: string): Coordinator =>
      // Only asked for offsets: it joins nothing.
      new Coordinator({
        connection,
        topic,
        groupId: laneGroupOf(config.topic_prefix, lane),
        sessionMs: 0,
        rebalanceMs: 0,
      });
    this.#groups = new Map(lanes.map((lane) => [lane, asOne(lane)]));
  }

  /** For `openCollectors`. @throws ClientError, RelayError `JOURNAL_DAMAGED`, `JOURNAL_NEWER` */
  measure(): Promise<HeldBytes> {
    const { config, lanes } = this.#options;
    const partitions = Array.from({ length: config.partitions }, (_, partition) => partition);
    return measureHeld({
      client: this.#client,
      topic: namesOf(config.topic_prefix).entries,
      partitions: config.partitions,
      lanes,
      committed: async (lane) => (await this.#groups.get(lane)?.committed(partitions)) ?? [],
    });
  }

  /**
   * A lane's law and how far behind it is, in all partitions, whoever has them. A partition in which it has not begun is left out:
   * nothing there is counted as journaled for it.
   * @throws as `measure`
   */
  async standing(lane: string): Promise<LaneStanding> {
    const { config } = this.#options;
    const names = namesOf(config.topic_prefix);
    const { entries: topic } = names;
    const partitions = Array.from({ length: config.partitions }, (_, partition) => partition);
    const committed = (await this.#groups.get(lane)?.committed(partitions)) ?? [];
    const all: PartitionStanding[] = [];
    for (const { partition, metadata } of committed) {
      const told = decodeMetadata(metadata);
      if (told === undefined) continue;
      const everGiven = async (): Promise<number> =>
        (await loadPartition({ client: this.#client, names, partition, signal: NEVER }, 'state')).totals.entries;
      const { ends: present } = await endsOf(this.#client, { topic, partition }, everGiven);
      all.push({ cursor: told.cursor, present });
    }
    return laneStanding(all);
  }

  /** Lets passed entries of these partitions go, once. Resolves with how many partitions became shorter. @throws as `measure` */
  async sweep(partitions: readonly number[], signal: AbortSignal): Promise<number> {
    const { config, lanes, retentionMs, runtime, confirm } = this.#options;
    const isFull = (await this.measure()).stored > config.max_bytes * FULL_SHARE;
    const names = namesOf(config.topic_prefix);
    const nowMs = runtime.now();
    const youngFromMs = nowMs - retentionMs;
    let shorter = 0;
    for (const partition of partitions) {
      const deletion = {
        client: this.#client,
        names,
        partition,
        lanes,
        removed: config.removed_lanes,
        confirm: async () => confirm?.(partition),
        nowMs,
        youngFromMs,
        isFull,
        signal,
      };
      if ((await deletePassed(deletion)) !== undefined) shorter += 1;
    }
    return shorter;
  }

  /** Again and again until the signal fires; what fails is tried the next time. */
  async run(partitions: () => readonly number[], signal: AbortSignal): Promise<void> {
    const { runtime } = this.#options;
    while (!signal.aborted) {
      await runtime.sleep(SWEEP_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.sweep(partitions(), signal);
      } catch (error) {
        const code = error instanceof RelayError ? error.code : String(error);
        runtime.log('warn', 'JOURNAL_NOT_SWEPT', `passed entries could not leave: ${code}`, {});
      }
    }
  }

  close(): void {
    this.#client.destroy();
  }
}
