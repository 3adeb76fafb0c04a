/**
 * The source: one organization's audit log, at the head of the path. It opens the way to the API and
 * runs its feeds; `feed.ts` has their loops, and below it the path goes on: `reader.ts` (one window),
 * `walk.ts` (its pages), `api.ts` (one request), and then the journal.
 */
import { RelayError } from '../errors.ts';
import type { Feed as FeedName } from '../entry.ts';
import type { SourceJournal } from '../journal/journal.ts';
import type { Runtime } from '../runtime.ts';
import type { SourceStatus } from '../status.ts';
import { FeedApi } from './api.ts';
import { Budget } from './budget.ts';
import { type Client, type ClientOptions, openClient } from './client.ts';
import { ServerClock } from './clock.ts';
import type { SourceConfig } from './config.ts';
import { Feed } from './feed.ts';
import { FeedJournal } from './feed-journal.ts';
import { feedStatus, looksOff, noEventsYet } from './feed-status.ts';
import { FeedHealth } from './health.ts';
import { hasAnswered } from './progress.ts';
import { WindowReader } from './reader.ts';
import { type FeedTally, newTally } from './tally.ts';

export interface Source {
  /** Begins to poll; called once. */
  start(): void;
  status(): SourceStatus;
  /**
   * Goes on with another key or other settings, from the same checkpoints and counts.
   * @throws RelayError `CA_FILE_UNREADABLE`; the source then runs on as it was.
   */
  reopen(config: SourceConfig): void;
  /**
   * Resolves when every feed that is not paused is journaled up to the server's now as of the call,
   * without a gap from its start. Polls at once, not only at the next interval.
   * @throws the signal's reason when it fires first.
   * @throws RelayError `SOURCE_STOPPED` when the source is stopped before.
   */
  caughtUp(signal: AbortSignal): Promise<void>;
  /** Gives up what is in flight; what is not committed will be read again. */
  stop(): Promise<void>;
}

export interface SourceOptions {
  /** The source's name in the configuration. */
  readonly name: string;
  readonly config: SourceConfig;
}

export interface SourceDependencies {
  readonly journal: SourceJournal;
  readonly runtime: Runtime;
  /** The proxy for a URL by the environment; `proxy` in the configuration goes first. */
  proxyFor(url: string): string | undefined;
  readonly userAgent: string;
  /** The API refused the key: the moment to read secret files again. */
  onRefused(): void;
  /** Stands in for the network in tests. */
  openClient?(options: ClientOptions): Client;
}

/** @throws RelayError `CA_FILE_UNREADABLE` */
export function openSource(options: SourceOptions, dependencies: SourceDependencies): Source {
  return new RunningSource(options, dependencies);
}

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
    this.#turns = this.#turns
      .then(() => last.stop())
      .then(() => {
        if (this.#started && !this.#stopped) next.start();
      });
  }

  async caughtUp(signal: AbortSignal): Promise<void> {
    for (let run = this.#run; !(await run.caughtUp(signal)); run = this.#run) {
      if (this.#stopped)
        throw new RelayError('SOURCE_STOPPED', `source ${this.#name} was stopped before it had caught up`);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#turns = this.#turns.then(() => this.#run.stop());
    await this.#turns;
  }

  #prepare(config: SourceConfig): SourceRun {
    for (const feed of config.feeds) {
      if (!this.#tallies.has(feed)) this.#tallies.set(feed, newTally());
    }
    return new SourceRun({ name: this.#name, config }, { ...this.#dependencies, tallies: this.#tallies });
  }
}

/** A feed with what its status is made from. */
interface RunningFeed {
  readonly name: FeedName;
  readonly loops: Feed;
  readonly journal: FeedJournal;
  readonly health: FeedHealth;
  readonly tally: FeedTally;
}

/** The source under one configuration: what `reopen` replaces. */
class SourceRun {
  readonly #client: Client;
  readonly #clock: ServerClock;
  readonly #feeds: readonly RunningFeed[];
  readonly #ended = new AbortController();
  #running: Promise<unknown> | undefined;

  constructor(
    options: SourceOptions,
    dependencies: SourceDependencies & { readonly tallies: ReadonlyMap<FeedName, FeedTally> },
  ) {
    const { userAgent, proxyFor, runtime, tallies } = dependencies;
    const { config } = options;
    this.#client = (dependencies.openClient ?? openClient)({ config, userAgent, proxyFor });
    this.#clock = new ServerClock(runtime);
    const shared = {
      ...options,
      ...dependencies,
      client: this.#client,
      clock: this.#clock,
      budget: new Budget(runtime, config.requests_per_second),
    };
    this.#feeds = config.feeds.map((feed) => openFeed(feed, { ...shared, tally: tallies.get(feed) ?? newTally() }));
  }

  start(): void {
    this.#running = Promise.all(this.#feeds.map(({ loops }) => loops.run(this.#ended.signal)));
  }

  async caughtUp(signal: AbortSignal): Promise<boolean> {
    const all = await Promise.all(this.#feeds.map(({ loops }) => loops.caughtUp(signal)));
    return all.every(Boolean);
  }

  async stop(): Promise<void> {
    this.#ended.abort(new RelayError('SOURCE_STOPPED', 'the source is stopped'));
    // Loops that never began end at once, and let go whoever waits for them.
    if (this.#running === undefined) this.start();
    await this.#running;
    await this.#client.close();
  }

  status(stopped: boolean): SourceStatus {
    const tallies = this.#feeds.map(({ tally }) => tally);
    const failures = new Map<string, number>();
    for (const [failure, times] of tallies.flatMap((tally) => Object.entries(tally.failures))) {
      failures.set(failure, (failures.get(failure) ?? 0) + times);
    }
    const { offsetMs } = this.#clock;
    return {
      feeds: Object.fromEntries(this.#feeds.map((feed) => [feed.name, feedStatus({ ...feed, stopped })])),
      requests: tallies.reduce((sum, { requests }) => sum + requests, 0),
      failures: Object.fromEntries(failures),
      ...(offsetMs === undefined ? {} : { clockOffsetMs: offsetMs }),
    };
  }
}

interface Shared extends SourceOptions, SourceDependencies {
  readonly client: Client;
  readonly clock: ServerClock;
  readonly budget: Budget;
  readonly tally: FeedTally;
}

/** Puts one feed together, from the request up to the loops. */
function openFeed(name: FeedName, shared: Shared): RunningFeed {
  const { name: source, config, runtime, tally, clock } = shared;
  const journal = new FeedJournal(shared.journal, name, runtime);
  const everAnswered = (): boolean => journal.checkpoint !== undefined && hasAnswered(journal.checkpoint);
  const health = new FeedHealth({ source, feed: name, runtime, everAnswered });
  const api = new FeedApi({ ...shared, source, feed: name, health });
  const { dialect, organization } = config;
  const origin = { source, feed: name, dialect, ...(organization === undefined ? {} : { organization }) };
  const reader = new WindowReader({ origin, runtime, api, journal, clock, health, tally });
  const onPoll = (events: number): void => {
    const before = looksOff(tally, journal);
    tally.emptyPolls = events === 0 ? tally.emptyPolls + 1 : 0;
    if (!before && looksOff(tally, journal)) runtime.log('warn', ...noEventsYet(name), { source, feed: name });
  };
  return {
    name,
    journal,
    health,
    tally,
    loops: new Feed({ source, feed: name, config, runtime, journal, api, clock, health, reader, onPoll }),
  };
}
