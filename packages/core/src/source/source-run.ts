/** One run of a source: a client, a clock, a scheduler and the feeds, put together from one configuration. */

import { setMaxListeners } from 'node:events';
import type { Entry, Feed as FeedName } from '../entry.ts';
import { RelayError } from '../errors.ts';
import type { Span } from '../journal/checkpoint.ts';
import type { SourceJournal } from '../journal/journal.ts';
import type { BackfillProgress } from '../options.ts';
import type { Runtime } from '../runtime.ts';
import { Signal } from '../signal.ts';
import type { SourceStatus } from '../status.ts';
import type { Evidence } from './api/answer.ts';
import type { ByteBudget } from './api/byte-budget.ts';
import { type Client, type ClientOptions, openClient } from './api/client.ts';
import { FeedApi } from './api/feed-api.ts';
import { feedsOf } from './api/filters.ts';
import { RequestScheduler } from './api/request-scheduler.ts';
import type { ServerClock } from './api/server-clock.ts';
import type { SourceConfig } from './config.ts';
import { hasAnswered } from './coverage/transitions.ts';
import { FeedLoops } from './feed.ts';
import { FeedJournal } from './feed-journal.ts';
import { Conditions } from './health/conditions.ts';
import { feedStatus, looksOff, noEventsYet } from './health/feed-status.ts';
import { FeedHealth } from './health/health.ts';
import { type FeedTally, newTally } from './health/tally.ts';
import { LogsReader } from './organization-logs/reader.ts';
import { OriginCheck, originOf } from './origin.ts';
import { WindowCommits } from './window/commit.ts';
import { Paging } from './window/paging.ts';
import { WindowReader } from './window/window-reader.ts';

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
  /** Of what is in flight, for all sources together. Absent: this source has one of its own. */
  readonly budget?: ByteBudget;
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

/** What outlives a run. */
export interface SourceMemory {
  readonly tallies: ReadonlyMap<FeedName, FeedTally>;
  readonly clock: ServerClock;
}

/** The source under one configuration: what `reopen` replaces. Started and stopped once. */
export class SourceRun {
  readonly #client: Client;
  readonly #clock: ServerClock;
  readonly #scheduler: RequestScheduler;
  readonly #overlapMs: number;
  readonly #feeds: readonly RunningFeed[];
  readonly #ended = new AbortController();
  #running: Promise<unknown> | undefined;

  constructor(options: SourceOptions, dependencies: SourceDependencies & SourceMemory) {
    const { userAgent, proxyFor, runtime, tallies } = dependencies;
    const { config } = options;
    this.#client = (dependencies.openClient ?? openClient)({ config, userAgent, proxyFor });
    this.#clock = dependencies.clock;
    this.#scheduler = new RequestScheduler(runtime, config.requests_per_second, dependencies.budget);
    const shared = {
      ...options,
      ...dependencies,
      client: this.#client,
      scheduler: this.#scheduler,
    };
    this.#overlapMs = config.overlap;
    const feeds = feedsOf(config);
    this.#feeds = feeds.map((feed) => openFeed(feed, { ...shared, tally: tallies.get(feed) ?? newTally() }));
  }

