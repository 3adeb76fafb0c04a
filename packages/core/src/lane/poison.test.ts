/** When one event's failures count, and when they are enough. */
import { describe, expect, test } from 'vitest';
import { countFailure, type FailureRecord, isPoison } from './poison.ts';

const HOUR_MS = 3_600_000;

describe('poison', () => {
  test.each<{ name: string; acked: number; alone: boolean; count: number; ackedThen: number }>([
    { name: 'another event was taken since: it counts', acked: 8, alone: false, count: 4, ackedThen: 8 },
    { name: 'nothing was taken since: it does not', acked: 7, alone: false, count: 3, ackedThen: 7 },
    { name: 'nothing else could have been: it counts', acked: 7, alone: true, count: 4, ackedThen: 7 },
  ])('$name', ({ acked, alone, count, ackedThen }) => {
    const known: FailureRecord = { count: 3, firstMs: 1, ackedThen: 7 };
    expect(countFailure(known, { nowMs: 9, acked, alone })).toEqual({ count, firstMs: 1, ackedThen });
  });

  test('the first failure always counts, from now', () => {
    expect(countFailure(undefined, { nowMs: 9, acked: 5, alone: false })).toEqual({
      count: 1,
      firstMs: 9,
      ackedThen: 5,
    });
  });

  test.each([
    { count: 20, afterMs: HOUR_MS, expected: true },
    { count: 19, afterMs: 9 * HOUR_MS, expected: false },
    { count: 500, afterMs: HOUR_MS - 1, expected: false },
  ])('$count failures over $afterMs ms: $expected', ({ count, afterMs, expected }) => {
    expect(isPoison({ count, firstMs: 100, ackedThen: 0 }, 100 + afterMs, HOUR_MS)).toBe(expected);
  });
});
