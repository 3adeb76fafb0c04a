/**
 * A lane's way out of the journal on Kafka: all partitions of one assignment as one `LaneJournal`. What it says is committed in that
 * assignment's name, all partitions in one request; the next assignment has another one.
 */
import {
  type Cursor,
  decodeChunk,
  type Entry,
  type JournaledEntry,
  type LaneJournal,
  RelayError,
  type Runtime,
  type StoredCursor,
  type Unwritable,
} from '@audit-relay/core/journal';
import type { Client } from '../client/client.ts';
import type { GroupAssignment } from '../group/assignment.ts';
import type { PartitionOffset } from '../group/coordinator.ts';
import type { EntriesRecord } from '../record/entries-record.ts';
import { writeCopies } from './copies.ts';
import { type KnownEnd, KnownEnds, lookAt } from './known-ends.ts';
import { Latest } from './latest.ts';
import { type LaneStanding, laneStanding } from './law.ts';
import { LogReader } from './log-reader.ts';
import { encodeMetadata } from './metadata.ts';
import { LaneReading } from './reading.ts';
import { RecordIndex } from './record-index.ts';

/** Where it goes on in one partition. */
export interface PartitionStart {
  readonly from: bigint;
  readonly cursor: StoredCursor;
  readonly term: number;
  /** What the partition held then. */
  readonly ends: KnownEnd;
}

export interface KafkaLaneOptions {
  readonly name: string;
  readonly client: Client;
  readonly topics: { readonly entries: string; readonly lanes: string };
  readonly assignment: GroupAssignment;
  readonly starts: ReadonlyMap<number, PartitionStart>;
  readonly runtime: Runtime;
}

/** As old a copy of a cursor may be: as much again is read after offsets have expired. */
const COPY_AGE_MS = 60_000;

export class KafkaLaneJournal implements LaneJournal {
  readonly #options: KafkaLaneOptions;
  readonly #reading: LaneReading;
  readonly #log: LogReader;
  readonly #indexes: ReadonlyMap<number, RecordIndex>;
  readonly #commits: Latest = new Latest(() => this.#commit());
  readonly #committed = new Map<number, string>();
  readonly #ends: KnownEnds;
  #copiedMs: number;

  constructor(options: KafkaLaneOptions) {
    const { client, topics, starts, runtime, assignment } = options;
    const starting = [...starts];
    this.#options = options;
    this.#reading = new LaneReading(new Map(starting.map(([partition, { cursor }]) => [partition, cursor])));
    this.#indexes = new Map(starting.map(([partition, { from }]) => [partition, new RecordIndex(from)]));
    const from = new Map(starting.map(([partition, start]) => [partition, start.from]));
    this.#log = new LogReader({ client, topic: topics.entries, from, runtime, lane: options.name });
    this.#copiedMs = runtime.elapsedMs();
    const ends = new Map(starting.map(([partition, start]) => [partition, start.ends]));
    this.#ends = new KnownEnds(ends, lookAt(client, topics.entries), runtime);
    assignment.revoked.addEventListener('abort', () => this.#log.arrived.notify(), { once: true });
  }

  get refusals(): number {
    return Math.max(0, ...[...this.#options.starts.values()].map(({ cursor }) => cursor.refusals ?? 0));
  }

  /** Of partitions that differ the earliest: rather too much than too little. */
  get fromMs(): number {
    const all = [...this.#options.starts.values()].map(({ cursor }) => cursor.fromMs ?? Number.NEGATIVE_INFINITY);
    return all.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...all);
  }

  /** What keeps the cluster from giving what is in its partitions. */
  get unreadable(): Unwritable | undefined {
    return this.#log.unreadable;
  }

  /** Gives nothing more once the assignment is revoked: whoever drains the lane then fires `signal`. */
  async read(maxBytes: number, signal: AbortSignal): Promise<readonly JournaledEntry[]> {
    for (;;) {
      signal.throwIfAborted();
      const given = this.#options.assignment.revoked.aborted ? [] : this.#take(maxBytes);
      if (given.length > 0) return given;
      const waiting = this.#log.arrived.wait(signal);
      if (!this.#options.assignment.revoked.aborted) this.#log.fill().catch(() => undefined);
      await waiting;
    }
  }

  async extend(entries: number): Promise<void> {
    this.#reading.extend(entries);
    // The copy first: of the two none may lack reach that the other has let entries go by.
    await this.#copy();
    await this.#commits.run();
  }

  async save(cursor: Cursor): Promise<void> {
    this.#reading.save(cursor);
    await this.#commits.run();
    const { runtime } = this.#options;
    if (runtime.elapsedMs() - this.#copiedMs > COPY_AGE_MS) await this.#copy();
  }

  /** Its law and how far behind it is, in the partitions of this assignment, as far as this process has looked. */
  standing(written: ReadonlyMap<number, number> = new Map()): LaneStanding {
    this.#ends.refresh();
    const all = [...this.#reading.cursors].map(([partition, cursor]) => {
      this.#ends.saw(partition, (written.get(partition) ?? 0) + 1);
      return { cursor, present: this.#ends.of(partition) };
    });
    return laneStanding(all);
  }

  /** What was found, in this assignment's name: from then on it holds entries back. */
  async begin(): Promise<void> {
    await this.#copy();
    await this.#commits.run();
  }

  /** After the last save. Resolves when the copies are as new as the cursors, or cannot be. */
  async close(): Promise<void> {
    this.#log.end();
    await this.#copy().catch(() => undefined);
  }

  #take(maxBytes: number): readonly JournaledEntry[] {
    const given: JournaledEntry[] = [];
    for (let bytes = 0; bytes < maxBytes; ) {
      const taken = this.#log.take();
      if (taken === undefined) break;
      const { partition, record } = taken;
      this.#indexes.get(partition)?.add(record);
      this.#ends.saw(partition, record.first + record.count);
      for (const one of this.#reading.give(partition, record.first, entriesOf(partition, record))) {
        given.push(one);
        bytes += Buffer.byteLength(one.entry.raw);
      }
    }
    return given;
  }

  async #commit(): Promise<void> {
    const changed = this.#offsets().filter(({ partition, metadata }) => this.#committed.get(partition) !== metadata);
    if (changed.length === 0) return;
    await this.#options.assignment.commit(changed);
    for (const { partition, metadata } of changed) this.#committed.set(partition, metadata);
  }

  async #copy(): Promise<void> {
    const { client, topics, name: lane, assignment, starts, runtime } = this.#options;
    const { memberId } = assignment;
    const copies = this.#offsets().map((offset) => ({
      ...offset,
      key: { lane, memberId, term: starts.get(offset.partition)?.term ?? 0 },
    }));
    const beganMs = runtime.elapsedMs();
    await writeCopies({ client, topic: topics.lanes, nowMs: runtime.now() }, copies);
    this.#copiedMs = beganMs;
  }

  #offsets(): readonly PartitionOffset[] {
    return [...this.#reading.cursors].map(([partition, cursor]) => ({
      partition,
      offset: this.#indexes.get(partition)?.offsetAfter(cursor.position) ?? 0n,
      metadata: encodeMetadata({ cursor, term: this.#options.starts.get(partition)?.term ?? 0 }),
    }));
  }
}

function entriesOf(partition: number, { offset, chunk }: EntriesRecord): readonly Entry[] {
  try {
    return decodeChunk(chunk);
  } catch (error) {
    if (error instanceof RelayError) throw error;
    const text = `the entries at offset ${offset} of partition ${partition} cannot be read: restore the topic from a copy`;
    throw new RelayError('JOURNAL_DAMAGED', text, error);
  }
}