  start(): void {
    // Every loop of every feed waits with this one signal: more than the ten that Node takes for a leak.
    setMaxListeners(0, this.#ended.signal);
    this.#clock.overlapMs = this.#overlapMs;
    this.#running = Promise.all(this.#feeds.map(({ loops }) => loops.run(this.#ended.signal)));
  }

  async caughtUp(signal: AbortSignal): Promise<boolean> {
    const all = await Promise.all(this.#feeds.map(({ loops }) => loops.caughtUp(signal)));
    return all.every(Boolean);
  }

  async backfill(span: Span, again: boolean, signal: AbortSignal): Promise<void> {
    await Promise.all(this.#feeds.map(({ loops }) => loops.backfill(span, again, signal)));
  }

  /** How backfill gets on with this time. */
  progressIn(span: Span): BackfillProgress {
    const sum = (figures: readonly number[]): number => figures.reduce((total, figure) => total + figure, 0);
    const tallies = this.#feeds.map(({ tally }) => tally);
    const paused = this.#feeds.filter(({ health }) => health.isPaused);
    const spans = this.#feeds.filter((feed) => !paused.includes(feed)).map(({ loops }) => loops.progressIn(span));
    return {
      wholeSeconds: sum(spans.map(({ wholeSeconds }) => wholeSeconds)),
      leftSeconds: sum(spans.map(({ leftSeconds }) => leftSeconds)),
      paused: Object.fromEntries(paused.map(({ name, health }) => [name, health.problem ?? 'refused'])),
      windows: sum(tallies.map(({ backfill }) => backfill.windows)),
      events: sum(tallies.map(({ backfill }) => backfill.events)),
      requests: sum(tallies.map(({ requests }) => requests)),
      atOnce: this.#scheduler.backfillLimit,
    };
  }

  async stop(): Promise<void> {
    this.#ended.abort(new RelayError('SOURCE_STOPPED', 'the source is stopped'));
    // Loops that never began end at once, and let go whoever waits for them.
    if (this.#running === undefined) this.start();
    await this.#running;
    this.#scheduler.close();
    await this.#client.close();
  }

  status(stopped: boolean): SourceStatus {
    const tallies = this.#feeds.map(({ tally }) => tally);
    const failures = new Map<string, number>();
    for (const [failure, times] of tallies.flatMap((tally) => Object.entries(tally.failures))) {
      failures.set(failure, (failures.get(failure) ?? 0) + times);
    }
    const { offsetMs, problem } = this.#clock;
    return {
      feeds: Object.fromEntries(
        this.#feeds.map((feed) => [feed.name, feedStatus({ ...feed, stopped, clockProblem: problem })]),
      ),
      requests: tallies.reduce((sum, { requests }) => sum + requests, 0),
      failures: Object.fromEntries(failures),
      backfillSlots: this.#scheduler.backfillLimit,
      ...(offsetMs === undefined ? {} : { clockOffsetMs: offsetMs }),
    };
  }
}

interface Shared extends SourceOptions, SourceDependencies {
  readonly client: Client;
  readonly clock: ServerClock;
  readonly scheduler: RequestScheduler;
  readonly tally: FeedTally;
}

/** Whoever says back what it was asked, as a proxy's page of errors may, says the key. */
function withoutKey(body: Uint8Array, key: string): Uint8Array {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return bytes.includes(key) ? Buffer.from(bytes.toString('latin1').replaceAll(key, '[hidden]'), 'latin1') : body;
}

/** Puts one feed together, from the request up to the loops. */
function openFeed(name: FeedName, shared: Shared): RunningFeed {
  const { name: source, config, runtime, tally, clock } = shared;
  const journal = new FeedJournal(shared.journal, name, { runtime, clock });
  const everAnswered = (): boolean => journal.checkpoint !== undefined && hasAnswered(journal.checkpoint);
  const health = new FeedHealth({ source, feed: name, runtime, everAnswered });
  const keepEvidence = (evidence: Evidence): void => {
    // What is no page cannot be freed of prompts and responses.
    if (config.dialect !== 'audit_logs' && config.keep_bodies !== true) return;
    shared.journal.keepEvidence({ ...evidence, body: withoutKey(evidence.body, config.api_key) });
  };
  const { dialect, organization, overlap, sweep } = config;
  const api = new FeedApi({ ...shared, source, feed: name, dialect, filters: config, health, keepEvidence });
  const provenance = { source, feed: name, dialect, ...(organization === undefined ? {} : { organization }) };
  const onJournaled = shared.onJournaled ?? (() => undefined);
  const widths = { overlap: Math.ceil(overlap / 1000), sweep: Math.ceil(sweep / 1000) };
  const conditions = new Conditions({ source, feed: name, runtime, counts: tally.conditions });
  const commits = new WindowCommits({
    provenance,
    runtime,
    journal,
    tally,
    widths,
    conditions,
    clock,
    onJournaled,
    keepEvidence,
  });
  const paging = new Paging(() => conditions.met('CURSOR_SWAPPED'));
  const common = { provenance, runtime, api, commits, conditions, clock, health, tally };
  const keepBodies = config.keep_bodies === true;
  const reader =
    dialect === 'organization_logs'
      ? new LogsReader({ ...common, journal, keepBodies })
      : new WindowReader({ ...common, paging, filters: config });
  const onPoll = (events: number): void => {
    const before = looksOff(tally, journal);
    tally.emptyPolls = events === 0 ? tally.emptyPolls + 1 : 0;
    if (!before && looksOff(tally, journal)) runtime.log('warn', ...noEventsYet(name), { source, feed: name });
  };
  const named = { source, feed: name, config, widths, runtime, clock, scheduler: shared.scheduler, tally, onPoll };
  const progress = new Signal();
  const ways = { provenance, origin: originOf(config), journal: shared.journal };
  const originCheck = new OriginCheck({ ...ways, api, health, runtime, progress });
  const loops = new FeedLoops({ ...named, journal, api, health, reader, originCheck, progress });
  return { name, journal, health, tally, loops };
}
