/**
 * What may happen to a feed's checkpoint, as pure transitions. The journal applies each to the
 * checkpoint as it is at the moment of the commit, so that polls, backfill and passes never
 * overwrite one another's progress.
 */
import type { Checkpoint, Span, WideBand } from '../journal/checkpoint.ts';
import { gapsIn, withSpan } from './windows.ts';

/** What a start of the process knows before its first request. */
export interface Beginning {
  /** `backfill_start_time`, in seconds. */
  readonly configured: number | undefined;
  /** This host's clock, in seconds. */
  readonly hostSeconds: number;
}

/** A new feed gets its start; a known one keeps it, unless the configuration now asks for more of the past. */
export function begun(current: Checkpoint | undefined, { configured, hostSeconds }: Beginning): Checkpoint {
  if (current === undefined) {
    const startSeconds = configured ?? hostSeconds;
    return { version: 1, startSeconds, startProvisional: configured === undefined, done: [], passes: {} };
  }
  if (configured === undefined || configured >= current.startSeconds) return current;
  return { ...current, startSeconds: configured, startProvisional: false };
}

/** True once a page has ever come for this feed. */
export function hasAnswered(checkpoint: Checkpoint): boolean {
  return checkpoint.passes.sweep !== undefined;
}

/** The first good answer of a feed. */
export interface FirstAnswer {
  /** Its `Date`. */
  readonly serverSeconds: number;
  /** This host's clock when this run began, in milliseconds. */
  readonly hostMs: number;
  /** How long ago that was, by the clock that nobody sets. */
  readonly elapsedMs: number;
}

/** How long a feed is taken to have waited before this run at most: the host's clock may have been set since. */
const LONGEST_EARLIER_SECONDS = 86_400;

/**
 * The first answer, once in a feed's life. It puts a provisional start into server time: `Date` less
 * the time since that start, so that an outage between the start and the first answer hides nothing.
 * The bands count from here: all that is ever read is read after it.
 */
export function answered(current: Checkpoint, first: FirstAnswer): Checkpoint {
  if (hasAnswered(current)) return current;
  const waitedSeconds = earlierSeconds(first.hostMs / 1000 - current.startSeconds) + first.elapsedMs / 1000;
  return {
    ...current,
    // `Date` is cut to whole seconds, so and so is the start: this is a second or two early, never late.
    startSeconds: current.startProvisional ? Math.floor(first.serverSeconds - waitedSeconds) : current.startSeconds,
    startProvisional: false,
    passes: { overlap: first.serverSeconds, sweep: first.serverSeconds },
  };
}

/** Between a start that an earlier run has made and this run; less than one when this run made it. */
function earlierSeconds(byHostSeconds: number): number {
  // A clock that went back says nothing about the wait.
  return byHostSeconds < 0 ? LONGEST_EARLIER_SECONDS : Math.min(byHostSeconds, LONGEST_EARLIER_SECONDS);
}

/** A window that was read to its end. */
export interface ReadWindow {
  readonly window: Span;
  /** The `Date` of the walk's first answer: what the server showed later is no part of what is done. */
  readonly serverSeconds: number;
  readonly events: number;
}

/** *Done* moves to the window's end, but never past server now − 1 s: that second may still be filling. */
export function windowDone(current: Checkpoint, { window, serverSeconds, events }: ReadWindow): Checkpoint {
  const from = Math.max(window.from, current.startSeconds);
  const done = withSpan(current.done, { from, to: Math.min(window.to, serverSeconds - 1) });
  return { ...current, done, ...(events > 0 ? { sawEvent: true as const } : {}) };
}

/** A pass over a wide band that was read to its end. */
export interface CompletePass {
  readonly band: WideBand;
  /** Server time when it began, in seconds. */
  readonly beganSeconds: number;
  /** `sweep`, in seconds. */
  readonly sweepSeconds: number;
  /** Where the oldest window begins that is being read at this moment, in seconds; infinite when none is. */
  readonly inFlightFrom: number;
}

/**
 * The next pass counts from this one's start. After a sweep the ids of what lies before its width can
 * be forgotten, but for a window under way: another loop may have committed it in the meantime.
 */
export function passDone(current: Checkpoint, pass: CompletePass): Checkpoint {
  const passes = { ...current.passes, [pass.band]: pass.beganSeconds };
  if (pass.band === 'overlap') return { ...current, passes };
  const needed = Math.min(pass.beganSeconds - pass.sweepSeconds, pass.inFlightFrom);
  return { ...current, passes, idsNeededFrom: Math.max(current.idsNeededFrom ?? 0, needed) };
}

/** What lies unread between the start and the newest done window: the work of backfill. Oldest first. */
export function gapsOf(checkpoint: Checkpoint): readonly Span[] {
  return gapsIn({ from: checkpoint.startSeconds, to: edgeOf(checkpoint) }, checkpoint.done);
}

/** Up to where the newest done window reaches; the start when there is none. */
export function edgeOf(checkpoint: Checkpoint): number {
  return checkpoint.done.at(-1)?.to ?? checkpoint.startSeconds;
}

/** Up to where everything from the start is done. Undefined: the start itself is not read yet. */
export function completeTo(checkpoint: Checkpoint): number | undefined {
  const first = checkpoint.done[0];
  return first !== undefined && first.from <= checkpoint.startSeconds ? first.to : undefined;
}
