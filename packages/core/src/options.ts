/** What a relay is made of, and what it can be asked once it runs. */
import type { SinkPlugin } from '@audit-relay/sink';
import type { Feed } from './entry.ts';
import type { JournalConfig } from './journal/config.ts';
import type { DeadLetterKey, KeptDeadLetter } from './journal/dead-letter.ts';
import type { Unwritable } from './journal/journal.ts';
import type { JournalOpener } from './journal/opener.ts';
import type { ReplayRequest } from './journal/replay.ts';
import type { LaneConfig } from './lane/config.ts';
import type { NormalizationConfig } from './normalize/config.ts';
import type { Runtime } from './runtime.ts';
import type { SourceConfig } from './source/config.ts';
import type { ConfigurationStatus, RelayStatus } from './status.ts';

export interface RelayOptions {
  /** `agent.name` in every document. */
  readonly name: string;
  readonly version: string;
  readonly sources: Readonly<Record<string, SourceConfig>>;
  /** The embedded one, or one of another package. */
  readonly journal: JournalConfig | JournalOpener;
  /** What may be in memory between the API and the journal, of all sources together, in bytes. Default 32 MiB. */
  readonly sourceMemory?: number;
  readonly sinks: Readonly<Record<string, SinkOptions>>;
  /** Absent: nothing is redacted, and documents are as they are by default. */
  readonly normalization?: NormalizationConfig;
  readonly runtime: Runtime;
  /** The proxy for a URL by the environment's `HTTPS_PROXY` and `NO_PROXY`. */
  proxyFor(url: string): string | undefined;
  /** What whoever runs the relay has to say of its configuration; part of the status. Undefined: nothing yet. */
  configuration?(): ConfigurationStatus | undefined;
  /** A peer refused the credentials (401, 403): the moment to read secret files again. */
  onRefused?(what: 'source' | 'sink', name: string): void;
}

/** One entry of `sinks`, its plugin loaded and both halves of its YAML parsed. */
export interface SinkOptions {
  readonly plugin: SinkPlugin<unknown>;
  /** What `plugin.configSchema` made of the sink's own keys. */
  readonly config: unknown;
  readonly lane: LaneConfig;
}

/** What of the options may be changed while it runs; whole, not the difference. */
export type RelayChange = Pick<RelayOptions, 'name' | 'sources' | 'sinks' | 'normalization'>;

/** Names, by what becomes of them. */
export interface RelayDifference {
  readonly sources: PartsDifference;
  readonly sinks: PartsDifference;
}

export interface PartsDifference {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

export interface Relay {
  /**
   * Fires when another process has taken the journal over (reason: RelayError `JOURNAL_LOST`), it is found damaged
   * (`JOURNAL_DAMAGED`), or the disk makes it necessary to open it anew (`JOURNAL_DISK`). Nothing more is
   * written; whoever runs the relay should drain it and end, or after `JOURNAL_DISK` open another.
   */
  readonly lost: AbortSignal;
  /** After a drain: as it was at the end. */
  status(): RelayStatus;
  /** Why the disk takes no events. Undefined: it does, as far as anybody has tried. */
  unwritable(): Unwritable | undefined;
  /** A changed secret: this source alone begins anew, with its checkpoint. */
  reopenSource(name: string, config: SourceConfig): void;
  /**
   * A changed secret: this sink alone is closed and opened anew, with its cursor. Nothing but secrets may differ: limits and
   * format stay those of the start.
   */
  reopenSink(name: string, config: unknown): Promise<void>;
  /**
   * Takes over another configuration: what a start would refuse is refused, with nothing touched; then what differs ends, with
   * `graceMs` for what is on its way, and begins anew from its checkpoint or cursor. All else runs on. One change after the
   * other. Resolves with what was begun, ended and begun anew; counts of that begin at 0.
   * @throws as `openRelay` does; RelayError `RELAY_ENDING` when it drains. What ran before runs on.
   */
  change(change: RelayChange, graceMs: number): Promise<RelayDifference>;
  /**
   * Resolves when every feed is journaled up to the server's now at the time of the call, and every
   * lane has settled all that is journaled. A feed that is paused is left out: its status says why.
   * Never while a sink is blocked or a lane has stopped.
   * @throws the signal's reason when it fires first.
   */
  caughtUp(signal: AbortSignal): Promise<void>;
  /**
   * Reads a time of the past, beside live polling and after what a feed is meant to hold; it goes on after
   * a restart until it is done. Resolves when the request is on disk. What lies after the newest that is read
   * is left to live polling.
   * @throws RelayError `SOURCE_UNKNOWN`; what the journal throws.
   */
  backfill(request: BackfillRequest): Promise<void>;
  /** How far it is with such a request. @throws RelayError `SOURCE_UNKNOWN` */
  backfillProgress(request: BackfillRequest): BackfillProgress;
  /** The dead letters of a sink, newest first; each is read when it is asked for, which ends with the drain. */
  deadLetters(sink: string): Iterable<KeptDeadLetter>;
  /** Asks dead letters to go again, and resolves when that is on disk: with how many. @throws RelayError `SINK_UNKNOWN` */
  retryDeadLetters(keys: readonly DeadLetterKey[]): Promise<number>;
  /** Resolves with how many were kept until now. */
  dropDeadLetters(keys: readonly DeadLetterKey[]): Promise<number>;
  /**
   * Sends what the journal holds of a time to one sink once more, beside what comes; it goes on after a restart until it is
   * done. Resolves when the request is on disk, with its `askedMs`: `status().journal.replays` says how far it is.
   * @throws RelayError `SINK_UNKNOWN`, `OVERWRITE_UNSUPPORTED`, `REPLAY_RUNNING`, `ENTRIES_GONE`.
   */
  replay(request: ReplayRequest & { readonly sink: string }): Promise<number>;
  /** Ends the sink's replay where it stands; resolves with whether there was one. */
  stopReplay(sink: string): Promise<boolean>;
  /**
   * Stops polling, lets what is in flight settle, saves every cursor and closes. After `graceMs`
   * what is still unanswered is aborted; it stays in the journal and goes out as replay.
   */
  drain(graceMs: number): Promise<void>;
}

/** A time of the past to be read. */
export interface BackfillRequest {
  /** The source's name in the configuration. */
  readonly source: string;
  /** Whole seconds since the epoch, `from` included, `to` not. */
  readonly from: number;
  readonly to: number;
  /** What was journaled before is read once more and goes out as replay; otherwise it is left out. */
  readonly again: boolean;
}

/** All feeds of the source together; counts are those of all backfill since the start of the process. */
export interface BackfillProgress {
  /** How long the time is, up to the newest that is read; of the feeds that are not paused. */
  readonly wholeSeconds: number;
  /** What of it is still to be read. */
  readonly leftSeconds: number;
  /** Feeds that the API refuses, and why: their part is read once that has been mended. */
  readonly paused: Readonly<Partial<Record<Feed, string>>>;
  readonly windows: number;
  readonly events: number;
  /** For whatever purpose. */
  readonly requests: number;
  /** How many requests of backfill may be under way at once. */
  readonly atOnce: number;
}
