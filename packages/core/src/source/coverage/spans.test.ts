/** Spans against a set of seconds: the slow way that is obviously right. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Span } from '../../journal/checkpoint.ts';
import { EVENTS_A_WINDOW, gapsIn, halves, nextWindowSeconds, secondsOf, withSpan } from './spans.ts';

const span = fc.tuple(fc.nat(40), fc.nat(12)).map(([from, seconds]): Span => ({ from, to: from + seconds }));

function secondsIn(spans: readonly Span[]): readonly number[] {
  const all = spans.flatMap(({ from, to }) => Array.from({ length: Math.max(0, to - from) }, (_, n) => from + n));
  return [...new Set(all)].toSorted((a, b) => a - b);
}

test('spans that are added cover the same seconds, ascending, disjoint and never touching', () => {
  fc.assert(
    fc.property(fc.array(span), (added) => {
      const spans = added.reduce<readonly Span[]>(withSpan, []);
      expect(secondsIn(spans)).toEqual(secondsIn(added));
      for (const [n, { from }] of spans.entries()) expect(from).toBeGreaterThan(spans[n - 1]?.to ?? -1);
    }),
  );
});

test('gaps are exactly what no span covers', () => {
  fc.assert(
    fc.property(fc.array(span), span, (added, whole) => {
      const spans = added.reduce<readonly Span[]>(withSpan, []);
      const covered = new Set(secondsIn(spans));
      expect(secondsIn(gapsIn(whole, spans))).toEqual(secondsIn([whole]).filter((second) => !covered.has(second)));
    }),
  );
});

test('halves are two, touch, and are both shorter', () => {
  expect(halves({ from: 3, to: 5 })).toEqual([
    { from: 3, to: 4 },
    { from: 4, to: 5 },
  ]);
  expect(halves({ from: 0, to: 7 })).toEqual([
    { from: 0, to: 3 },
    { from: 3, to: 7 },
  ]);
});

test('an inverted span has no length', () => {
  expect(secondsOf({ from: 5, to: 3 })).toBe(0);
});

test.for([
  { name: 'an empty window doubles', seconds: 100, events: 0, next: 200 },
  { name: 'a thin one at most doubles', seconds: 100, events: 3, next: 200 },
  { name: 'one that is right stays', seconds: 100, events: EVENTS_A_WINDOW, next: 100 },
  { name: 'a dense one shrinks', seconds: 100, events: 10 * EVENTS_A_WINDOW, next: 10 },
  { name: 'a second is the least', seconds: 1, events: 9999, next: 1 },
  { name: 'a year is the most', seconds: 365 * 86_400, events: 0, next: 365 * 86_400 },
])('$name', ({ seconds, events, next }) => {
  expect(nextWindowSeconds(seconds, events)).toBe(next);
});
