/**
 * What may happen to a feed's checkpoint, as pure transitions. The journal applies each to the
 * checkpoint as it is at the moment of the commit, so that polls, backfill and scans never
 * overwrite one another's progress.
 */
import type { Checkpoint, Lookback, Span } from '../../journal/checkpoint.ts';
import { gapsIn, partsIn, secondsOf, withoutSpan, withSpan } from './spans.ts';

/** True once a page has ever come for this feed. */
export function hasAnswered(checkpoint: Checkpoint): boolean {
  return checkpoint.passes.sweep !== undefined;
}

/**
 * The first answer, once in a feed's life: the lookbacks count from here, as all that is ever read is read after it.
 * `knownSeconds`: how far server time had come for certain.
 */
export function answered(current: Checkpoint, knownSeconds: number): Checkpoint {
  return hasAnswered(current) ? current : { ...current, passes: { overlap: knownSeconds, sweep: knownSeconds } };
}

/**
 * What was taken as read by a `Date` that proved to be wrong is read again: all from there on. But what lies before the
 * ids that are held was read long before, and would be journaled twice: server time may have gone back before it leapt.
 */
export function turnedBack(current: Checkpoint, leaptFrom: number): Checkpoint {
  const { clock: _, ...rest } = current;
  const passes = Object.fromEntries(
    Object.entries(current.passes).map(([lookback, began]) => [lookback, Math.min(began, leaptFrom)]),
  );
  const from = Math.max(leaptFrom, current.idsNeededFrom ?? leaptFrom);
  return { ...rest, passes, done: withoutSpan(current.done, { from, to: Number.POSITIVE_INFINITY }) };
}

/** A window that was read to its end. */
export interface ReadWindow {
  readonly window: Span;
  /** The `Date` of the walk's first answer: what the server showed later is no part of what is done. */
  readonly serverSeconds: number;
  readonly events: number;
  /** Its events were journaled before and have been journaled once more. */
  readonly again: boolean;
}

/** *Done* moves to the window's end, but never past server now − 1 s: that second may still be filling. */
export function windowDone(current: Checkpoint, { window, serverSeconds, events, again }: ReadWindow): Checkpoint {
  if (again) return withList(current, 'again', withoutSpan(current.again ?? [], window));
  const isAsked = (current.asked ?? []).some(({ from, to }) => from <= window.from && window.to <= to);
  const from = isAsked ? window.from : Math.max(window.from, current.startSeconds);
  const read = { from, to: Math.min(window.to, serverSeconds - 1) };
  const lessAsked = withList(current, 'asked', withoutSpan(current.asked ?? [], read));
  // What comes after it was perhaps journaled as well, and is read once more.
  const left = withList(lessAsked, 'halfRead', withoutSpan(current.halfRead ?? [], { from: window.from, to: read.to }));
  return { ...left, done: withSpan(current.done, read), ...(events > 0 ? { sawEvent: true as const } : {}) };
}

/**
 * A part of a window is journaled: until the rest is, its ids must not be forgotten. What is done already is read again by
 * lookback scans alone, which never read from before the ids that are held; and nothing is journaled of a time that
 * the server's clock has not passed, unless its ids are held anyway.
 */
export function windowBegun(
  current: Checkpoint,
  { window, serverSeconds, again }: Omit<ReadWindow, 'events'>,
): Checkpoint {
  if (again) return current;
  const begun = gapsIn({ from: window.from, to: Math.min(window.to, serverSeconds - 1) }, current.done);
  const halfRead = begun.reduce<readonly Span[]>(withSpan, current.halfRead ?? []);
  return { ...withList(current, 'halfRead', halfRead), sawEvent: true };
}

/** Whether the ids of what happened in this second are held. */
export function isHeld(
  { idsNeededFrom = Number.NEGATIVE_INFINITY, halfRead = [] }: Checkpoint,
  second: number,
): boolean {
  return second >= idsNeededFrom || halfRead.some(({ from, to }) => from <= second && second < to);
}

/** With one of its lists replaced; an empty one is left out. */
export function withList(
  current: Checkpoint,
  list: 'asked' | 'again' | 'halfRead',
  spans: readonly Span[],
): Checkpoint {
  const { [list]: _, ...rest } = current;
  return spans.length === 0 ? rest : { ...rest, [list]: spans };
}

/** What of a time somebody asks for is still to be read, and what was read before. Beyond the newest done window lies live polling's. */
export function askedOf(
  current: Checkpoint,
  span: Span,
): { readonly unread: readonly Span[]; readonly done: readonly Span[] } {
  const known = { from: span.from, to: Math.min(span.to, edgeOf(current)) };
  return { unread: gapsIn(known, current.done), done: partsIn(known, current.done) };
}

