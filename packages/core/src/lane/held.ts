/** What travels through a lane: entries that it has read and not yet settled. */
import type { Entry } from '../entry.ts';
import type { Position, SettledAs } from '../journal/journal.ts';

/** An entry that the lane has read and not yet settled, a dead letter that goes again, or an entry of a replay. */
export interface Held {
  /** The lane's own count, from 1 in journal order without gaps: positions cannot be compared. Of dead letters and replays below zero. */
  readonly number: number;
  /** Absent: a dead letter that goes again or an entry of a replay, which no cursor knows. */
  readonly position?: Position;
  /** Of the journal, where it has partitions. */
  readonly partition?: string | undefined;
  /** The dead letter's sequence; absent where it is none. */
  readonly deadLetter?: number;
  /** The replay that it is of, and its place there; absent where it is of none. */
  readonly ordered?: Ordered;
  readonly entry: Entry;
  /** It may have been sent before: by an earlier process, or it was read from the API once more. */
  readonly replay: boolean;
}

/** A replay under way, as the entries of it see it. */
export interface Replaying {
  readonly overwrite: boolean;
  /** Fires when somebody ends it. */
  readonly ended: AbortSignal;
  settle(place: Pick<Ordered, 'number' | 'position'>, rawLength: number, how: SettledAs): void;
}

/** An entry's place in a replay. */
export interface Ordered {
  readonly by: Replaying;
  /** From 1, without gaps. */
  readonly number: number;
  readonly position: Position;
}

/** True of what the cursor knows: neither a dead letter that goes again nor an entry of a replay. */
export function isFirst({ position }: Pick<Held, 'position'>): boolean {
  return position !== undefined;
}
