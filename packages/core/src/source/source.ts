/**
 * The source: one organization's audit log, at the head of the path. It opens the way to the API and
 * runs its feeds. Below it: `source-run.ts` puts a feed together, `feed.ts` has its loops (`live.ts`, `backfill.ts`,
 * `lookback-scans.ts`), `window/window-reader.ts` reads and commits one window, `window/walk.ts` its pages, `api/feed-api.ts`
 * makes one request by `api/client.ts` when `api/request-scheduler.ts` says so: there a 429 that names a wait holds both feeds.
 * A window is durable by `window/commit.ts`, then `journal/source-journal.ts`, `writer.ts` and `store.ts`, where it is on disk.
 */

import type { Feed as FeedName } from '../entry.ts';
import { RelayError } from '../errors.ts';
import type { ClockPair, Span } from '../journal/checkpoint.ts';
import type { SourceJournal } from '../journal/journal.ts';
import type { BackfillProgress } from '../options.ts';
import type { SourceStatus } from '../status.ts';
import { openClient } from './api/client.ts';
import { ClockLog } from './api/clock-log.ts';
import { ServerClock } from './api/server-clock.ts';
import type { SourceConfig } from './config.ts';
import { countCondition, type FeedTally, newTally } from './health/tally.ts';
import { type SourceDependencies, type SourceOptions, SourceRun } from './source-run.ts';

export interface Source {
  /** Begins to poll; called once. */
  start(): void;
  status(): SourceStatus;
  /**
   * Goes on with another key or other settings, from the same checkpoints and counts.
   * @throws RelayError `TLS_FILE_UNUSABLE`, `PROXY_INVALID`, `START_IN_FUTURE`; the source then runs on as it was.
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

/** @throws RelayError `TLS_FILE_UNUSABLE`, `PROXY_INVALID`, `START_IN_FUTURE` */
export function openSource(options: SourceOptions, dependencies: SourceDependencies): Source {
  return new RunningSource(options, dependencies);
}

/** Clocks and zones differ: a start that is further ahead is a mistake. */
const START_AHEAD_SECONDS = 86_400;

/** @throws RelayError `START_IN_FUTURE` */
export function refuseFutureStart(
  name: string,
  { backfill_start_time: start }: Pick<SourceConfig, 'backfill_start_time'>,
  nowSeconds: number,
): void {
  if (typeof start !== 'number' || start <= nowSeconds + START_AHEAD_SECONDS) return;
  const problem = `backfill_start_time of source ${name} lies in the future: nothing would be read until then`;
  throw new RelayError('START_IN_FUTURE', problem);
}

/** For who only looks. @throws as `openSource` does, by this host's clock. */
export function refuseSource(
  { name, config }: SourceOptions,
  { runtime, proxyFor }: Pick<SourceDependencies, 'runtime' | 'proxyFor'>,
): void {
  refuseFutureStart(name, config, runtime.now() / 1000);
  // Nothing is connected until something is asked.
  const client = openClient({ config, userAgent: '', proxyFor });
  client.close().catch(() => undefined);
}

class RunningSource implements Source {
  readonly #name: string;
  readonly #dependencies: SourceDependencies;
  readonly #tallies = new Map<FeedName, FeedTally>();
  readonly #clock: ServerClock;
  #run: SourceRun;
  #started = false;
  #stopped = false;
  /** One run after the other: a new one begins when the last has let go. */
  #turns: Promise<void> = Promise.resolve();
  #ended: Promise<void> | undefined;

  constructor({ name, config }: SourceOptions, dependencies: SourceDependencies) {
    this.#name = name;
    this.#dependencies = dependencies;
    const { runtime, journal } = dependencies;
    const count = (condition: string): void => {
      for (const { conditions } of this.#tallies.values()) countCondition(conditions, condition);
    };
    this.#clock = new ServerClock({
      runtime,
      pair: pairIn(journal),
      reachedSeconds: reachedIn(journal),
      log: new ClockLog({ source: name, runtime, count }),
    });
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

  stop(): Promise<void> {
    this.#stopped = true;
    // Once: a connection is closed once.
    this.#ended ??= this.#turns.then(() => this.#run.stop());
    return this.#ended;
  }

  #prepare(config: SourceConfig): SourceRun {
    // Of two clocks one may be behind by days, and would refuse for as long as it is; what a feed began with was past then.
    const starts = startsIn(this.#dependencies.journal);
    const latestSeconds = Math.max(this.#clock.seconds(), this.#clock.hostSeconds(), ...starts);
    refuseFutureStart(this.#name, config, latestSeconds);
    for (const feed of config.feeds) {
      if (!this.#tallies.has(feed)) this.#tallies.set(feed, newTally());
    }
    return new SourceRun(
      { name: this.#name, config },
      { ...this.#dependencies, tallies: this.#tallies, clock: this.#clock },
    );
  }
}

const FEEDS: readonly FeedName[] = ['organization', 'tenant'];

function startsIn(journal: SourceJournal): readonly number[] {
  return FEEDS.flatMap((feed) => journal.checkpoint(feed)?.startSeconds ?? []);
}

/** The server's clock beside this host's, as of the last commit of either feed. */
function pairIn(journal: SourceJournal): ClockPair | undefined {
  const pairs = FEEDS.flatMap((feed) => journal.checkpoint(feed)?.clock ?? []);
  return pairs.toSorted((a, b) => b.serverSeconds - a.serverSeconds)[0];
}

/** How far either feed has ever taken server time to have come. */
function reachedIn(journal: SourceJournal): number | undefined {
  const reached = FEEDS.flatMap((feed) => {
    const { done = [], passes = {} } = journal.checkpoint(feed) ?? {};
    return [done.at(-1)?.to, passes.overlap, passes.sweep].filter((seconds) => seconds !== undefined);
  });
  return reached.length === 0 ? undefined : Math.max(...reached);
}
