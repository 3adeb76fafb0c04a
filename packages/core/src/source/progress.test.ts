/** What is taken back when a `Date` has proved to be wrong. */
import { expect, test } from 'vitest';
import type { Checkpoint } from '../journal/checkpoint.ts';
import { turnedBack } from './progress.ts';

const checkpoint: Checkpoint = {
  version: 1,
  startSeconds: 0,
  startProvisional: false,
  done: [{ from: 0, to: 9_000 }],
  passes: { overlap: 8_900, sweep: 8_000 },
};

test('all from the leap on is read again, and both bands count from there', () => {
  expect(turnedBack(checkpoint, 5_000)).toMatchObject({
    done: [{ from: 0, to: 5_000 }],
    passes: { overlap: 5_000, sweep: 5_000 },
  });
});

test('what lies before the ids that are held is not: it would be journaled twice', () => {
  const held = { ...checkpoint, idsNeededFrom: 7_000 };
  expect(turnedBack(held, 5_000)).toMatchObject({ done: [{ from: 0, to: 7_000 }], idsNeededFrom: 7_000 });
});
