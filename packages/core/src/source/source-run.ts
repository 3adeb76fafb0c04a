/** One run of a source: a client, a clock, a budget and the feeds, put together from one configuration. */

import { Bell } from '../bell.ts';
import type { Entry, Feed as FeedName } from '../entry.ts';
import { RelayError } from '../errors.ts';
import type { SourceJournal } from '../journal/journal.ts';
import type { Runtime } from '../runtime.ts';
import type { SourceStatus } from '../status.ts';
import { FeedApi } from './api.ts';
import { Budget } from './budget.ts';
import { type Client, type ClientOptions, openClient } from './client.ts';
import { ServerClock } from './clock.ts';
import type { SourceConfig } from './config.ts';
import { FeedLoops } from './feed.ts';
import { FeedJournal } from './feed-journal.ts';
import { feedStatus, looksOff, noEventsYet } from './feed-status.ts';
import { FeedHealth } from './health.ts';
import { hasAnswered } from './progress.ts';
import { WindowReader } from './reader.ts';
import { type FeedTally, newTally } from './tally.ts';

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
  /** Entries that are now in the journal and were not before, each once. */
  onJournaled?(entries: readonly Entry[]): void;
  /** Stands in for the network in tests. */
  openClient?(options: ClientOptions): Client;
}

/** A feed with what its status is made from. */
interface RunningFeed {
  readonly name: FeedName;
  readonly loops: FeedLoops;
  readonly journal: FeedJournal;
  readonly health: FeedHealth;
  readonly tally: FeedTally;
}

/** The source under one configuration: what `reopen` replaces. Started and stopped once. */
export class SourceRun {
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
  const provenance = { source, feed: name, dialect, ...(organization === undefined ? {} : { organization }) };
  const onJournaled = shared.onJournaled ?? (() => undefined);
  const reader = new WindowReader({ provenance, runtime, api, journal, clock, health, tally, onJournaled });
  const onPoll = (events: number): void => {
    const before = looksOff(tally, journal);
    tally.emptyPolls = events === 0 ? tally.emptyPolls + 1 : 0;
    if (!before && looksOff(tally, journal)) runtime.log('warn', ...noEventsYet(name), { source, feed: name });
  };
  const { overlap, sweep } = config;
  const widths = { overlap: Math.ceil(overlap / 1000), sweep: Math.ceil(sweep / 1000) };
  const named = { source, feed: name, config, widths, runtime, clock, onPoll };
  const loops = new FeedLoops({ ...named, journal, api, health, reader, progress: new Bell() });
  return { name, journal, health, tally, loops };
}
