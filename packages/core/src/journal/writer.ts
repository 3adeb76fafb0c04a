/**
 * The one writer of the embedded journal: whatever is asked for in one turn of the event loop goes
 * into one transaction, in the order in which it was asked. Nothing else writes.
 */
import { RelayError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import type { Ballast } from './ballast.ts';
import { writeRefusal } from './folder-refusal.ts';
import type { Unwritable } from './journal.ts';
import type { Store } from './store.ts';

/** What a task has found out by reading; `write` then changes the store and must not refuse. */
export interface Decision<T> {
  write(): void;
  readonly value: T;
}

type TaskOutcome<T> = Decision<T> | { readonly refusal: unknown };

/** `entries` waits while the disk is full; `reserve` (cursors, dead letters) may use what is held back. */
export type Space = 'entries' | 'reserve';

interface Task {
  readonly space: Space;
  /** Inside the transaction. Never throws but for the store's own errors. */
  apply(): void;
  /** After the commit. */
  finish(): void;
  reject(error: unknown): void;
}

interface WriterOptions {
  readonly store: Store;
  /** The token that the store must hold for this process to be its owner. */
  readonly owner: string;
  readonly ballast: Pick<Ballast, 'restore' | 'release' | 'isFull'>;
  readonly runtime: Runtime;
  /** After every transaction: `undone` means that nothing of it happened. */
  readonly onEnd: (end: 'committed' | 'undone') => void;
  /** Fired at the first transaction that finds another owner, or by whoever finds damage. */
  readonly lost: AbortController;
}

const RETRY_MS = 5000;

export class Writer {
  readonly #options: WriterOptions;
  readonly #closing = new AbortController();
  #queue: Task[] = [];
  #running: Promise<void> | undefined;
  #diskFull = false;
  /** Why nothing goes to disk, as it was found last. */
  #unwritable: Unwritable | undefined;
  #lookedMs = 0;

  constructor(options: WriterOptions) {
    this.#options = options;
    if (!options.ballast.restore()) this.#sayFull();
  }

  /** Why the journal takes no entries. Undefined: it does, as far as anybody has tried. */
  get unwritable(): Unwritable | undefined {
    return this.#unwritable;
  }

  /**
   * Runs `decide` and its `write` inside a transaction; resolves when that is on disk.
   * @throws what `decide` throws; nothing of this task is written then.
   * @throws RelayError `JOURNAL_LOST` when another process owns the journal, `JOURNAL_DAMAGED` once something in it
   *   was found so, `JOURNAL_DISK` once LMDB has to be opened anew, `DISK_FULL` for `entries` while the disk has no room,
   *   `DISK_REFUSES` when it takes nothing for another reason, `JOURNAL_CLOSED` after `close`.
   */
  run<T>(space: Space, decide: () => Decision<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closing.signal.aborted) return reject(closed());
      const { signal: lost } = this.#options.lost;
      if (lost.aborted) return reject(lost.reason);
      let outcome: TaskOutcome<T> | undefined;
      this.#queue.push({
        space,
        reject,
        apply: () => {
          outcome = decided(decide);
          if ('write' in outcome) outcome.write();
        },
        finish: () => {
          if (outcome === undefined || 'refusal' in outcome) reject(outcome?.refusal);
          else resolve(outcome.value);
        },
      });
      this.#running ??= this.#drain();
    });
  }

  /** Lets what was asked for finish; what waits for the disk is given up. */
  async close(): Promise<void> {
    this.#closing.abort(closed());
    await this.#running;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      const group = this.#queue;
      this.#queue = [];
      const again = await this.#write(group);
      this.#queue.unshift(...again);
    }
    this.#running = undefined;
  }

  /** @returns what is to be tried again; whatever else goes wrong ends this group and never the writer. */
  async #write(group: readonly Task[]): Promise<readonly Task[]> {
    try {
      return await (this.#diskFull ? this.#onFullDisk(group) : this.#attempt(group));
    } catch (error) {
      for (const task of group) task.reject(error);
      return [];
    }
  }

  /** One transaction. @returns what is to be tried again. */
  async #attempt(group: readonly Task[]): Promise<readonly Task[]> {
    try {
      this.#options.store.transaction(() => {
        this.#checkOwner();
        for (const task of group) task.apply();
      });
    } catch (error) {
      const { lost, onEnd, ballast } = this.#options;
      if (lost.signal.aborted) return rejected(group, lost.signal.reason);
      onEnd('undone');
      if (ballast.isFull(error)) return this.#diskIsFull(group, error);
      const refusal = writeRefusal(error);
      if (refusal !== undefined) {
        this.#sayUnwritable(refusal);
        return rejected(group, refusal);
      }
      return group.length > 1 ? this.#oneByOne(group) : rejected(group, error);
    }
    if (!this.#diskFull || group.some((task) => task.space === 'entries')) this.#sayWritable();
    for (const task of group) task.finish();
    this.#options.onEnd('committed');
    return [];
  }

  /** A transaction of several failed: the task that made it fail must not take the others along. */
  async #oneByOne(group: readonly Task[]): Promise<readonly Task[]> {
    const again: Task[] = [];
    for (const task of group) again.push(...(await this.#attempt([task])));
    return again;
  }

  #checkOwner(): void {
    if (this.#options.store.meta.get('state')?.owner === this.#options.owner) return;
    const { lost } = this.#options;
    lost.abort(
      new RelayError('JOURNAL_LOST', 'another process has taken the journal over: run one agent per journal folder'),
    );
    throw lost.signal.reason;
  }

  /** Entries are given back to wait; the rest may use the space that was held back. */
  async #diskIsFull(group: readonly Task[], error: unknown): Promise<readonly Task[]> {
    const released = this.#options.ballast.release();
    this.#sayFull();
    const [entries, reserve] = split(group);
    for (const task of entries) task.reject(diskFull(error));
    return released || (await this.#pause()) ? reserve : rejected(reserve, this.#closing.signal.reason);
  }

  #sayFull(): void {
    this.#diskFull = true;
    this.#lookedMs = this.#options.runtime.elapsedMs();
    const message = 'no space left for the journal: free some; nothing is lost, the sources wait';
    this.#sayUnwritable(new RelayError('DISK_FULL', message));
  }

  /** Once, until it is over or another reason takes its place. */
  #sayUnwritable({ code, message }: RelayError): void {
    const before = this.#unwritable;
    this.#unwritable = { code, problem: message, sinceMs: before?.sinceMs ?? this.#options.runtime.now() };
    if (before?.problem !== message) this.#options.runtime.log('error', code, message);
  }

  #sayWritable(): void {
    if (this.#unwritable === undefined) return;
    this.#unwritable = undefined;
    this.#diskFull = false;
    this.#options.runtime.log('info', 'DISK_HAS_ROOM', 'the journal can be written again');
  }

  /** While the disk is known to be full: entries only once the held-back space stands again. */
  async #onFullDisk(group: readonly Task[]): Promise<readonly Task[]> {
    const [entries, reserve] = split(group);
    if ((entries.length > 0 || this.#isTimeToLook()) && this.#options.ballast.restore()) {
      if (entries.length === 0) this.#sayWritable();
      return this.#attempt(group);
    }
    for (const task of entries) task.reject(diskFull());
    return reserve.length > 0 ? this.#attempt(reserve) : [];
  }

  /** Where no event comes for hours nobody would find out that there is room again. */
  #isTimeToLook(): boolean {
    const nowMs = this.#options.runtime.elapsedMs();
    if (nowMs - this.#lookedMs < RETRY_MS) return false;
    this.#lookedMs = nowMs;
    return true;
  }

  /** @returns false when the writer is closing, so that nothing will free the disk in time. */
  async #pause(): Promise<boolean> {
    const { signal } = this.#closing;
    await this.#options.runtime.sleep(RETRY_MS, signal).catch(() => undefined);
    return !signal.aborted;
  }
}

function decided<T>(decide: () => Decision<T>): TaskOutcome<T> {
  try {
    return decide();
  } catch (refusal) {
    return { refusal };
  }
}

function rejected(group: readonly Task[], error: unknown): readonly [] {
  for (const task of group) task.reject(error);
  return [];
}

function split(group: readonly Task[]): readonly [entries: readonly Task[], reserve: readonly Task[]] {
  return [group.filter((task) => task.space === 'entries'), group.filter((task) => task.space === 'reserve')];
}

function diskFull(cause?: unknown): RelayError {
  return new RelayError('DISK_FULL', 'no space left for the journal: free some', cause);
}

function closed(): RelayError {
  return new RelayError('JOURNAL_CLOSED', 'the journal is closed');
}
