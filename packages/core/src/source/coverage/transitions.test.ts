/** What a window that was read makes of what is done, and what is taken back when a `Date` has proved to be wrong. */
import { expect, test } from 'vitest';
import type { Checkpoint } from '../../journal/checkpoint.ts';
import { gapsOf, scanDone, todoOf, turnedBack, windowDone } from './transitions.ts';

const checkpoint: Checkpoint = {
  version: 1,
  startSeconds: 0,
  startProvisional: false,
  done: [{ from: 0, to: 9_000 }],
  passes: { overlap: 8_900, sweep: 8_000 },
};

test.each([
  { name: 'up to its end where the server’s time is past it', window: { from: 9_000, to: 9_500 }, to: 9_500 },
  {
    name: 'never the second that is still filling, nor what comes after it',
    window: { from: 9_000, to: 10_300 },
    to: 9_999,
  },
  { name: 'not the last second before it either', window: { from: 9_000, to: 10_000 }, to: 9_999 },
])('a window that was read is done $name', ({ window, to }) => {
  const read = { window, serverSeconds: 10_000, events: 1, again: false };
  expect(windowDone(checkpoint, read).done).toEqual([{ from: 0, to }]);
});

test('all from the leap on is read again, and both lookbacks count from there', () => {
  expect(turnedBack(checkpoint, 5_000)).toMatchObject({
    done: [{ from: 0, to: 5_000 }],
    passes: { overlap: 5_000, sweep: 5_000 },
  });
});

test('what lies before the ids that are held is not: it would be journaled twice', () => {
  const held = { ...checkpoint, idsNeededFrom: 7_000 };
  expect(turnedBack(held, 5_000)).toMatchObject({ done: [{ from: 0, to: 7_000 }], idsNeededFrom: 7_000 });
});

test.each(['overlap', 'sweep'] as const)(
  'what a scan of %s could not read is to be read again, with its ids kept',
  (lookback) => {
    const unread = [
      { from: 3_000, to: 3_001 },
      { from: 7_000, to: 7_002 },
    ];
    const scan = { lookback, beganSeconds: 9_000, sweepSeconds: 1_000, unread, inFlightFrom: Number.POSITIVE_INFINITY };
    const after = scanDone(checkpoint, scan);
    expect(gapsOf(after)).toEqual(unread);
    expect(todoOf(after)).toEqual(unread.map((span) => ({ ...span, again: false })));
    // Some of it is journaled: it would be journaled twice without its ids.
    expect(after.halfRead).toEqual(unread);
    expect(after.passes[lookback]).toBe(9_000);
  },
);
