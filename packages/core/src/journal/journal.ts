/**
 * The journal: the durable, ordered, bounded store of entries, between the source and the lanes.
 * One interface for two implementations; `docs/decisions/0002-journal.md` says how Kafka meets it.
 */
import type { Entry, Feed } from '../entry.ts';
import type { Doubt, Judgement, Origin } from './binding.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { ControlHandler } from './control-socket.ts';
import type { DeadLetterCounts, DeadLetters, KeptMalformedRecord, MalformedRecord } from './dead-letter.ts';
import type { Position, SettledCounts } from './position.ts';
import type { ReplayCounts, Replays } from './replay.ts';
import type { Share } from './sharing.ts';

export type { Position, SettledAs, SettledCounts } from './position.ts';

export interface Journal {
  /**
   * Says who will write and read, before the first poll and the first send: commits the cursor of
   * every lane at once, so that no entry can leave before a new lane has seen it.
   * @throws RelayError `SOURCE_RENAMED` when a new source stands beside a checkpoint without one,
   *   `SOURCE_CHANGED` when a source has read another log until now.
   */
  configure(configuration: JournalConfiguration): Promise<Readonly<Record<string, LaneStart>>>;
  /** Throws what `configure` would, and writes nothing. */
  refuse(configuration: JournalConfiguration): void;
  /** A person's word that these sources read the log whose progress stands here, whatever has changed. */
  adopt(sources: Readonly<Record<string, Origin>>): Promise<void>;
  /**
   * A person's word that this is an older copy, where the file system cannot tell: all that it holds, and all that is read
   * of the past from now on, goes out as replay.
   */
  markRestored(): Promise<void>;
  /** One source's way in. */
  source(name: string): SourceJournal;
  /** One lane's way out, from its saved cursor; `configure` has named it, and one at a time may use it. */
  lane(name: string): LaneJournal;
  readonly deadLetters: DeadLetters;
  readonly replays: Replays;
  /** Who reads and delivers what, where several processes use it together. Absent: all is this process's, and `source` and `lane` are asked. */
  readonly sharing?: Sharing;
  /**
   * Fires when another process has taken the journal over (reason: RelayError `JOURNAL_LOST`), or when something in it
   * is not what was written (`JOURNAL_DAMAGED`), or when it has to be opened anew (`JOURNAL_DISK`): nothing more can be written, so nothing more should be read or sent.
   */
  readonly lost: AbortSignal;
  /** Answers what other processes on this machine ask whoever holds the journal. Until then they get no answer. */
  answerWith(answering: ControlHandler): void;
  /** Why the disk takes no entries. Undefined: it does, as far as anybody has tried. */
  readonly unwritable: Unwritable | undefined;
  /** Cheap: no scan of entries. */
  stats(): JournalStats;
  /** Resolves when everything committed so far is on disk, and gives the journal up. */
  close(): Promise<void>;
}

export interface JournalConfiguration {
  /** What each source reads: the ids of a feed that is no longer read are not kept for its sake. */
  readonly sources: readonly JournalSource[];
  readonly lanes: readonly { readonly name: string; readonly startFrom: LaneBegin }[];
}

/** Where a new lane begins: at the oldest entry held, after the newest, or at the oldest but for what happened before a time. */
export type LaneBegin = 'beginning' | 'now' | { readonly fromMs: number };

export interface JournalSource {
  readonly name: string;
  readonly feeds: readonly Feed[];
  /** Absent: not said, and nothing is compared. */
  readonly origin?: Origin;
}

/** Whether a lane may run. `entries_gone`: it was away, and what it had not passed has left. */
export type LaneStart = 'ready' | 'entries_gone';

/** How a journal that several processes use gives out its work. */
export interface Sharing {
  /**
   * Waits until it is known who reads this source, and gives that share. The one before must have been released.
   * @throws the signal's reason when it fires first.
   */
  source(name: string, signal: AbortSignal): Promise<Share<SourceJournal>>;
  /** The same for what this process delivers of a lane. */
  lane(name: string, signal: AbortSignal): Promise<Share<LaneJournal>>;
}

/** What a source needs of the journal. */
export interface SourceJournal {
  /** As of the last commit. Undefined: this feed has never been started. */
  checkpoint(feed: Feed): Checkpoint | undefined;
  /**
   * Entries, their ids and the checkpoint in one atomic commit. Entries whose id the source (either
   * feed) already has are left out. Waits while the journal is full of entries that some lane has
   * not passed. Resolves when committed; with `flush`, when on disk.
   * @throws the signal's reason when it fires while waiting for room.
   * @throws RelayError `JOURNAL_LOST` when another process has taken the journal over.
   */
  commit(commit: FeedCommit, signal: AbortSignal): Promise<CommitResult>;
  /** Why no commit goes to disk. Absent: as far as anybody has tried, they do. */
  readonly unwritable?: Unwritable | undefined;
  /** Whether this is the log whose progress stands here. Undefined: as far as can be known without reading. */
  doubt(origin: Origin): Doubt | undefined;
  /** What reading has shown. Resolves when it is on disk. */
  decideOrigin(origin: Origin, judgement: Judgement): Promise<void>;
  /**
   * Keeps an answer that could not be read, for a human; the last ten of each condition, at most 1 MiB
   * of each. Never throws: it is no part of what may not be lost.
   */
  keepEvidence(evidence: { readonly condition: string; readonly body: Uint8Array }): void;
}

