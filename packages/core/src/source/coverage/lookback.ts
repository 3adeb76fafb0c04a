/**
 * Which time is read when. Events can become visible late, so three bands read again what is done:
 * the near one at every poll, the overlap band every five minutes and the sweep daily. Pure.
 */
import type { Checkpoint, Span, WideBand } from '../../journal/checkpoint.ts';
import type { Around } from '../api/server-clock.ts';
import { edgeOf } from './transitions.ts';

/** Every poll reads at least so far back, in seconds. */
export const NEAR_SECONDS = 120;
/** Reads ask so far past server now, in seconds: clocks differ, and events may be dated ahead. */
const AHEAD_SECONDS = 300;
/** How often a pass over each wide band begins, in seconds. */
export const PERIOD_SECONDS: Readonly<Record<WideBand, number>> = { overlap: 300, sweep: 86_400 };

/** How far each wide band looks back before its last complete pass began, in seconds. */
export type BandWidths = Readonly<Record<WideBand, number>>;

/**
 * The window of a poll: from two minutes ago, or from *done* if that is earlier by no more than the
 * overlap. If it is earlier than that, what lies between is left to backfill and the poll is on time.
 * Never from before the ids that the journal holds: a clock may be behind by days.
 */
export function nearWindow(checkpoint: Checkpoint, { nowSeconds, untilSeconds }: Around, widths: BandWidths): Span {
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

/** A pass over a wide band. */
export interface LookbackScan {
  readonly band: WideBand;
  /** Server time when it began, in seconds: what the next one counts from. Absent: nothing of it is read yet. */
  readonly beganSeconds?: number;
  /** What of it is not read yet. */
  readonly left: Span;
  /** Seconds before `left` that could not be read. */
  readonly unread: readonly Span[];
}

/** A pass of which a piece is read. */
export type BegunScan = Required<LookbackScan>;

/**
 * A pass of this band: from its last complete pass's start less the band's width, up to now, so that
 * neither its period nor a pause opens a hole. Never from before the ids that the journal still
 * holds: those events would be journaled twice.
 */
export function beginScan(
  checkpoint: Checkpoint,
  band: WideBand,
  at: { nowSeconds: number; widths: BandWidths },
): LookbackScan {
  const last = checkpoint.passes[band] ?? checkpoint.startSeconds;
  const from = Math.max(last - at.widths[band], checkpoint.startSeconds, checkpoint.idsNeededFrom ?? 0);
  // Whatever this host's clock says, something is asked: only the answer tells the server's time.
  return { band, left: { from, to: Math.max(from + 1, at.nowSeconds) }, unread: [] };
}

/**
 * The pass after its next piece. The first answer's `Date` says when it began and so how far it goes:
 * were that left to this host's clock, a step of it could open a hole, or put passes off for days.
 */
export function scanRead(pass: LookbackScan, { window, serverSeconds }: Piece): BegunScan {
  const { band, beganSeconds, left, unread } = pass;
  if (beganSeconds === undefined)
    return { band, beganSeconds: serverSeconds, left: { from: window.to, to: serverSeconds }, unread };
  return { band, beganSeconds: Math.min(beganSeconds, serverSeconds), left: { from: window.to, to: left.to }, unread };
}

/** A server that cannot give so many seconds is in trouble as a whole: then a pass waits. */
const MOST_UNREAD = 16;

/** The pass goes round seconds that could not be read, so that late events behind them are found. Undefined: it waits. */
export function scanRound(pass: LookbackScan, piece: Piece, unread: readonly Span[]): BegunScan | undefined {
  if (pass.unread.length + unread.length > MOST_UNREAD) return undefined;
  return { ...scanRead(pass, piece), unread: [...pass.unread, ...unread] };
}

/** When the next pass of this band is due, in seconds of server time. */
export function scanDueAt(checkpoint: Checkpoint, band: WideBand): number {
  return (checkpoint.passes[band] ?? checkpoint.startSeconds) + PERIOD_SECONDS[band];
}
