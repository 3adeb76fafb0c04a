/**
 * The one writer of a partition, for as long as one assignment holds. What its sources ask for while a transaction is under way goes
 * into the next one together: entries, ids, checkpoints and the partition's totals, all or nothing.
 *
 *   confirm → InitProducerId (fences whoever had it) → confirm → read state and ids → transactions, each by the same producer
 *
 * until one fails: then the same again, and only then is it known whether that one is in. Fenced, or out of the group, it ends for good.
 */
import { type Decision, RelayError, type Runtime, type Unwritable } from '@audit-relay/core/journal';
import type { ClientPort } from '../client/client.ts';
import { ProducerFailed, TransactionalProducer } from '../client/producer.ts';
import type { Assignment } from '../membership.ts';
import type { Names } from '../topics/names.ts';
import { lostTo, peerFault, sayLongWait, unwritable } from './faults.ts';
import { loadPartition, type PartitionState, type SourceState } from './partition-state.ts';
import { recordsOf, type SourceWrites } from './records-of.ts';

export interface PartitionOptions {
  readonly client: ClientPort;
  readonly names: Names;
  readonly partition: number;
  readonly transactionalId: string;
  readonly assignment: Pick<Assignment, 'confirm'>;
  readonly transactionTimeoutMs: number;
  readonly produceTimeoutMs: number;
  readonly maxBatchBytes: number;
  readonly runtime: Runtime;
  /** Fired when the partition is no longer ours, or something in it is not what was written. */
  readonly lost: AbortController;
}

interface Task {
  readonly source: string;
  /** @throws what it is refused with; then nothing of it is written. */
  decide(): Decision<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Whoever asked has an answer, and may ask again. */
  isRefused: boolean;
}

interface Decided extends SourceWrites {
  readonly task: Task;
  readonly value: unknown;
}

/** Of chunks, in one transaction: what is more waits for the next. */
const MAX_GROUP_BYTES = 8 << 20;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
const NEVER = new AbortController().signal;

export class PartitionWriter {
  readonly #options: PartitionOptions;
  readonly #closing = new AbortController();
  #producer: TransactionalProducer | undefined;
  #state: PartitionState | undefined;
  #queue: Task[] = [];
  #running: Promise<void> | undefined;
  #unwritable: Unwritable | undefined;
  /** Transactions, one after another, that are not in. */
  #failures = 0;

  constructor(options: PartitionOptions) {
    this.#options = options;
  }

  /** Waits for the cluster. @throws RelayError `JOURNAL_LOST`, `JOURNAL_DAMAGED`, `JOURNAL_NEWER`, `JOURNAL_CLOSED`. */
  async open(): Promise<void> {
    await this.#own();
  }

