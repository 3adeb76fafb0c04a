import { expect, test } from 'vitest';
import { Forecast } from './forecast.ts';

const MINUTE = 60_000;
const WEEK = 7 * 24 * 60 * MINUTE;

type Seen = readonly [atMs: number, bytes: number];

/** The last of what a forecast for 100 bytes says. */
function foretold(seen: readonly Seen[]): unknown {
  const forecast = new Forecast(100);
  return seen.map(([atMs, bytes]) => forecast.observe(bytes, atMs)).at(-1);
}

/** A note a minute, `bytes` each. */
function steady(bytes: number, minutes: number, fromMs: number): readonly Seen[] {
  return Array.from({ length: minutes }, (_, minute) => [fromMs + minute * MINUTE, bytes]);
}

const cases: readonly (readonly [sentence: string, seen: readonly Seen[], told: unknown])[] = [
  ['says nothing below half', [[0, 49]], undefined],
  [
    'names the highest level reached',
    [
      [0, 0],
      [MINUTE, 80],
    ],
    { percent: 80, leftMs: 0.25 * MINUTE },
  ],
  [
    'says each level once',
    [
      [0, 0],
      [MINUTE, 50],
      [2 * MINUTE, 60],
    ],
    undefined,
  ],
  [
    'says a level again once it had fallen below',
    [
      [0, 0],
      [1, 50],
      [2, 40],
      [3, 50],
    ],
    { percent: 50, leftMs: 3 },
  ],
  ['knows no time at the first look', [[0, 60]], { percent: 50 }],
  [
    'measures since it began to grow, whatever was before',
    [...steady(0, 60, 0), [WEEK, 0], [WEEK + 10 * MINUTE, 50]],
    { percent: 50, leftMs: 10 * MINUTE },
  ],
  [
    'measures over the last hour when something was held all the time',
    [...steady(20, 60, 0), [WEEK, 20], [WEEK + 30 * MINUTE, 60]],
    { percent: 50, leftMs: 30 * MINUTE },
  ],
  [
    'takes what was last seen before the hour for its beginning',
    [
      [0, 10],
      [MINUTE, 20],
      [WEEK, 60],
    ],
    { percent: 50, leftMs: 60 * MINUTE },
  ],
  [
    'knows no time beyond a year',
    [
      [0, 49.99999],
      [MINUTE, 50],
    ],
    { percent: 50 },
  ],
  [
    'never names a negative time',
    [
      [0, 0],
      [MINUTE, 120],
    ],
    { percent: 95, leftMs: 0 },
  ],
];

test.each(cases)('%s', (_sentence, seen, told) => {
  expect(foretold(seen)).toEqual(told);
});
