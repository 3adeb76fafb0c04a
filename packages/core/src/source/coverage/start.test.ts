/** Where a feed begins: by which clock, after how long a wait, and never later than it did. */
import { describe, expect, test } from 'vitest';
import type { Checkpoint } from '../../journal/checkpoint.ts';
import { begun, inServerTime, type ServerMoment, startedBefore, Wait, waited } from './start.ts';

const HOUR = 3600;
const DAY = 86_400;
/** True time of the first start, in seconds since the epoch. */
const T = 1_767_225_600;

/** A feed that was begun at `T`, has waited for an hour of it and was then down; clocks are off by so many seconds. */
interface Life {
  readonly name: string;
  /** This host's clock at the first start. */
  readonly before: number;
  /** The same after the pause. */
  readonly after: number;
  /** The server's, when it answers. */
  readonly date: number;
  readonly downSeconds: number;
  readonly start: number;
}

function startOf({ before, after, date, downSeconds }: Omit<Life, 'name' | 'start'>): number {
  const first = begun(undefined, { configured: undefined, hostSeconds: T + before });
  const { waiting } = first;
  if (waiting === undefined) throw new Error('it does not wait');
  const atSeconds = T + before + HOUR;
  const beat = waited(first, { ...waiting, atSeconds, waitedSeconds: HOUR });
  const now = T + HOUR + downSeconds;
  const second = begun(beat, { configured: undefined, hostSeconds: now + after });
  const moment = { serverSeconds: now + date, hostSeconds: now + after, isCertain: true };
  return inServerTime(second, { ...moment, waitedSeconds: second.waiting?.waitedSeconds ?? 0 }).startSeconds - T;
}

test.each<Life>([
  // As with a host that was ahead until the pause, which looks the same.
  { name: 'all is right', before: 0, after: 0, date: 0, downSeconds: 5 * DAY, start: -DAY },
  { name: 'all is right and the pause was short', before: 0, after: 0, date: 0, downSeconds: 9, start: -150 },
  { name: 'the host was ahead and is right', before: DAY, after: 0, date: 0, downSeconds: 5 * DAY, start: 0 },
  { name: 'the host was a bit ahead and is right', before: 90, after: 0, date: 0, downSeconds: 200, start: 90 - 1160 },
  {
    name: 'the host was ahead by most of the pause and is right',
    before: 9 * HOUR,
    after: 0,
    date: 0,
    downSeconds: 10 * HOUR,
    start: 9 * HOUR - 10 * HOUR - 60,
  },
  {
    name: 'the host was ahead of a server that is behind, and is less so',
    before: 90,
    after: 0,
    date: -290,
    downSeconds: 7000,
    start: 90 - 290 - 60 - 10 * 6910,
  },
  { name: 'the host is ahead all the time', before: DAY, after: DAY, date: 0, downSeconds: 5 * DAY, start: -DAY },
  {
    name: 'the host is ahead by more than the wait',
    before: 9 * DAY,
    after: 9 * DAY,
    date: 0,
    downSeconds: DAY,
    start: -DAY,
  },
  // What it said at first may have been right by itself.
  {
    name: 'the host is behind all the time',
    before: -DAY,
    after: -DAY,
    date: 0,
    downSeconds: 5 * DAY,
    start: -2 * DAY,
  },
  { name: 'the host was behind and is right', before: -DAY, after: 0, date: 0, downSeconds: 5 * DAY, start: -2 * DAY },
  { name: 'the host was right and is behind', before: 0, after: -DAY, date: 0, downSeconds: 5 * DAY, start: -DAY },
  { name: 'the host was right and is ahead', before: 0, after: DAY, date: 0, downSeconds: 5 * DAY, start: -2 * DAY },
  {
    name: 'the host was right and is years ahead',
    before: 0,
    after: 4000 * DAY,
    date: 0,
    downSeconds: DAY,
    start: -DAY,
  },
  {
    name: 'the host was ahead and is set back for all to see',
    before: 5 * DAY,
    after: 0,
    date: 0,
    downSeconds: DAY,
    start: DAY - 30 * DAY,
  },
  { name: 'the host had no time and has one', before: -T, after: 0, date: 0, downSeconds: 0, start: 0 },
])('without any answer before a pause, where $name, it begins no later', ({ start, ...life }) => {
  expect(startOf(life)).toBe(start);
});

