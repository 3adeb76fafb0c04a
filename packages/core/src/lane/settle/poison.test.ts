/** When one event's failures count, and when they are enough. */
import { describe, expect, test } from 'vitest';
import { countFailure, type FailureRecord, isPoison } from './poison.ts';

const HOUR_MS = 3_600_000;

describe('poison', () => {
  test.each<{ name: string; known: FailureRecord | undefined; acked: number; record: FailureRecord }>([
    { name: 'the first: from now', known: undefined, acked: 5, record: { count: 1, firstMs: 9, ackedThen: 5 } },
    {
      name: 'another event was taken since: it counts',
      known: { count: 3, firstMs: 1, ackedThen: 7 },
      acked: 8,
      record: { count: 4, firstMs: 1, ackedThen: 8 },
    },
    {
      name: 'nothing was taken since: it does not',
      known: { count: 3, firstMs: 1, ackedThen: 7 },
      acked: 7,
      record: { count: 3, firstMs: 1, ackedThen: 7 },
    },
    {
      name: 'nothing was taken since the first: it takes its place',
      known: { count: 1, firstMs: 1, ackedThen: 7 },
      acked: 7,
      record: { count: 1, firstMs: 9, ackedThen: 7 },
    },
    {
      name: 'another was taken since the first: it is the second',
      known: { count: 1, firstMs: 1, ackedThen: 0 },
      acked: 1,
      record: { count: 2, firstMs: 1, ackedThen: 1 },
    },
  ])('$name', ({ known, acked, record }) => {
    expect(countFailure(known, { elapsedMs: 9, acked })).toEqual(record);
  });

  test.each([
    { count: 20, afterMs: HOUR_MS, expected: true },
    { count: 19, afterMs: 9 * HOUR_MS, expected: false },
    { count: 500, afterMs: HOUR_MS - 1, expected: false },
  ])('$count failures over $afterMs ms: $expected', ({ count, afterMs, expected }) => {
    expect(isPoison({ count, firstMs: 100, ackedThen: 0 }, 100 + afterMs, HOUR_MS)).toBe(expected);
  });
});
