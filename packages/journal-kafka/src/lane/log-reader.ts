/**
 * What comes in of the partitions that a lane has: one request to each of their leaders at a time, with all partitions of which
 * nothing is waiting to be taken. A broker answers one request of a connection after another, so that a request for each partition
 * would make each wait for all.
 */
import { RelayError, type Runtime, Signal, type Unwritable } from '@audit-relay/core/journal';
import { ClientError } from '@audit-relay/sink-kafka/connection';
import type { Client } from '../client/client.ts';
import { committedOf } from '../client/committed.ts';
import { grouped } from '../client/grouped.ts';
import type { FetchedPartition, JournalBroker } from '../client/protocol.ts';
import { type EntriesRecord, readEntriesRecord } from '../record/entries-record.ts';
import { PeerWatch } from '../writer/peer-watch.ts';

export interface LogReaderOptions {
  readonly client: Client;
  readonly topic: string;
  /** Of each partition, from which offset on. */
  readonly from: ReadonlyMap<number, bigint>;
  readonly runtime: Runtime;
  /** Who reads. */
  readonly lane: string;
}

interface Tail {
  readonly partition: number;
  next: bigint;
  readonly waiting: EntriesRecord[];
  /** Which answer was the last that brought something, counted from 1. */
  servedBy: number;
}

/** Of all partitions of one request, and of one of them; a larger record comes alone. */
const REQUEST_BYTES = 8 << 20;
const PARTITION_BYTES = 2 << 20;
/** How long a broker waits for a first byte. */
const WAIT_MS = 1_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
const OFFSET_OUT_OF_RANGE = 1;

export class LogReader {
  readonly #options: LogReaderOptions;
  readonly #tails: readonly Tail[];
  readonly #asking = new Set<number>();
  readonly #ended = new AbortController();
  /** Notified when something has come, or nothing ever will. */
  readonly arrived: Signal = new Signal();
  #turn = 0;
  #answers = 0;
  #failures = 0;
  /** By partition: tries, one after another, that brought no answer. */
  readonly #failing = new Map<number, number>();
  readonly #watch: PeerWatch;
  #problem: Error | undefined;

  constructor(options: LogReaderOptions) {
    this.#options = options;
    const { runtime, lane } = options;
    this.#watch = new PeerWatch({ runtime, what: `the lane ${lane} cannot read the journal`, fields: { lane } });
    this.#tails = [...options.from].map(([partition, next]) => ({ partition, next, waiting: [], servedBy: 0 }));
  }

  /** What keeps the cluster from answering, once it has lasted. */
  get unreadable(): Unwritable | undefined {
    return this.#watch.unwritable;
  }

  /** The next record of the partition whose turn it is. @throws RelayError `ENTRIES_GONE`, `JOURNAL_DAMAGED`, `JOURNAL_NEWER` */
  take(): { readonly partition: number; readonly record: EntriesRecord } | undefined {
    if (this.#problem !== undefined) throw this.#problem;
    for (let step = 0; step < this.#tails.length; step += 1) {
      const tail = this.#tails[(this.#turn + step) % this.#tails.length];
      const record = tail?.waiting.shift();
      if (tail === undefined || record === undefined) continue;
      this.#turn = (this.#turn + step + 1) % this.#tails.length;
      return { partition: tail.partition, record };
    }
    return undefined;
  }

  /** Asks every leader that is not being asked. Never rejects. */
  async fill(): Promise<void> {
    const { client, topic } = this.#options;
    // A broker gives at least one batch of the first partition that has any, and of those behind it what fits.
    const empty = this.#tails.filter(({ waiting }) => waiting.length === 0).toSorted((a, b) => a.servedBy - b.servedBy);
    try {
      const leaders = await client.leaders(topic);
      const byLeader = grouped(empty, ({ partition }) => leaders?.get(partition) ?? -1);
      for (const [leader, tails] of byLeader) {
        if (leader < 0 || this.#asking.has(leader)) continue;
        this.#asking.add(leader);
        this.#ask(leader, tails)
          .catch((error: unknown) => this.#failed(error, tails))
          .finally(() => {
            this.#asking.delete(leader);
            this.arrived.notify();
          });
      }
      const leaderless = byLeader.get(-1);
      if (leaderless === undefined) return;
      await this.#failed(new ClientError({ kind: 'leaderless' }), leaderless);
      this.arrived.notify();
    } catch (error) {
      await this.#failed(error, empty);
      this.arrived.notify();
    }
  }

  end(): void {
    this.#ended.abort(new RelayError('JOURNAL_CLOSED', 'the journal is closed'));
  }

  async #ask(leader: number, tails: readonly Tail[]): Promise<void> {
    const { client, topic } = this.#options;
    const asked = new Map(tails.map(({ partition, next }) => [partition, next]));
    const partitions = [...asked].map(([partition, next]) => ({
      partition,
      fetchOffset: String(next),
      maxBytes: PARTITION_BYTES,
    }));
    const { responses } = await client.ofBroker(leader, (broker: JournalBroker) =>
      broker.fetch({
        replicaId: -1,
        isolationLevel: 1,
        maxWaitTime: WAIT_MS,
        minBytes: 1,
        maxBytes: REQUEST_BYTES,
        topics: [{ topic, partitions }],
      }),
    );
    this.#answers += 1;
    for (const answer of responses.flatMap((one) => one.partitions)) this.#took(answer, asked);
    this.#failures = 0;
    for (const partition of asked.keys()) this.#failing.delete(partition);
    if (this.#failing.size === 0) this.#watch.back();
  }

  #took(answer: FetchedPartition, asked: ReadonlyMap<number, bigint>): void {
    const { partition, messages, abortedTransactions = [] } = answer;
    const tail = this.#tails.find((one) => one.partition === partition);
    // Of a leader that has moved there may be two answers to one question: the second says nothing new.
    if (tail === undefined || tail.next !== asked.get(partition)) return;
    const from = tail.next;
    const records = committedOf(messages, abortedTransactions).filter(({ offset }) => offset >= from);
    try {
      tail.waiting.push(...records.map(readEntriesRecord));
    } catch (error) {
      this.#problem = error instanceof Error ? error : new Error(String(error));
      return;
    }
    const last = messages.findLast(({ offset }) => BigInt(offset) >= from);
    // Entries are never compacted: where nothing came of what is there, the answer was full, and nothing is passed by.
    if (last === undefined) return;
    tail.next = BigInt(last.offset) + 1n;
    tail.servedBy = this.#answers;
  }

  /** Waits before whoever reads asks again. */
  async #failed(error: unknown, tails: readonly Tail[]): Promise<void> {
    const { runtime, topic } = this.#options;
    const isGone =
      error instanceof ClientError && error.trouble.kind === 'code' && error.trouble.code === OFFSET_OUT_OF_RANGE;
    if (isGone) {
      const text = `entries of ${topic} that the lane had not passed have left the journal`;
      this.#problem = new RelayError('ENTRIES_GONE', text, error);
    } else {
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
      this.#failures += 1;
      for (const { partition } of tails) this.#failing.set(partition, (this.#failing.get(partition) ?? 0) + 1);
      if ([...this.#failing.values()].some((tries) => tries > 1) && !this.#ended.signal.aborted)
        this.#watch.failed(error);
      await runtime.sleep(pauseMs, this.#ended.signal).catch(() => undefined);
    }
  }
}
