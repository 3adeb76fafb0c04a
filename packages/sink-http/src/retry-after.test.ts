/** What is read of a wish to be left alone. */
import { expect, test } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const NOW_MS = Date.UTC(2026, 2, 1, 12);
const DAY_MS = 86_400_000;

test.each<{ name: string; headers: Readonly<Record<string, string>>; waitMs: number | undefined }>([
  { name: 'seconds', headers: { 'retry-after': '7' }, waitMs: 7_000 },
  { name: 'seconds with a fraction', headers: { 'retry-after': ' 0.25 ' }, waitMs: 250 },
  { name: 'milliseconds before seconds', headers: { 'retry-after-ms': '150', 'retry-after': '7' }, waitMs: 150 },
  { name: 'milliseconds that are none', headers: { 'retry-after-ms': 'soon', 'retry-after': '7' }, waitMs: 7_000 },
  { name: 'a date', headers: { 'retry-after': 'Sun, 01 Mar 2026 12:01:30 GMT' }, waitMs: 90_000 },
  { name: 'an RFC 850 date', headers: { 'retry-after': 'Sunday, 01-Mar-26 12:01:30 GMT' }, waitMs: 90_000 },
  { name: 'an asctime date', headers: { 'retry-after': 'Sun Mar  1 12:01:30 2026' }, waitMs: 90_000 },
  { name: 'a date in the past', headers: { 'retry-after': 'Sun, 01 Mar 2026 11:59:00 GMT' }, waitMs: undefined },
  { name: 'a negative number', headers: { 'retry-after': '-5' }, waitMs: undefined },
  { name: 'words', headers: { 'retry-after': 'soon' }, waitMs: undefined },
  { name: 'an empty text', headers: { 'retry-after': '' }, waitMs: undefined },
  { name: 'nothing', headers: {}, waitMs: undefined },
  { name: 'more than any timer holds', headers: { 'retry-after': '9'.repeat(400) }, waitMs: DAY_MS },
])('$name', ({ headers, waitMs }) => {
  expect(retryAfterMs({ header: (name) => headers[name] }, NOW_MS)).toBe(waitMs);
});