export interface FeedCommit {
  readonly feed: Feed;
  /** Pure; applied to the checkpoint as it is at the moment of the commit. */
  readonly advance: (current: Checkpoint | undefined) => Checkpoint;
  /** In ascending order of time. */
  readonly entries: readonly Entry[];
  /** Records that are no object or have no id; kept once, by the SHA-256 of their bytes. */
  readonly malformedRecords?: readonly MalformedRecord[];
  /** Takes the entries although their ids may be known: they were asked for once more. */
  readonly again?: boolean;
  /** The server's time when it was read: what happened before the first one after a restore may have been sent. */
  readonly serverSeconds?: number;
  readonly flush?: boolean;
}

export interface CommitResult {
  /** The entries that were new, in the order in which they now stand. */
  readonly journaled: readonly Entry[];
  readonly duplicates: number;
  /** Malformed records that were new. */
  readonly malformedRecords: readonly KeptMalformedRecord[];
}

/** What a lane needs of the journal. */
export interface LaneJournal {
  /** `refusals` of the cursor found at the start. */
  readonly refusals: number;
  /** What happened before it is not the lane's, in milliseconds since the epoch. Absent: all is. */
  readonly fromMs?: number;
  /**
   * Waits for at least one entry, then gives the next in journal order, up to about `maxBytes` of
   * raw text, without what the saved cursor calls settled.
   * @throws the signal's reason when it fires.
   */
  read(maxBytes: number, signal: AbortSignal): Promise<readonly JournaledEntry[]>;
  /**
   * Sets the reach to `entries` past the last one read; resolves when that is on disk. 0 takes it back
   * to there, so that a lane which ends cleanly leaves nothing to be sent as replay that it never
   * read. Below the reach found at the start it never goes.
   */
  extend(entries: number): Promise<void>;
  /**
   * Resolves when committed; a power cut may bring back an older cursor, never a later one. What the
   * cursor found at the start called settled stays settled: a lane is not given it again and so
   * cannot repeat it, and the position moves on across it.
   */
  save(cursor: Cursor): Promise<void>;
}

export interface JournaledEntry {
  readonly position: Position;
  readonly entry: Entry;
  /** Not past the reach found at the start: `extend` need not cover it. */
  readonly withinReach: boolean;
  /** It may have been sent before: it lies within the reach, or was read from the API once more, which alone moves no reach. */
  readonly replay: boolean;
  /** Where the journal is in partitions, which come and go one by one: the cursor counts this entry under `partition/way`. */
  readonly partition?: string;
}

/** A lane's durable progress, beside its reach, which only `extend` moves. */
export interface Cursor {
  /** It and everything before is settled. Absent: nothing read by this cursor is. */
  readonly position?: Position;
  /** Settled ranges after `position`, both ends included, at most 64; in journal order. */
  readonly settled: readonly { readonly first: Position; readonly last: Position; readonly counts?: SettledCounts }[];
  /** What became of the entries that this cursor has been given, up to `position`. Absent: it was not counted. */
  readonly counts?: SettledCounts;
  /** Events that were set aside, one after another, since the last that the peer took. Absent: none. */
  readonly refusals?: number;
}

/** All byte figures are bytes on disk as the journal counts them. */
export interface JournalStats extends DeadLetterCounts, ReplayCounts {
  readonly bytes: number;
  readonly maxBytes: number;
  /** Bytes that nothing may evict: entries some lane has not passed, dead letters, records without an id, seen ids. */
  readonly pinnedBytes: number;
  readonly entries: number;
  readonly oldestReceivedMs?: number;
  /** Set while a commit waits for room. */
  readonly fullBecauseOf?: string;
  /** Set while nothing, or no entries, can be written. */
  readonly unwritable?: Unwritable;
  /** Damaged journals that stand aside, until somebody takes them away. Absent: none. */
  readonly setAside?: readonly SetAside[];
  readonly lanes: Readonly<Record<string, LaneStats>>;
}

/** Why the disk does not take the journal's entries. */
export interface Unwritable {
  readonly code: string;
  /** With the fix. */
  readonly problem: string;
  /** Milliseconds since the epoch, by this host's clock. */
  readonly sinceMs: number;
}

/** One damaged journal that stands aside. */
export interface SetAside {
  /** Absolute. */
  readonly path: string;
  /** Of `data.mdb`. */
  readonly bytes: number;
  /** Milliseconds since the epoch, by this host's clock. */
  readonly atMs: number;
  readonly code: string;
  readonly problem: string;
}

export interface LaneStats {
  /** Entries after the saved cursor's position. */
  readonly behindEntries: number;
  /** When the oldest of them was received. */
  readonly behindSinceMs?: number;
  /** Absent: the lane's cursor is not counted yet, as an earlier version has left it. */
  readonly law?: LaneLaw;
}

/**
 * What has become of each entry that the lane is there for, as of its saved cursor: journaled = acked + dead-lettered +
 * excluded + held. Each is counted by itself, none is the remainder of the others; an entry counts once, however often it
 * was sent. What becomes of a dead letter later changes nothing here. Where something is `gone` or `unreadable` the law
 * does not hold.
 */
export interface LaneLaw {
  /** Since the lane's start. */
  readonly journaled: number;
  readonly acked: number;
  readonly deadLettered: number;
  /** By `when`, or by the name of the sink's rule. */
  readonly excluded: Readonly<Record<string, number>>;
  /** Not settled, and in the journal. */
  readonly held: number;
  /** Not settled, and no longer in the journal: they left while the lane was away. Absent: none. */
  readonly gone?: number;
  /** Not settled, and in the chunk that the lane comes to next, which is damaged. What may be damaged behind it counts as held. Absent: none. */
  readonly unreadable?: number;
}
