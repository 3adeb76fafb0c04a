/** What travels through the last steps of a lane: a batch, or a part of one. */

import type { Rendered } from './read/rendered.ts';
import type { FailureRecord } from './settle/poison.ts';

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
