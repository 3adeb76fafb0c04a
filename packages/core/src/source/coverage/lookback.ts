/**
 * Which time is read when. Events can become visible late, so three lookbacks read again what is done:
 * the near one at every poll, the overlap lookback every five minutes and the sweep daily. Pure.
 */
import type { Checkpoint, Lookback, Span } from '../../journal/checkpoint.ts';
import type { Around } from '../api/server-clock.ts';
import { edgeOf } from './transitions.ts';

/** Every poll reads at least so far back, in seconds. */
export const NEAR_SECONDS = 120;
/** Reads ask so far past server now, in seconds: clocks differ, and events may be dated ahead. */
const AHEAD_SECONDS = 300;
/** How often a lookback scan begins, in seconds. */
export const PERIOD_SECONDS: Readonly<Record<Lookback, number>> = { overlap: 300, sweep: 86_400 };

/** How far each lookback looks back before its last complete scan began, in seconds. */
export type LookbackWidths = Readonly<Record<Lookback, number>>;

/**
 * The window of a poll: from two minutes ago, or from *done* if that is earlier by no more than the
 * overlap. If it is earlier than that, what lies between is left to backfill and the poll is on time.
 * Never from before the ids that the journal holds: a clock may be behind by days.
 */
export function nearWindow(checkpoint: Checkpoint, { nowSeconds, untilSeconds }: Around, widths: LookbackWidths): Span {
  const near = nowSeconds - NEAR_SECONDS;
  const edge = edgeOf(checkpoint);
  const resumes = edge < near && edge >= near - widths.overlap;
  const from = Math.max(resumes ? edge : near, checkpoint.startSeconds, checkpoint.idsNeededFrom ?? 0);
  // A start that lies ahead of the clock still needs a question, if only to learn the server's time.
  return { from, to: Math.max(untilSeconds + AHEAD_SECONDS, from + 1) };
}

/** What was read of a longer span. */
export interface Piece {
  readonly window: Span;
  /** As of its reading. */
  readonly serverSeconds: number;
}

/** A lookback scan. */
export interface LookbackScan {
  readonly lookback: Lookback;
  /** Server time when it began, in seconds: what the next one counts from. Absent: nothing of it is read yet. */
  readonly beganSeconds?: number;
  /** What of it is not read yet. */
  readonly left: Span;
  /** Seconds before `left` that could not be read. */
  readonly unread: readonly Span[];
}

/** A scan of which a piece is read. */
export type BegunScan = Required<LookbackScan>;

/**
 * A scan of this lookback: from its last complete scan's start less the lookback's width, up to now, so that
 * neither its period nor a pause opens a hole. Never from before the ids that the journal still
 * holds: those events would be journaled twice.
 */
export function beginScan(
  checkpoint: Checkpoint,
  lookback: Lookback,
  at: { nowSeconds: number; widths: LookbackWidths },
): LookbackScan {
  const last = checkpoint.passes[lookback] ?? checkpoint.startSeconds;
  const from = Math.max(last - at.widths[lookback], checkpoint.startSeconds, checkpoint.idsNeededFrom ?? 0);
  // Whatever this host's clock says, something is asked: only the answer tells the server's time.
  return { lookback, left: { from, to: Math.max(from + 1, at.nowSeconds) }, unread: [] };
}

/**
 * The scan after its next piece. The first answer's `Date` says when it began and so how far it goes:
 * were that left to this host's clock, a step of it could open a hole, or put scans off for days.
 */
export function scanRead(scan: LookbackScan, { window, serverSeconds }: Piece): BegunScan {
  const { lookback, beganSeconds, left, unread } = scan;
  if (beganSeconds === undefined)
    return { lookback, beganSeconds: serverSeconds, left: { from: window.to, to: serverSeconds }, unread };
  return {
    lookback,
    beganSeconds: Math.min(beganSeconds, serverSeconds),
    left: { from: window.to, to: left.to },
    unread,
  };
}

/** A server that cannot give so many seconds is in trouble as a whole: then a scan waits. */
const MOST_UNREAD = 16;

/** The scan goes round seconds that could not be read, so that late events behind them are found. Undefined: it waits. */
export function scanRound(scan: LookbackScan, piece: Piece, unread: readonly Span[]): BegunScan | undefined {
  if (scan.unread.length + unread.length > MOST_UNREAD) return undefined;
  return { ...scanRead(scan, piece), unread: [...scan.unread, ...unread] };
}

/** When the next scan of this lookback is due, in seconds of server time. */
export function scanDueAt(checkpoint: Checkpoint, lookback: Lookback): number {
  return (checkpoint.passes[lookback] ?? checkpoint.startSeconds) + PERIOD_SECONDS[lookback];
}