/** Somebody asks for a time: what lies before the start is read too, what is done once more if `again` says so. */
export function asked(current: Checkpoint, span: Span, again: boolean): Checkpoint {
  const { unread, done } = askedOf(current, span);
  const before = partsIn({ from: Number.NEGATIVE_INFINITY, to: current.startSeconds }, unread);
  const more = withList(current, 'asked', before.reduce(withSpan, current.asked ?? []));
  return again ? withList(more, 'again', done.reduce(withSpan, current.again ?? [])) : more;
}

/** A stretch of time that backfill has to read. */
export interface Todo extends Span {
  readonly again: boolean;
}

/** The work of backfill: first what the feed is meant to hold, then what somebody asked for, each oldest first. */
export function todoOf(current: Checkpoint): readonly Todo[] {
  const unread = [...gapsOf(current), ...(current.asked ?? [])].map((span) => ({ ...span, again: false }));
  return [...unread, ...(current.again ?? []).map((span) => ({ ...span, again: true }))];
}

/** How much of it there is, in seconds; with `within`, how much of it lies in that time. */
export function todoSeconds(current: Checkpoint, within: Span = ALL_TIME): number {
  return partsIn(within, todoOf(current)).reduce((sum, span) => sum + secondsOf(span), 0);
}

/**
 * How far a feed is with a time that somebody asks for. Until its first poll since the start of the process it is not
 * known what lies unread after the newest done window, so all of that is; from then on it is live polling's.
 */
export function askedProgress(
  current: Checkpoint | undefined,
  { span, hasPolled }: { readonly span: Span; readonly hasPolled: boolean },
): { readonly wholeSeconds: number; readonly leftSeconds: number } {
  if (current === undefined) return { wholeSeconds: secondsOf(span), leftSeconds: secondsOf(span) };
  const edge = edgeOf(current);
  const to = hasPolled ? Math.min(span.to, edge) : span.to;
  const beyond = secondsOf({ from: Math.max(span.from, edge), to });
  return { wholeSeconds: secondsOf({ from: span.from, to }), leftSeconds: todoSeconds(current, span) + beyond };
}

const ALL_TIME: Span = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** A lookback scan that was read to its end. */
export interface CompleteScan {
  readonly lookback: Lookback;
  /** Server time when it began, in seconds. */
  readonly beganSeconds: number;
  /** `sweep`, in seconds. */
  readonly sweepSeconds: number;
  /** Seconds that could not be read. */
  readonly unread: readonly Span[];
  /** Where the oldest window begins that is being read at this moment, in seconds; infinite when none is. */
  readonly inFlightFrom: number;
}

/**
 * The next scan counts from this one's start. After a sweep the ids of what lies before its width can
 * be forgotten, but for a window under way: another loop may have committed it in the meantime.
 */
export function scanDone(current: Checkpoint, scan: CompleteScan): Checkpoint {
  const passes = { ...current.passes, [scan.lookback]: scan.beganSeconds };
  const rest = scan.unread.reduce(withGap, { ...current, passes });
  if (scan.lookback === 'overlap') return rest;
  const needed = Math.min(scan.beganSeconds - scan.sweepSeconds, scan.inFlightFrom);
  return { ...rest, idsNeededFrom: Math.max(current.idsNeededFrom ?? 0, needed) };
}

/** What a scan could not read is the work of backfill again, with its ids kept: some of it is journaled. */
function withGap(current: Checkpoint, second: Span): Checkpoint {
  const halfRead = withSpan(current.halfRead ?? [], second);
  return { ...current, done: withoutSpan(current.done, second), halfRead };
}

/** What lies unread between the start and the newest done window: the work of backfill. Oldest first. */
export function gapsOf(checkpoint: Checkpoint): readonly Span[] {
  return gapsIn({ from: checkpoint.startSeconds, to: edgeOf(checkpoint) }, checkpoint.done);
}

/** Up to where the newest done window reaches; the start when there is none after it. */
export function edgeOf({ done, startSeconds }: Checkpoint): number {
  // What was asked for from before the start may be done sooner than the first poll.
  return Math.max(startSeconds, done.at(-1)?.to ?? startSeconds);
}

/** Up to where everything from the start is done. Undefined: the start itself is not read yet. */
export function completeTo({ done, startSeconds }: Checkpoint): number | undefined {
  return done.find(({ from, to }) => from <= startSeconds && startSeconds < to)?.to;
}

/** Whether this second has been read before. */
export function isDone({ done }: Checkpoint, second: number): boolean {
  return done.some(({ from, to }) => from <= second && second < to);
}
