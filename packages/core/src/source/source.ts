/**
 * The source: one organization's audit log, at the head of the path. A page's way from here: `feed.ts` is one feed, whose loops
 * (`loops/`) say which time is read when; `window/window-reader.ts` reads and commits one window, `window/walk.ts` its pages;
 * `api/feed-api.ts` makes one request by `api/client.ts` when `api/request-scheduler.ts` says so: there a 429 that names a wait
 * holds both feeds. A window is durable by `window/commit.ts`, then `journal/source-journal.ts`, `writer.ts` and `store.ts`, where
 * it is on disk.
 */
import { widelyHeard } from '../abort-signals.ts';
import { FEEDS, type Feed as FeedName } from '../entry.ts';
import { RelayError } from '../errors.ts';
import type { Checkpoint, Span } from '../journal/checkpoint.ts';
import type { BackfillProgress } from '../options.ts';
import type { SourceStatus } from '../status.ts';
import { type Client, openClient } from './api/client.ts';
import { ClockLog } from './api/clock-log.ts';
import { feedsOf } from './api/filters.ts';
import { RequestScheduler } from './api/request-scheduler.ts';
import { ServerClock } from './api/server-clock.ts';
import type { SourceConfig } from './config.ts';
import { clockPairIn, reachedIn } from './coverage/known-times.ts';
import { type Feed, openFeed } from './feed.ts';
import { backfillProgress, sourceStatus } from './health/source-status.ts';
import { countCondition, type FeedTally, newTally } from './health/tally.ts';
import type { Source, SourceDependencies, SourceOptions } from './options.ts';
import { refuseFutureStart } from './refuse-source.ts';

export type { Source } from './options.ts';

/** @throws RelayError `TLS_FILE_UNUSABLE`, `PROXY_INVALID`, `START_IN_FUTURE` */
export function openSource(options: SourceOptions, dependencies: SourceDependencies): Source {
  return new RunningSource(options, dependencies);
}

class RunningSource implements Source {
  readonly #name: string;
  readonly #dependencies: SourceDependencies;
  /** Both outlive a run. */
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
    const { runtime } = dependencies;
    const count = (condition: string): void => {
      for (const { conditions } of this.#tallies.values()) countCondition(conditions, condition);
    };
    const checkpoints = this.#checkpoints();
    this.#clock = new ServerClock({
      runtime,
      pair: clockPairIn(checkpoints),
      reachedSeconds: reachedIn(checkpoints),
      log: new ClockLog({ source: name, runtime, count }),
    });
    this.#run = this.#prepare(config);
  }

  start(): void {
    this.#started = true;
    this.#run.start();
  }

  status(): SourceStatus {
    return sourceStatus(this.#run, { stopped: this.#stopped, clock: this.#clock });
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
    for (;;) {
      const all = await Promise.all(this.#run.feeds.map((feed) => feed.caughtUp(signal)));
      if (all.every(Boolean)) return;
      if (this.#stopped)
        throw new RelayError('SOURCE_STOPPED', `source ${this.#name} was stopped before it had caught up`);
    }
  }

  async backfill(span: Span, again: boolean, signal: AbortSignal): Promise<void> {
    await Promise.all(this.#run.feeds.map((feed) => feed.backfill(span, again, signal)));
  }

  progressIn(span: Span): BackfillProgress {
    return backfillProgress(this.#run, span);
  }

  stop(): Promise<void> {
    this.#stopped = true;
    // Once: a connection is closed once.
    this.#ended ??= this.#turns.then(() => this.#run.stop());
    return this.#ended;
  }

  #prepare(config: SourceConfig): SourceRun {
    // Of two clocks one may be behind by days, and would refuse for as long as it is; what a feed began with was past then.
    const starts = this.#checkpoints().map(({ startSeconds }) => startSeconds);
    const latestSeconds = Math.max(this.#clock.seconds(), this.#clock.hostSeconds(), ...starts);
    refuseFutureStart(this.#name, config, latestSeconds);
    for (const feed of config.feeds) {
      if (!this.#tallies.has(feed)) this.#tallies.set(feed, newTally());
    }
    const options = { name: this.#name, config };
    return new SourceRun(options, { ...this.#dependencies, tallies: this.#tallies, clock: this.#clock });
  }

  #checkpoints(): readonly Checkpoint[] {
    return FEEDS.flatMap((feed) => this.#dependencies.journal.checkpoint(feed) ?? []);
  }
}

interface RunDependencies extends SourceDependencies {
  readonly tallies: ReadonlyMap<FeedName, FeedTally>;
  readonly clock: ServerClock;
}

/** The feeds under one configuration, with their client and scheduler: what `reopen` replaces. Started and stopped once. */
class SourceRun {
  readonly scheduler: RequestScheduler;
  readonly feeds: readonly Feed[];
  readonly #config: SourceConfig;
  readonly #client: Client;
  readonly #clock: ServerClock;
  readonly #ended = widelyHeard();
  #running: Promise<unknown> | undefined;

  constructor({ name, config }: SourceOptions, dependencies: RunDependencies) {
    const { userAgent, proxyFor, runtime, budget, clock, tallies, onJournaled = () => undefined } = dependencies;
    const { dialect, organization } = config;
    this.#config = config;
    this.#clock = clock;
    this.#client = (dependencies.openClient ?? openClient)({ config, userAgent, proxyFor });
    this.scheduler = new RequestScheduler(runtime, config.requests_per_second, budget);
    const shared = { ...dependencies, config, client: this.#client, scheduler: this.scheduler, onJournaled };
    this.feeds = feedsOf(config).map((feed) => {
      const provenance = { source: name, feed, dialect, ...(organization === undefined ? {} : { organization }) };
      return openFeed(provenance, { ...shared, tally: tallies.get(feed) ?? newTally() });
    });
  }

  start(): void {
    this.#clock.overlapMs = this.#config.overlap;
    this.#running = Promise.all(this.feeds.map((feed) => feed.run(this.#ended.signal)));
  }

  async stop(): Promise<void> {
    this.#ended.abort(new RelayError('SOURCE_STOPPED', 'the source is stopped'));
    // Loops that never began end at once, and let go whoever waits for them.
    if (this.#running === undefined) this.start();
    await this.#running;
    this.scheduler.close();
    await this.#client.close();
  }
}
