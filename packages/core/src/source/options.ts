/** What a source is made from, and what the rest of the core does with it; `source.ts` puts one together. */
import type { Entry } from '../entry.ts';
import type { Span } from '../journal/checkpoint.ts';
import type { SourceJournal } from '../journal/journal.ts';
import type { BackfillProgress } from '../options.ts';
import type { Runtime } from '../runtime.ts';
import type { SourceStatus } from '../status.ts';
import type { ByteBudget } from './api/byte-budget.ts';
import type { Client, ClientOptions } from './api/client.ts';
import type { RequestScheduler } from './api/request-scheduler.ts';
import type { ServerClock } from './api/server-clock.ts';
import type { SourceConfig } from './config.ts';
import type { FeedTally } from './health/tally.ts';

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

/** What a feed needs of its source. */
export interface FeedDependencies {
  readonly config: SourceConfig;
  readonly journal: SourceJournal;
  readonly client: Client;
  readonly scheduler: RequestScheduler;
  /** The server's. */
  readonly clock: ServerClock;
  readonly tally: FeedTally;
  readonly runtime: Runtime;
  onRefused(): void;
  onJournaled(entries: readonly Entry[]): void;
}

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
