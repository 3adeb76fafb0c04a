/** The shapes that stand in the journal's databases as JSON. A change of any raises `FORMAT`. */

import type { Dialect, Feed } from '../entry.ts';
import type { DeadLetter, MalformedRecord } from './dead-letter.ts';
import type { SettledCounts } from './position.ts';
import type { ReplayRequest } from './replay.ts';

/** Version of everything on disk; a newer one is refused, an older one is written anew at the start: `migrate.ts`. */
export const FORMAT = 2;

export interface StoredMeta {
  readonly format: number;
  /** Who may write: a random name, read in every transaction. */
  readonly owner: string;
  /** What the next chunk will be keyed by: entries and bytes ever journaled. Entry numbers begin at 1. */
  readonly next: number;
  readonly offset: number;
  readonly maxBytes: number;
  /** As of the last `configure`. */
  readonly sources: readonly { readonly name: string; readonly feeds: readonly Feed[] }[];
  readonly lanes: readonly string[];
  /**
   * How many are kept, by lane and by source; counted here so that nobody has to count them. `oddities` are malformed records,
   * by the name that they were first stored under.
   */
  readonly deadLetters: Readonly<Record<string, number>>;
  readonly oddities: Readonly<Record<string, number>>;
  /** Absent: written by a version that could only keep them. */
  readonly letters?: StoredDeadLetterCounts;
  /** The last replay of each lane. Absent: none was ever asked for. */
  readonly replays?: Readonly<Record<string, StoredReplay>>;
  /** What became of the entries of all replays, by lane. */
  readonly replayed?: Readonly<Record<string, SettledCounts>>;
  /** The file as of the last start. */
  readonly file?: StoredFile;
  /**
   * Until the next `configure`: a journal was lost here with its starts. A feed of which nothing is known begins then, in
   * seconds, and a lane at the beginning.
   */
  readonly unknownFrom?: number;
  /** Set once the journal was found to be an older copy. */
  readonly restored?: StoredRestore;
}

/** What else is counted of dead letters; names are those of lanes, of `droppedOddities` those of sources. */
export interface StoredDeadLetterCounts {
  /** The sequence of the next one: none is given twice. */
  readonly next?: Readonly<Record<string, number>>;
  readonly retrying?: Readonly<Record<string, number>>;
  readonly retried?: Readonly<Record<string, SettledCounts>>;
  readonly dropped?: Readonly<Record<string, number>>;
  readonly droppedOddities?: Readonly<Record<string, number>>;
}

/** `retryMs`: it is asked to go again. */
export type StoredDeadLetter = DeadLetter & { readonly retryMs?: number };

/** One that was dropped leaves its hash. */
export type StoredMalformedRecord = MalformedRecord | { readonly droppedMs: number };

/** A lane's last replay, in entry numbers. */
export interface StoredReplay extends ReplayRequest {
  readonly askedMs: number;
  /** Those from `first` to `end` are looked at, without the ranges `without`, both ends included. */
  readonly first: number;
  readonly end: number;
  readonly without: readonly (readonly [first: number, last: number])[];
  /** It and everything before is done with. */
  readonly position: number;
  readonly counts: SettledCounts;
  /** Entries that had left before it came to them. */
  readonly left: number;
  readonly endedMs?: number;
  readonly problem?: string;
}

export interface StoredFile {
  readonly inode: string;
  /** When it was made, in nanoseconds; empty where the file system does not say. */
  readonly born: string;
}

export interface StoredRestore {
  /** By source: up to this second, by the server's time, what is read may have been sent before. Absent: not known yet. */
  readonly before: Readonly<Record<string, number>>;
}

/** A lane's durable progress, in entry numbers. */
export interface StoredCursor {
  /** It and everything before is settled; one less than the first entry for a new lane. */
  readonly position: number;
  readonly settled: readonly StoredRange[];
  /** No entry past it was ever given to `send`. */
  readonly reach: number;
  /** Events set aside since the last that the peer took. Absent: none. */
  readonly refusals?: number;
  /** What became of the entries up to `position`, without the first `uncounted` ones. Absent: written by a version that did not count. */
  readonly counts?: SettledCounts;
  /** Entries, from the journal's very first, that were settled before anybody counted or lie before the lane's start. */
  readonly uncounted?: number;
  /** What happened before it, in milliseconds since the epoch, is not sent. Absent: all is. */
  readonly fromMs?: number;
}

/** Settled entries after the cursor's position, both ends included, and what became of them. */
export type StoredRange = readonly [first: number, last: number, counts?: SettledCounts];

/** Where a source reads, as it is configured. */
export interface Origin {
  readonly dialect: Dialect;
  /** The organization's id, where the configuration names it; no event does. */
  readonly organization?: string;
  /** Normalized, so that two spellings of one place are equal. */
  readonly baseUrl: string;
  /** A fingerprint of the key, from which the key cannot be had. */
  readonly key: string;
}

/** An event that stands in the log, by which the log can be known again. */
export interface Witness {
  readonly feed: Feed;
  readonly id: string;
  /** When it happened, in seconds since the epoch. */
  readonly second: number;
}

/** A source's binding as it stands on disk. */
export interface StoredBinding extends Origin {
  /** Of the newest events that were journaled; at most four a feed. */
  readonly witnesses: readonly Witness[];
  /** Places and keys that have been found to lead to another log. */
  readonly others?: readonly Pick<Origin, 'baseUrl' | 'key'>[];
}
