/** What pages are expected to weigh, after those that came. */
import { expect, test } from 'vitest';
import { PageSizes } from './page-sizes.ts';

/** Pages as they came: records and bytes; a number alone: a body that was given up at so many bytes. */
type Step = readonly [records: number, bytes: number] | number;

test.for<{ name: string; steps: readonly Step[]; limit?: number; expected: number; fitting: number }>([
  { name: 'before the first page records of 2 kB are', steps: [], expected: 200_500, fitting: 100 },
  { name: 'of fewer records fewer bytes are', steps: [], limit: 10, expected: 20_500, fitting: 100 },
  { name: 'a page of larger records is learnt at once', steps: [[100, 2_000_000]], expected: 2_000_500, fitting: 100 },
  {
    name: 'a smaller one is learnt by a tenth',
    steps: [
      [100, 2_000_000],
      [100, 0],
    ],
    expected: 1_800_500,
    fitting: 100,
  },
  {
    name: 'so is a page of fewer records',
    steps: [
      [100, 200_000],
      [0, 0],
    ],
    expected: 180_500,
    fitting: 100,
  },
  {
    name: 'of records of a megabyte no more are asked for than fit',
    steps: [[3, 3_000_000]],
    expected: 3_000_500,
    fitting: 3,
  },
  { name: 'of larger ones a single one is', steps: [[1, 9_000_000]], expected: 9_000_500, fitting: 1 },
  { name: 'a body that was given up had no fewer bytes', steps: [4_000_000], expected: 4_000_500, fitting: 99 },
  {
    name: 'where few records are usual they are larger',
    steps: [[4, 4_000], 4_000_000],
    expected: 4_000_500,
    fitting: 3,
  },
  { name: 'what a broken body claims is believed to a degree', steps: [60_000_000], expected: 8_389_108, fitting: 47 },
  { name: 'an empty page says nothing of records', steps: [[0, 400]], limit: 100, expected: 500, fitting: 100 },
])('$name expected', ({ steps, limit = 100, expected, fitting }) => {
  const sizes = new PageSizes();
  for (const step of steps) {
    if (typeof step === 'number') sizes.exceeded('live', { bytes: step, limit: 100 });
    else sizes.came('live', { records: step[0], bytes: step[1] });
  }
  expect({ expected: sizes.expected('live', limit), fitting: sizes.fitting(4_000_000) }).toEqual({ expected, fitting });
});

test('how many records a page holds is known of each purpose by itself, how large they are of all', () => {
  const sizes = new PageSizes();
  sizes.came('live', { records: 2, bytes: 10_000 });
  expect([sizes.expected('live', 100), sizes.expected('backfill', 100)]).toEqual([10_500, 500_500]);
});