describe('a start by a Date that is not certain', () => {
  const first = begun(undefined, { configured: undefined, hostSeconds: T });
  const moment = (given: Partial<ServerMoment>): ServerMoment => ({
    serverSeconds: T,
    hostSeconds: T,
    waitedSeconds: 0,
    isCertain: false,
    ...given,
  });
  const ahead = inServerTime(first, moment({ serverSeconds: T + 30 * DAY }));
  const restarted = (hostSeconds: number): Checkpoint => begun(ahead, { configured: undefined, hostSeconds });

  test.each([
    {
      name: 'moves back when a later one is behind',
      checkpoint: ahead,
      next: moment({ serverSeconds: T + 60, waitedSeconds: 60 }),
      start: T,
    },
    {
      name: 'stays when a later one is further ahead',
      checkpoint: ahead,
      next: moment({ serverSeconds: T + 60 * DAY }),
      start: T + 30 * DAY,
    },
    {
      name: 'stays for some seconds',
      checkpoint: ahead,
      next: moment({ serverSeconds: T + 30 * DAY - 50 }),
      start: T + 30 * DAY,
    },
    {
      name: 'moves far back when a later one is behind and the host was set back meanwhile',
      checkpoint: restarted(T - HOUR),
      next: moment({ serverSeconds: T - HOUR, hostSeconds: T - HOUR }),
      start: T - HOUR - 30 * DAY,
    },
    {
      name: 'stays when the host was set back meanwhile and the server says nothing against it',
      checkpoint: restarted(T - HOUR),
      next: moment({ serverSeconds: T + 30 * DAY + HOUR, hostSeconds: T + 30 * DAY + HOUR }),
      start: T + 30 * DAY,
    },
  ])('$name', ({ checkpoint, next, start }) => {
    expect(inServerTime(checkpoint, next).startSeconds).toBe(start);
  });

  test('waits until one is certain, and then no more', () => {
    expect(ahead).toMatchObject({ startProvisional: false, waiting: { sinceSeconds: T } });
    expect(inServerTime(ahead, moment({ isCertain: true })).waiting).toBeUndefined();
    expect(inServerTime({ ...ahead, startSeconds: 5 }, moment({ isCertain: true })).startSeconds).toBe(5);
  });
});

test('what was asked for up to the start reaches up to where it moves', () => {
  const first = begun(undefined, { configured: undefined, hostSeconds: T });
  const asked = { ...first, asked: [{ from: T - HOUR, to: T }] };
  const at = { hostSeconds: T, waitedSeconds: 0, isCertain: true };
  expect(inServerTime(asked, { ...at, serverSeconds: T + HOUR }).asked).toEqual([{ from: T - HOUR, to: T + HOUR }]);
  expect(inServerTime(asked, { ...at, serverSeconds: T - 60 }).asked).toEqual([{ from: T - HOUR, to: T - 60 }]);
  expect(startedBefore(asked, T - 60).asked).toEqual([{ from: T - HOUR, to: T - 60 }]);
  expect(startedBefore(asked, T + 60)).toBe(asked);
});

describe('a wait', () => {
  test.each([
    { name: 'goes by the monotonic clock', host: [1, 1], elapsed: [1, 1], waited: 2 },
    { name: 'that was slept through goes by the host', host: [1, HOUR], elapsed: [1, 1], waited: HOUR + 1 },
    { name: 'is not undone by a host that is set back', host: [HOUR, -HOUR], elapsed: [1, 1], waited: HOUR + 1 },
    { name: 'does not begin in 1970', host: [1, T, 5], elapsed: [1, 1, 5], waited: 7, from: 0 },
  ])('$name', ({ host, elapsed, waited: expected, from = T }) => {
    let [hostMs, elapsedMs] = [from * 1000, 0];
    const wait = new Wait({ now: () => hostMs, elapsedMs: () => elapsedMs });
    const seen = host.map((seconds, index) => {
      hostMs += seconds * 1000;
      elapsedMs += (elapsed[index] ?? 0) * 1000;
      return wait.seconds();
    });
    expect(seen.at(-1)).toBe(expected);
  });
});

test('a start that was found once is not found again by the same wait', () => {
  const first = begun(undefined, { configured: undefined, hostSeconds: T });
  const years = 4000 * DAY;
  const second = begun(first, { configured: undefined, hostSeconds: T + years });
  const at = { hostSeconds: T + years, waitedSeconds: years, isCertain: false };
  const found = inServerTime(second, { ...at, serverSeconds: T + HOUR });
  expect(found.startSeconds).toBe(T - DAY);
  expect(inServerTime(found, { ...at, serverSeconds: T + HOUR + 5, waitedSeconds: years + 5 }).startSeconds).toBe(
    T - DAY,
  );
});
