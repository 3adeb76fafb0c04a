/**
 * Replays as the rest of the core sees them: the request to send what the journal holds of a time to one sink once more. An
 * request stands in the journal until all of it is done with, so a restart goes on with it; no cursor knows of it.
 */
import type { Entry } from '../entry.ts';
import type { Position, SettledCounts } from './position.ts';

/** Which entries go again: by when the event happened, in milliseconds since the epoch, `fromMs` included, `toMs` not. */
export interface ReplayRequest {
  readonly fromMs: number;
  readonly toMs: number;
  /** What the peer holds of them is written anew. */
  readonly overwrite: boolean;
}

/** How far a lane's last replay is, as of what is on disk. */
export interface ReplayProgress extends ReplayRequest {
  /** When it was asked for; of a lane's replays each has its own. */
  readonly askedMs: number;
  /** Entries of the journal to be looked at, whatever their time, and those that were. */
  readonly entries: number;
  readonly passed: number;
  /** What became of those of the time. */
  readonly counts: SettledCounts;
  /** Entries, of whatever time, that left the journal before the replay came to them. */
  readonly left: number;
  /** Absent: it is under way. */
  readonly endedMs?: number;
  /** Why it ended before all was done with. */
  readonly problem?: string;
}

/** Entries that a replay sends, in journal order. */
export interface ReplayPortion extends Pick<ReplayRequest, 'overwrite'> {
  /** Which replay it is. */
  readonly askedMs: number;
  /** May be none: then it is only further on. */
  readonly entries: readonly { readonly position: Position; readonly entry: Entry }[];
  /** Nothing more of this replay comes. */
  readonly isLast: boolean;
  /** Fires when somebody ends the replay: what is not settled is forgotten. */
  readonly ended: AbortSignal;
}

/** What became of the entries that were given, up to `position`: it and those before are done with. */
export interface ReplaySave {
  readonly askedMs: number;
  /** Absent: none of those that this process was given is. */
  readonly position?: Position;
  /** Of the entries that this process was given, up to `position`. */
  readonly counts: SettledCounts;
  /** All of the last portion is done with. */
  readonly isOver: boolean;
}

/** What a lane needs of the journal for its replays. */
export interface LaneReplays {
  /**
   * Waits for a replay of the lane and gives its next entries, up to about `maxBytes` of raw text; each once in a process.
   * @throws the signal's reason when it fires.
   */
  next(maxBytes: number, signal: AbortSignal): Promise<ReplayPortion>;
  /** Resolves when on disk. Of a replay that has ended meanwhile nothing is saved. */
  save(save: ReplaySave): Promise<void>;
}

export interface Replays {
  /**
   * Resolves when it is on disk, with its `askedMs`: that of the one under way where it asks for the same.
   * @throws RelayError `REPLAY_RUNNING` when another one of the lane is under way, `ENTRIES_GONE` when the lane cannot go on.
   */
  begin(lane: string, request: ReplayRequest): Promise<number>;
  /** Ends the one under way where it stands. Resolves when on disk: with whether there was one. */
  end(lane: string): Promise<boolean>;
  /** One lane's way to its own. */
  lane(name: string): LaneReplays;
}

/** Of replays, durable; a lane without any is left out. */
export interface ReplayCounts {
  /** The last of each lane, ended or not. */
  readonly replays: Readonly<Record<string, ReplayProgress>>;
  /** What became of the entries of all its replays: `acked`, `excluded.when` … The law knows nothing of them. */
  readonly replayed: Readonly<Record<string, SettledCounts>>;
}
