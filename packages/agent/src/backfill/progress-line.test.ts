import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Look, percentOf, progressLine, withLook } from './progress-line.ts';
import type { BackfillProgress } from './request.ts';

const PROGRESS: BackfillProgress = {
  wholeSeconds: 1_000,
  leftSeconds: 1_000,
  paused: {},
  windows: 5,
  events: 100,
  requests: 7,
  atOnce: 3,
};

function look(atMs: number, progress: Partial<BackfillProgress> = {}): Look {
  return { atMs, progress: { ...PROGRESS, ...progress } };
}

function line(columns: number | undefined, ...all: readonly Look[]): string {
  const [first = look(0), ...rest] = all;
  return progressLine(rest.reduce(withLook, withLook(undefined, first)), columns);
}

/** Half of it in ten seconds. */
const HALF = [look(0), look(10_000, { leftSeconds: 500, events: 20_100, windows: 15, atOnce: 8 })];
const cases: readonly (readonly [name: string, columns: number | undefined, looks: readonly Look[], line: string])[] = [
  ['at first', undefined, [look(0)], '0 %  0 events  0 windows  3 at once'],
  ['in the middle', undefined, HALF, '50 %  10 s left  20,000 events  2,000/s  10 windows  8 at once'],
  ['at the end', undefined, [look(0), look(1_000, { leftSeconds: 0 })], '100 %  0 events  0/s  0 windows  3 at once'],
  ['where nothing moves', undefined, [look(0), look(1_000)], '0 %  0 events  0/s  0 windows  3 at once'],
  ['of nothing', undefined, [look(0, { wholeSeconds: 0, leftSeconds: 0 })], '100 %  0 events  0 windows  3 at once'],
  [
    'on a wide terminal',
    120,
    HALF,
    `${'█'.repeat(15)}${'░'.repeat(15)}  50 %  10 s left  20,000 events  2,000/s  10 windows  8 at once`,
  ],
  ['on a narrow one', 40, HALF, `${'█'.repeat(11)}${'░'.repeat(11)}  50 %  10 s left`],
  ['on a very narrow one', 12, HALF, '50 %'],
];

describe('the line', () => {
  test.each(cases)('%s', (_, columns, ...[looks, expected]) => {
    expect(line(columns, ...looks)).toBe(expected);
  });

  test('takes its speed from the last half minute', () => {
    const slow = look(100_000, { events: 200, leftSeconds: 900 });
    const fast = look(110_000, { events: 10_200, leftSeconds: 800 });
    expect(line(undefined, look(0), slow, fast)).toBe(
      '20 %  1 min 20 s left  10,100 events  1,000/s  0 windows  3 at once',
    );
  });

  test('never reaches the last column, whatever it says', () => {
    const figures = fc.nat({ max: 2 ** 31 });
    const any = fc.tuple(fc.integer({ min: 1, max: 300 }), figures, figures, figures, figures);
    fc.assert(
      fc.property(any, ([columns, events, windows, whole, left]) => {
        const progress = { events, windows, wholeSeconds: whole, leftSeconds: left };
        expect(line(columns, look(0), look(500, progress)).length).toBeLessThan(Math.max(2, columns));
      }),
    );
  });
});

test.each([
  [1_000, 1_000, 0],
  [1_000, 1, 99],
  [1_000, 0, 100],
  [1_000, 1_001, 0],
])('of %d seconds %d left is %d %%', (wholeSeconds, leftSeconds, percent) => {
  expect(percentOf({ ...PROGRESS, wholeSeconds, leftSeconds })).toBe(percent);
});
