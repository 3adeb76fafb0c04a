/** What a running relay says about itself: one snapshot, from which status, metrics and probes are made. */
import type { ExclusionRule } from '@audit-relay/sink';
import type { Feed } from './entry.ts';
import type { JournalStats } from './journal/journal.ts';
import type { DeliveryPhase, DeliveryTime } from './lane/health/delivery-time.ts';
import type { FeedCause } from './source/health/cause.ts';
import type { Lateness } from './source/health/lateness.ts';

export interface RelayStatus {
  readonly name: string;
  readonly version: string;
  readonly startedMs: number;
  readonly sources: Readonly<Record<string, SourceStatus>>;
  readonly lanes: Readonly<Record<string, LaneStatus>>;
  readonly journal: JournalStats;
  readonly drift: DriftStatus;
  /** Absent: whoever runs the relay does not say. */
  readonly configuration?: ConfigurationStatus;
}

/** Which configuration is in force, and what became of the last one that was read. */
export interface ConfigurationStatus {
  /** The first 12 hexadecimal digits of the SHA-256 of the text in force, as it is written: variables and secrets are not in it. */
  readonly hash: string;
  /** When it came into force. */
  readonly sinceMs: number;
  /** How often a change was taken over, and refused, since the start of the process. */
  readonly applied: number;
  readonly refused: number;
  /** A newer one that was refused while the old one runs on: since when, and why. Absent: there is none. */
  readonly refusal?: { readonly sinceMs: number; readonly code: string; readonly problem: string };
}

/**
 * What the API sent and this version does not know, since the start of the process: how often each name was
 * seen, of at most 200 names together. `(others)` are names beyond that, `(odd)` those that are no plain names.
 */
export interface DriftStatus {
  /** By event type. */
  readonly types: Readonly<Record<string, number>>;
  /** By path: `actor.device`, or with the type in front for a payload's, `user.added.data.title`. */
  readonly fields: Readonly<Record<string, number>>;
}

/**
 * `quiet`: answers come and hold nothing; `unsure`: the same while the server's time is in doubt; `paused`: refused three
 * times in a row; for both see the problem.
 */
export type Health = 'starting' | 'ok' | 'quiet' | 'unsure' | 'retrying' | 'paused' | 'waiting_for_room' | 'stopped';

export interface SourceStatus {
  readonly feeds: Readonly<Partial<Record<Feed, FeedStatus>>>;
  readonly requests: number;
  /** By what came back instead of a page: `http_429`, `timeout`, `unreadable` … */
  readonly failures: Readonly<Record<string, number>>;
  /** How many requests of backfill may be under way at once, as found so far. */
  readonly backfillSlots: number;
  /** Server time less this host's, as of the last answer. Absent: no answer yet. */
  readonly clockOffsetMs?: number;
}

export interface FeedStatus {
  readonly health: Health;
  /** What is wrong and what to do, in words. */
  readonly problem?: string;
  /** The same for a machine: one of few words. Absent: nothing is wrong. */
  readonly cause?: FeedCause;
  /** Since when requests or windows fail. Absent: they do not. */
  readonly problemSinceMs?: number;
  /** Journaled without a gap from the start to here: seconds since the epoch. */
  readonly completeTo?: number;
  /** The start of the feed: nothing before it is asked for. */
  readonly startSeconds?: number;
  /** What backfill has still to read, in seconds: up to the live edge, and what was asked for. */
  readonly backfillSeconds: number;
  /** Where that lies, in seconds since the epoch: the first 20 of these spans, `from` included, `to` not. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  /** What backfill has read since the start of the process. */
  readonly backfillWindows: number;
  readonly backfillEvents: number;
  /** When the last complete scan of each lookback began, in seconds. */
  readonly passes: Readonly<Record<string, number>>;
  readonly lastAnswerMs?: number;
  readonly newestEventMs?: number;
  readonly journaled: number;
  /** Events that were shown before: by a lookback, or by a window that proved too long and is read again in halves. */
  readonly duplicates: number;
  readonly malformedRecords: number;
  /** Events that the server gave though they lie outside of the asked window. */
  readonly outsideWindow: number;
  /** What was odd about the server and was coped with, by name: `order_ascending`, `cursor_swapped` … */
  readonly conditions: Readonly<Record<string, number>>;
  /** Of events that were not there when their second was first read. */
  readonly late: Lateness;
  /** Pages of windows that were interrupted, or held too much, and so were read once more. */
  readonly pagesInVain: number;
  readonly windows: number;
  readonly requests: number;
}

/** `standby`: another process delivers it, where several share a journal. */
export type LaneHealth = 'starting' | 'ok' | 'retrying' | 'blocked' | 'stopped' | 'standby';

export interface LaneStatus {
  readonly health: LaneHealth;
  readonly problem?: string;
  /** Since when there is one, whatever has become of it meanwhile. */
  readonly problemSinceMs?: number;
  readonly type: string;
  readonly format: string;
  /** Since the start of the process. */
  readonly acked: number;
  readonly deadLettered: number;
  /** By the lane's own `when`. */
  readonly excluded: number;
  /** By rules of the sink's own, by the rule's name. */
  readonly excludedByRule: Readonly<Record<string, number>>;
  /** Those rules, whether they have left anything out or not. */
  readonly exclusions: readonly ExclusionRule[];
  /** `when` failed at run time: the event passed. */
  readonly filterErrors: number;
  readonly inFlightBatches: number;
  /** Entries read from the journal and not yet settled. */
  readonly heldEntries: number;
  /** Single events that wait for their next try while others pass them. */
  readonly parked: number;
  readonly concurrency: number;
  /** Bytes of documents that are on their way or wait for a confirmation. Absent: the sink sets no bound of them. */
  readonly unackedBytes?: number;
  readonly sends: number;
  readonly replayed: number;
  /** Results other than acked, by kind. */
  readonly failures: Readonly<Record<string, number>>;
  /** What the sink counted: `duplicate`, `degraded`. */
  readonly counts: Readonly<Record<string, number>>;
  /** From each event's time to its ack, since the start of the process. */
  readonly delivery: Readonly<Record<DeliveryPhase, DeliveryTime>>;
  readonly lastAckMs?: number;
  /** Time of the newest event that the peer has. */
  readonly newestAckedEventMs?: number;
}
