/**
 * The source: one organization's audit log, at the head of the path. It opens the way to the API and
 * runs its feeds. Below it: `source-run.ts` puts a feed together, `feed.ts` has its loops, `reader.ts`
 * reads and commits one window, `walk.ts` its pages, `api.ts` makes one request.
 */

import type { Feed as FeedName } from '../entry.ts';
import { RelayError } from '../errors.ts';
import type { Span } from '../journal/checkpoint.ts';
import type { BackfillProgress } from '../options.ts';
import type { SourceStatus } from '../status.ts';
import type { SourceConfig } from './config.ts';
import { type SourceDependencies, type SourceOptions, SourceRun } from './source-run.ts';
import { type FeedTally, newTally } from './tally.ts';

export interface Source {
  /** Begins to poll; called once. */
  start(): void;
  status(): SourceStatus;
  /**
   * Goes on with another key or other settings, from the same checkpoints and counts.
   * @throws RelayError `CA_FILE_UNREADABLE`, `START_IN_FUTURE`; the source then runs on as it was.
   */
  reopen(config: SourceConfig): void;
  /**
   * Resolves when every feed that is not paused is journaled up to the server's now as of the call,
   * without a gap from its start. Polls at once, not only at the next interval.
   * @throws the signal's reason when it fires first.
   * @throws RelayError `SOURCE_STOPPED` when the source is stopped before.
   */
  caughtUp(signal: AbortSignal): Promise<void>;
  /**
   * Takes a time into the work of backfill. What of it is journaled is left out or, with `again`, read
   * once more and marked so. Resolves when that is on disk, long before it is done.
   * @throws the signal's reason when it fires first; RelayError when the journal does not take it.
   */
  backfill(span: Span, again: boolean, signal: AbortSignal): Promise<void>;
  /** How far it is with a time; counts are those since the start of the process. */
  progressIn(span: Span): BackfillProgress;
  /** Gives up what is in flight; what is not committed will be read again. */
  stop(): Promise<void>;
}

/** @throws RelayError `CA_FILE_UNREADABLE`, `START_IN_FUTURE` */
export function openSource(options: SourceOptions, dependencies: SourceDependencies): Source {
  return new RunningSource(options, dependencies);
}

/** Clocks and zones differ: a start that is further ahead is a mistake. */
const START_AHEAD_MS = 86_400_000;

class RunningSource implements Source {
  readonly #name: string;
  readonly #dependencies: SourceDependencies;
  readonly #tallies = new Map<FeedName, FeedTally>();
  #run: SourceRun;
  #started = false;
  #stopped = false;
  /** One run after the other: a new one begins when the last has let go. */
  #turns: Promise<void> = Promise.resolve();

  constructor({ name, config }: SourceOptions, dependencies: SourceDependencies) {
    this.#name = name;
    this.#dependencies = dependencies;
    this.#run = this.#prepare(config);
  }

  start(): void {
    this.#started = true;
    this.#run.start();
  }

  status(): SourceStatus {
    return this.#run.status(this.#stopped);
  }

  reopen(config: SourceConfig): void {
    const next = this.#prepare(config);
    const last = this.#run;
    this.#run = next;
    this.#turns = this.#turns.then(() => this.#replace(last, next));
  }

  /** Never rejects: nobody waits for it but the next turn. */
  async #replace(last: SourceRun, next: SourceRun): Promise<void> {
    try {
      await last.stop();
    } catch {
      const { log } = this.#dependencies.runtime;
      log('warn', 'SOURCE_BROKEN', 'connections were not closed: please report it', { source: this.#name });
    }
    if (this.#started && !this.#stopped) next.start();
  }

  async caughtUp(signal: AbortSignal): Promise<void> {
    for (let run = this.#run; !(await run.caughtUp(signal)); run = this.#run) {
      if (this.#stopped)
        throw new RelayError('SOURCE_STOPPED', `source ${this.#name} was stopped before it had caught up`);
    }
  }

  backfill(span: Span, again: boolean, signal: AbortSignal): Promise<void> {
    return this.#run.backfill(span, again, signal);
  }

  progressIn(span: Span): BackfillProgress {
    return this.#run.progressIn(span);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#turns = this.#turns.then(() => this.#run.stop());
    await this.#turns;
  }

  #prepare(config: SourceConfig): SourceRun {
    const { backfill_start_time: start } = config;
    const startMs = typeof start === 'number' ? start * 1000 : 0;
    if (startMs > this.#dependencies.runtime.now() + START_AHEAD_MS) {
      const problem = `backfill_start_time of source ${this.#name} lies in the future by this host's clock: nothing would be read until then`;
      throw new RelayError('START_IN_FUTURE', problem);
    }
    for (const feed of config.feeds) {
      if (!this.#tallies.has(feed)) this.#tallies.set(feed, newTally());
    }
    return new SourceRun({ name: this.#name, config }, { ...this.#dependencies, tallies: this.#tallies });
  }
}
