/** What travels through a lane: entries that it has read and not yet settled, alone and in parts of a batch. */
import type { Entry } from '../entry.ts';
import type { Position, SettledAs } from '../journal/journal.ts';
import type { FailureRecord } from './poison.ts';
import type { Rendered } from './rendered.ts';

/** An entry that the lane has read and not yet settled, a dead letter that goes again, or an entry of a replay. */
export interface Held {
  /** The lane's own count, from 1 in journal order without gaps: positions cannot be compared. Of dead letters and replays below zero. */
  readonly number: number;
  /** Absent: a dead letter that goes again or an entry of a replay, which no cursor knows. */
  readonly position?: Position;
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

/** What goes out in one `send`: a batch, or what is left of one. Parts are divided and never joined. */
export interface Part {
  /** 1 or more, in journal order. */
  readonly items: readonly Rendered[];
  /** Each of them may be at the peer already; never only some of them. */
  readonly replay: boolean;
  /** How often each of them was sent by this process. */
  readonly sends: number;
  /** Retryable answers in a row, those of the batch that it was cut from included. */
  readonly tries: number;
  /** Left over when the peer took others of its batch: not yet a sign that the peer takes nothing. */
  readonly leftOver: boolean;
  /** When each of them was first sent, by the host's clock. Absent: not yet. */
  readonly firstMs?: number;
  /** Wait before the next send, in milliseconds. */
  readonly waitMs: number;
  /** What is remembered of a single event's failures. */
  readonly failures?: FailureRecord;
}
