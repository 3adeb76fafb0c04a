/**
 * Spans of time and their arithmetic, in whole seconds, `from` included and `to` not. A window is
 * the span that one walk reads. Pure: the checkpoint's `done` and the lookbacks are made of these.
 */
import type { Span } from '../../journal/checkpoint.ts';

/** How many events one backfill or wide window should hold: 15 pages of 100. */
export const EVENTS_A_WINDOW = 1500;
/** Years before the first event cost a few requests; one that proves too long is halved. */
const LONGEST_SECONDS = 365 * 86_400;

/** How long a span is; an inverted one has no length. */
export function secondsOf(span: Span): number {
  return Math.max(0, span.to - span.from);
}

/** `spans` (ascending, disjoint, never touching) with `added`, and again so. An empty one changes nothing. */
export function withSpan(spans: readonly Span[], added: Span): readonly Span[] {
  if (secondsOf(added) === 0) return spans;
  const before = spans.filter((span) => span.to < added.from);
  const after = spans.filter((span) => span.from > added.to);
  const touching = spans.slice(before.length, spans.length - after.length);
  const merged = {
    from: Math.min(added.from, ...touching.map((span) => span.from)),
    to: Math.max(added.to, ...touching.map((span) => span.to)),
  };
  return [...before, merged, ...after];
}

/** What of `whole` no span covers, ascending. */
export function gapsIn(whole: Span, spans: readonly Span[]): readonly Span[] {
  const froms = [whole.from, ...spans.map((span) => span.to)];
  const tos = [...spans.map((span) => span.from), whole.to];
  return froms
    .map((from, index) => ({
      from: Math.max(from, whole.from),
      to: Math.min(tos[index] ?? whole.to, whole.to),
    }))
    .filter((gap) => secondsOf(gap) > 0);
}

/** `spans` less `removed`. */
export function withoutSpan(spans: readonly Span[], removed: Span): readonly Span[] {
  return secondsOf(removed) === 0 ? spans : spans.flatMap((span) => gapsIn(span, [removed]));
}

/** What of `whole` the spans cover, ascending. */
export function partsIn(whole: Span, spans: readonly Span[]): readonly Span[] {
  return spans
    .map(({ from, to }) => ({ from: Math.max(from, whole.from), to: Math.min(to, whole.to) }))
    .filter((part) => secondsOf(part) > 0);
}

/** The older and the newer half of a span of two seconds or more. */
export function halves(span: Span): readonly [Span, Span] {
  const middle = span.from + Math.floor((span.to - span.from) / 2);
  return [
    { from: span.from, to: middle },
    { from: middle, to: span.to },
  ];
}

/** How long the next window should be, after one of `seconds` that held `events`. At most twice as long. */
export function nextWindowSeconds(seconds: number, events: number): number {
  const factor = Math.min(2, EVENTS_A_WINDOW / Math.max(1, events));
  return Math.min(LONGEST_SECONDS, Math.max(1, Math.floor(seconds * factor)));
}

/** How long a window would be that is as dense as one of `seconds` with `events`, and full; infinite without any. */
export function fullWindowSeconds(seconds: number, events: number): number {
  return events === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor((seconds * EVENTS_A_WINDOW) / events));
}