  get state(): PartitionState {
    if (this.#state === undefined) throw new Error('the partition is not open');
    return this.#state;
  }

  of(source: string): SourceState {
    return this.state.of(source);
  }

  get unwritable(): Unwritable | undefined {
    return this.#unwritable;
  }

  /** Resolves when it is committed. @throws what `decide` throws; RelayError `JOURNAL_LOST`, `JOURNAL_CLOSED`. */
  run<T>(source: string, decide: () => Decision<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closing.signal.aborted) return reject(this.#closing.signal.reason);
      const { signal: lost } = this.#options.lost;
      if (lost.aborted) return reject(lost.reason);
      // What resolves it is what its own `decide` has given.
      this.#queue.push({ source, decide, resolve: resolve as (value: unknown) => void, reject, isRefused: false });
      this.#running ??= this.#drain();
    });
  }

  /** Lets the transaction that is under way end; what waits for the cluster is given up. */
  async close(): Promise<void> {
    this.#closing.abort(new RelayError('JOURNAL_CLOSED', 'the journal is closed'));
    await this.#running;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      const group = this.#queue;
      this.#queue = [];
      try {
        await this.#write(group);
      } catch (error) {
        for (const task of group) task.reject(error);
      }
    }
    this.#running = undefined;
  }

  async #write(group: readonly Task[]): Promise<void> {
    let waiting = group;
    while (waiting.length > 0) {
      const { lost } = this.#options;
      if (lost.signal.aborted) throw lost.signal.reason;
      const decided = this.#decide(waiting);
      const rest = waiting.slice(decided.taken);
      waiting = waiting.filter(({ isRefused }) => !isRefused);
      if (decided.all.length > 0 && !(await this.#commit(decided.all))) continue;
      for (const { task, value } of decided.all) task.resolve(value);
      waiting = rest;
    }
  }

  /** What the first of them will write, one seeing what the one before it writes; nothing of it stays. */
  #decide(group: readonly Task[]): { readonly all: readonly Decided[]; readonly taken: number } {
    const all: Decided[] = [];
    const undo: (() => void)[] = [];
    let bytes = 0;
    let taken = 0;
    for (const task of group) {
      if (bytes > MAX_GROUP_BYTES) break;
      taken += 1;
      const decided = this.#decideOne(task);
      if (decided === undefined) continue;
      bytes += decided.chunks.reduce((sum, { value }) => sum + value.length, 0);
      undo.push(this.of(task.source).store.apply(decided.writes));
      all.push(decided);
    }
    for (const back of undo.reverse()) back();
    return { all, taken };
  }

  #decideOne(task: Task): Decided | undefined {
    const { store, seen } = this.of(task.source);
    try {
      let value: unknown;
      const captured = store.capture(() => {
        const decision = task.decide();
        value = decision.value;
        decision.write();
      });
      return { task, source: task.source, value, ...captured };
    } catch (error) {
      seen.drop();
      task.isRefused = true;
      task.reject(error);
      return undefined;
    }
  }

  /** @returns false when nothing of it is written, so that it is to be decided anew. */
  async #commit(decided: readonly Decided[]): Promise<boolean> {
    const { names, partition } = this.#options;
    const { records, totals } = recordsOf(decided, { names, partition, totals: this.state.totals });
    try {
      if (this.#producer === undefined) throw new Error('the partition is not open');
      await this.#producer.commit(records, NEVER);
    } catch (error) {
      return this.#afterFailure(error, totals.commits);
    }
    this.#failures = 0;
    this.#sayWritable();
    this.state.totals = totals;
    for (const { source, writes } of decided) this.of(source).store.apply(writes);
    return true;
  }

  /** @returns whether the transaction is in after all. */
  async #afterFailure(error: unknown, commits: number): Promise<boolean> {
    this.#producer = undefined;
    if (error instanceof ProducerFailed && error.outcome === 'fenced') throw this.#lose(lostTo(error));
    const fault = peerFault(error);
    // None of the cluster's: whatever it is, nobody knows what stands there.
    if (fault === undefined) throw this.#lose(lostTo(error));
    this.#failures += 1;
    // What takes a new producer and refuses its records would be asked without rest.
    if (this.#failures > 1) await this.#pause(fault);
    await this.#own(fault);
    const isIn = this.state.totals.commits === commits;
    if (isIn) this.#failures = 0;
    return isIn;
  }

  /** Has the partition, and reads what stands there, however long the cluster is away. What is over at the second try is nothing to tell. */
  async #own(found?: RelayError): Promise<void> {
    const { runtime } = this.#options;
    let before = found;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        await this.#tryToOwn();
        // What only reads take says nothing of writing.
        if (this.#failures < 2) this.#sayWritable();
        return;
      } catch (error) {
        const fault = peerFault(error);
        if (fault === undefined) throw this.#refused(error);
        if (before !== undefined) this.#sayUnwritable(fault);
        before = fault;
      }
      await runtime.sleep(pauseMs, this.#closing.signal);
    }
  }

  async #pause(fault: RelayError): Promise<void> {
    this.#sayUnwritable(fault);
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 2), LONGEST_PAUSE_MS);
    await this.#options.runtime.sleep(pauseMs, this.#closing.signal);
  }

  async #tryToOwn(): Promise<void> {
    const { assignment, client, names, partition } = this.#options;
    const { signal } = this.#closing;
    await assignment.confirm();
    const producer = await TransactionalProducer.open(this.#options, signal);
    // Whoever was stopped in between has fenced its successor, and must not write.
    await assignment.confirm();
    const onLongWait = sayLongWait(this.#options.runtime);
    const either = AbortSignal.any([signal, this.#options.lost.signal]);
    this.#state = await loadPartition({ client, names, partition, signal: either, onLongWait });
    this.#producer = producer;
  }

  #refused(error: unknown): unknown {
    if (this.#closing.signal.aborted) return this.#closing.signal.reason;
    return this.#lose(error instanceof RelayError ? error : lostTo(error));
  }

  #lose(reason: RelayError): unknown {
    const { lost, runtime } = this.#options;
    // That the group gives out anew is no alarm.
    const level = reason.code === 'JOURNAL_REASSIGNED' ? 'info' : 'error';
    if (!lost.signal.aborted) runtime.log(level, reason.code, reason.message, { partition: this.#options.partition });
    lost.abort(reason);
    return lost.signal.reason;
  }

  /** Once, until it is over or another reason takes its place. */
  #sayUnwritable(fault: RelayError): void {
    const { runtime, partition } = this.#options;
    const before = this.#unwritable;
    this.#unwritable = unwritable(fault, before?.sinceMs ?? runtime.now());
    if (before?.problem !== fault.message) runtime.log('error', fault.code, fault.message, { partition });
  }

  #sayWritable(): void {
    const { runtime, partition } = this.#options;
    if (this.#unwritable === undefined) return;
    this.#unwritable = undefined;
    runtime.log('info', 'JOURNAL_PEER_BACK', 'Kafka takes what is journaled again', { partition });
  }
}
