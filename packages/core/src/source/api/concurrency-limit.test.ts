/** How many requests of backfill may be under way, by what came back. */
import { expect, test } from 'vitest';
import { ConcurrencyLimit, MOST_CONCURRENT } from './concurrency-limit.ts';

/** So many answers, each after `ms`, with as many under way as may be. */
function answers(limit: ConcurrencyLimit, count: number, { ms = 100, from = 1 } = {}): void {
  for (let number = from; number < from + count; number += 1)
    limit.answered({ number, latest: number, ms, wasFull: true });
}

test('one more for every round of good answers, up to the most', () => {
  const limit = new ConcurrencyLimit();
  expect(limit.value).toBe(1);
  answers(limit, 1);
  expect(limit.value).toBe(2);
  answers(limit, 2);
  expect(limit.value).toBe(3);
  answers(limit, 1000);
  expect(limit.value).toBe(MOST_CONCURRENT);
});

test('none more while requests_per_second is what holds backfill back', () => {
  const limit = new ConcurrencyLimit();
  for (let number = 1; number < 100; number += 1) limit.answered({ number, latest: number, ms: 100, wasFull: false });
  expect(limit.value).toBe(1);
});

test('a 429 halves, and those that were under way with it do not halve again', () => {
  const limit = new ConcurrencyLimit();
  answers(limit, 1000);
  for (const number of [1001, 1002, 1003]) limit.refused({ number, latest: 1003 });
  expect(limit.value).toBe(MOST_CONCURRENT / 2);
  limit.refused({ number: 1004, latest: 1004 });
  expect(limit.value).toBe(MOST_CONCURRENT / 4);
});

test('never less than one', () => {
  const limit = new ConcurrencyLimit();
  for (let number = 1; number < 20; number += 1) limit.refused({ number, latest: number });
  expect(limit.value).toBe(1);
});

test.for([
  { name: 'one slow answer is chance', ms: 1000, count: 1, limit: MOST_CONCURRENT },
  { name: 'answers that go on taking many times as long are fewer', ms: 1000, count: 3, limit: 0.75 * MOST_CONCURRENT },
  { name: 'a few milliseconds more are no queue, whatever the factor', ms: 150, count: 50, limit: MOST_CONCURRENT },
])('$name', ({ ms, count, limit: expected }) => {
  const limit = new ConcurrencyLimit();
  answers(limit, 1000, { ms: 40 });
  answers(limit, count, { ms, from: 2000 });
  expect(limit.value).toBe(expected);
});
