/** How seldom a second is asked for that does not come. */
import { expect, test } from 'vitest';
import { UnfitSeconds } from './unfit-seconds.ts';
import { UNFIT } from './walk-failures.ts';

const second = { from: 100, to: 101 };
const readFailure = UNFIT.too_large;
const minutes = (count: number): number => count * 60_000;

test('each time it rests for longer, half an hour at most', () => {
  const unfit = new UnfitSeconds();
  const rests: number[] = [];
  for (let time = 1; time <= 7; time += 1) {
    unfit.failed(second, readFailure, 0);
    let rest = 0;
    while (unfit.resting(second, minutes(rest)).length > 0) rest += 1;
    rests.push(rest);
  }
  expect(rests).toEqual([1, 2, 4, 8, 16, 30, 30]);
});

test('it is told apart from its neighbours, and forgotten when it was read', () => {
  const unfit = new UnfitSeconds();
  unfit.failed(second, readFailure, 0);
  unfit.failed({ from: 103, to: 104 }, readFailure, 0);
  const restingIn = (from: number, to: number): readonly number[] =>
    unfit.resting({ from, to }, 1).map((known) => known.second.from);
  expect([restingIn(0, 200), restingIn(101, 103), restingIn(90, 101)]).toEqual([[100, 103], [], [100]]);
  expect([unfit.has(second), unfit.has({ from: 99, to: 101 }), unfit.has({ from: 99, to: 100 })]).toEqual([
    true,
    false,
    false,
  ]);
  unfit.read({ from: 90, to: 101 });
  expect(restingIn(0, 200)).toEqual([103]);
});
