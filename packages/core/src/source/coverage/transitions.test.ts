/** What a window that was read makes of what is done, and what is taken back when a `Date` has proved to be wrong. */
import { expect, test } from 'vitest';
import type { Checkpoint } from '../../journal/checkpoint.ts';
import { gapsOf, isHeld, scanDone, todoOf, turnedBack, windowBegun, windowDone } from './transitions.ts';

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

test.each([
  { name: 'all of it', window: { from: 9_000, to: 9_500 }, halfRead: [{ from: 9_000, to: 9_500 }] },
  { name: 'but not what is done already', window: { from: 8_000, to: 9_500 }, halfRead: [{ from: 9_000, to: 9_500 }] },
  {
    name: 'but not what the server’s time has not passed',
    window: { from: 9_000, to: 10_300 },
    halfRead: [{ from: 9_000, to: 9_999 }],
  },
  { name: 'nothing where all is done', window: { from: 8_000, to: 8_500 }, halfRead: undefined },
  {
    name: 'nothing where the server’s time has passed none of it',
    window: { from: 9_999, to: 10_300 },
    halfRead: undefined,
  },
])('of a window that is begun $name is pinned', ({ window, halfRead }) => {
  const begun = windowBegun(checkpoint, { window, serverSeconds: 10_000, again: false });
  expect({ halfRead: begun.halfRead, done: begun.done }).toEqual({ halfRead, done: checkpoint.done });
});

test('at its end a window lets go what is done, and pins what is not', () => {
  const begun = { ...checkpoint, halfRead: [{ from: 9_000, to: 12_000 }] };
  const ended = windowDone(begun, {
    window: { from: 9_000, to: 10_300 },
    serverSeconds: 10_000,
    events: 1,
    again: false,
  });
  expect(ended.halfRead).toEqual([{ from: 9_999, to: 12_000 }]);
});

test.each([
  { name: 'of old, nothing', second: 4_999, isHeld: false },
  { name: 'from the bound on', second: 5_000, isHeld: true },
  { name: 'in what is half read', second: 1_000, isHeld: true },
  { name: 'at its end no more', second: 1_001, isHeld: false },
])('which ids are held: $name', ({ second, isHeld: expected }) => {
  const known = { ...checkpoint, idsNeededFrom: 5_000, halfRead: [{ from: 1_000, to: 1_001 }] };
  expect(isHeld(known, second)).toBe(expected);
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
