/** Which `Date` is believed, and how far server time is taken to have come: the clock by itself. */
import { describe, expect, test } from 'vitest';
import type { ClockPair } from '../../journal/checkpoint.ts';
import { ServerClock } from './server-clock.ts';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
/** True time at the beginning, in seconds since the epoch. */
const T = 1_767_225_600;

/** A clock in true time: `at` the beginning and later, with a host that is off by `hostBy` seconds. */
class Trial {
  now = T;
  hostBy = 0;
  /** How long the monotonic clock has stood still, in seconds. */
  still = 0;
  readonly said: string[] = [];
  readonly clock: ServerClock;

  constructor(given: { readonly hostBy?: number; readonly pair?: ClockPair } = {}) {
    this.hostBy = given.hostBy ?? 0;
    const log = { met: (code: string) => void this.said.push(code) };
    const runtime = {
      now: () => (this.now + this.hostBy) * 1000,
      elapsedMs: () => (this.now - this.still - T + 500) * 1000,
      sleep: () => Promise.reject(new Error('nobody sleeps')),
      random: () => 0,
      log: () => undefined,
    };
    this.clock = new ServerClock({ runtime, pair: given.pair, log });
  }

  /** A page that took so long and whose `Date` is off by so many seconds. Gives how far it counts, as a difference to the truth. */
  page(by = 0, tookSeconds = 0): number {
    return this.clock.note(this.now + by, (this.now - this.still - T + 500 - tookSeconds) * 1000) - this.now;
  }

  /** Pages every minute, each with the next of these. */
  pages(minutes: number, ...by: readonly number[]): readonly number[] {
    return Array.from({ length: minutes }, (_, minute) => {
      this.now += MINUTE;
      return this.page(by[minute % by.length]);
    });
  }

  /** What is believed, as a difference to the truth. */
  get off(): number {
    return this.clock.seconds() - this.now;
  }
}

/** A clock that has been right for a while. */
function proven(): Trial {
  const trial = new Trial();
  trial.pages(3, 0);
  return trial;
}

describe('a Date far from what has passed since the last', () => {
  test.each([
    ['ahead by half a minute', 30],
    ['ahead by an hour', HOUR],
    ['ahead by a month', 30 * DAY],
  ])('%s moves nothing for half an hour, and then is believed', (_, by) => {
    const trial = proven();
    expect(Math.max(...trial.pages(30, by))).toBeLessThanOrEqual(0);
    expect(trial.said).toEqual(Array(30).fill('DATE_DOUBTED'));
    expect(trial.clock.problem).toContain('ahead of where it was');
    expect(trial.pages(2, by)).toEqual([by, by]);
    expect(trial.said.at(-1)).toBe('DATE_BELIEVED');
    expect(trial.clock.problem).toBeUndefined();
  });

  test('behind counts as what it says, and the clock goes on as it was until it is believed', () => {
    const trial = proven();
    expect(new Set(trial.pages(29, -HOUR))).toEqual(new Set([-HOUR]));
    expect(trial.off).toBe(0);
    trial.pages(3, -HOUR);
    expect(trial.off).toBe(-HOUR);
  });

  test('that ends is forgotten: the next has to hold as long', () => {
    const trial = proven();
    for (let times = 0; times < 5; times += 1) {
      expect(Math.max(...trial.pages(20, HOUR))).toBeLessThanOrEqual(0);
      expect(trial.pages(1, 0)).toEqual([0]);
    }
    expect(trial.said).not.toContain('DATE_BELIEVED');
  });

  test('in turns with the right one moves nothing, however long', () => {
    const trial = proven();
    expect(Math.max(...trial.pages(300, HOUR, 0))).toBeLessThanOrEqual(0);
    expect(trial.off).toBe(0);
  });

  test('of which there are two counts as the one that is nearer', () => {
    const trial = proven();
    trial.pages(33, 2 * HOUR, HOUR);
    expect(trial.off).toBe(HOUR);
    const other = proven();
    other.pages(33, -2 * HOUR, -HOUR);
    expect(other.off).toBe(-HOUR);
  });

  test('is no longer in doubt by one that was heard before that hour', () => {
    const trial = proven();
    trial.pages(20, HOUR);
    trial.pages(31, 2 * HOUR);
    expect(trial.off).toBe(2 * HOUR);
  });

  test('counts for ten minutes at most between two answers', () => {
    const trial = proven();
    const believed = [1, 2, 3, 4].map(() => {
      trial.now += 25 * MINUTE;
      return trial.page(HOUR) > 0;
    });
    expect(believed).toEqual([false, false, false, true]);
  });

  test('is told by the answer that took the least', () => {
    const trial = new Trial();
    trial.page(0, MINUTE);
    trial.page(0, 1);
    expect(trial.page(30)).toBeLessThanOrEqual(0);
  });

  test('a clock that is a little fast is followed', () => {
    const trial = proven();
    for (let minute = 0; minute < 600; minute += 1) {
      trial.now += MINUTE;
      expect(trial.page(Math.floor(minute / 60))).toBeGreaterThanOrEqual(Math.floor(minute / 60) - 1);
    }
    expect(trial.said).toEqual([]);
  });

  test('of an answer that is no page neither counts nor is doubted', () => {
    const trial = proven();
    trial.clock.confirm(trial.now + HOUR, 0);
    expect([trial.off, trial.clock.problem]).toEqual([0, undefined]);
  });
});

describe('a machine that sleeps', () => {
  test.each([
    ['while the monotonic clock stands still', 8 * HOUR, 8 * HOUR],
    ['while that clock goes on', 8 * HOUR, 0],
    ['for minutes', 5 * MINUTE, 5 * MINUTE],
  ])('%s is believed at once, as the host says the same', (_, seconds, still) => {
    const trial = proven();
    trial.now += seconds;
    trial.still += still;
    expect(trial.page()).toBe(0);
    expect([trial.off, trial.said]).toEqual([0, []]);
  });

  test('and whose own clock slept as well has to wait', () => {
    const trial = proven();
    trial.now += HOUR;
    trial.still += HOUR;
    trial.hostBy -= HOUR;
    expect(trial.page()).toBeLessThan(0);
    trial.pages(31, 0);
    expect(trial.off).toBe(0);
  });

  test('does not lend its word to a Date that jumped further', () => {
    const trial = proven();
    trial.now += HOUR;
    trial.still += HOUR;
    expect(trial.page(2 * HOUR)).toBeLessThanOrEqual(0);
    expect(trial.page()).toBe(0);
  });

  test('a host that is set means nothing', () => {
    const trial = proven();
    trial.hostBy = 30 * DAY;
    expect(trial.pages(3, 0)).toEqual([0, 0, 0]);
    expect(trial.page(HOUR)).toBeLessThanOrEqual(0);
  });
});

describe('the first Date of a process', () => {
  const pair = { serverSeconds: T - HOUR, hostSeconds: T - HOUR };

  test.each([
    { name: 'that agrees with this host counts', given: {}, by: 0, counts: 0 },
    {
      name: 'that agrees with what the last process saw of both counts',
      given: { hostBy: DAY, pair: { ...pair, hostSeconds: T - HOUR + DAY } },
      by: 0,
      counts: 0,
    },
    {
      name: 'that is ahead of a host that was right counts up to where the last process came',
      given: { pair },
      by: HOUR,
      counts: -HOUR,
    },
    { name: 'of a host that was set ahead since counts so, too', given: { hostBy: DAY, pair }, by: 0, counts: -HOUR },
    { name: 'of a host that was set back since counts so, too', given: { hostBy: -DAY, pair }, by: 0, counts: -HOUR },
  ])('$name', ({ given, by, counts }) => {
    expect(new Trial(given).page(by)).toBe(counts);
  });

  test('that is ahead of this host at a first start counts up to a day ago, and up to the newest event', () => {
    const trial = new Trial({ hostBy: -5 * HOUR });
    expect(trial.page()).toBe(-5 * HOUR - DAY);
    trial.clock.sawEvent(T - 6 * HOUR);
    expect(trial.page()).toBe(-6 * HOUR);
    // An event that is dated ahead says nothing.
    trial.clock.sawEvent(T + DAY);
    expect(trial.page()).toBe(-5 * HOUR);
  });

  test('a pair is kept only of what is certain', () => {
    const trial = new Trial({ hostBy: -5 * HOUR });
    trial.pages(29, 0);
    expect(trial.clock.pair).toBeUndefined();
    trial.pages(3, 0);
    expect(trial.clock.pair).toMatchObject({ serverSeconds: trial.now, hostSeconds: trial.now - 5 * HOUR });
  });
});

describe('without a Date', () => {
  test('the clock goes on as it was, and it is said', () => {
    const trial = proven();
    trial.now += HOUR;
    trial.hostBy = DAY;
    trial.clock.noteUndated();
    expect([trial.off, trial.clock.knownSeconds() - trial.now]).toEqual([0, 0]);
    expect(trial.said).toEqual(['DATE_MISSING']);
    expect(trial.clock.problem).toContain('no usable Date');
  });

  test('beside one that is doubted for being behind, no more is known than that one says', () => {
    const trial = proven();
    trial.page(-HOUR);
    trial.clock.noteUndated();
    expect(trial.clock.knownSeconds()).toBe(trial.now - HOUR);
  });

  test('since the process began, nothing is known past the last one or the newest event, and polls begin there', () => {
    const trial = new Trial({ hostBy: DAY, pair: { serverSeconds: T - HOUR, hostSeconds: T - HOUR } });
    trial.clock.noteUndated();
    trial.clock.sawEvent(T - 100);
    expect(trial.clock.knownSeconds()).toBe(T - 100);
    expect(trial.clock.polls()).toEqual([{ nowSeconds: T - 100, untilSeconds: T + DAY }]);
  });
});

describe('a leap that only the Date has vouched for', () => {
  test('is taken back at once when the old time comes again, within a day', () => {
    const trial = proven();
    trial.pages(40, HOUR);
    const from = trial.clock.leaptFrom ?? 0;
    expect(from).toBeLessThanOrEqual(trial.now);
    expect(trial.clock.pair?.leaptFrom).toBe(from);
    expect(trial.page()).toBe(0);
    expect([trial.off, trial.clock.hasReverted(from), trial.clock.leaptFrom]).toEqual([0, true, undefined]);
  });

  test.each([
    ['a first process whose host is ahead as well', { hostBy: 3 * HOUR }],
    [
      'a later process whose host was set ahead in between',
      { hostBy: 3 * HOUR, pair: { serverSeconds: T - HOUR, hostSeconds: T - HOUR } },
    ],
  ])('of %s begins no later than what is certain', (_, given) => {
    const trial = new Trial(given);
    trial.clock.sawEvent(T - 100);
    trial.pages(40, 2 * DAY);
    expect(trial.said.at(-1)).toBe('DATE_BELIEVED');
    expect(trial.clock.leaptFrom).toBe(T - 100);
  });

  test('is taken back by a later process as well, which has to hear it for half an hour', () => {
    const pair = { serverSeconds: T + HOUR, hostSeconds: T, leaptFrom: T - HOUR };
    const trial = new Trial({ pair });
    trial.pages(32, 0);
    expect([trial.off, trial.clock.hasReverted(T - HOUR)]).toEqual([0, true]);
  });

  test('is no leap any more after a day', () => {
    const trial = proven();
    trial.pages(40 + DAY / MINUTE, HOUR);
    expect(trial.clock.leaptFrom).toBeUndefined();
  });
});

test('a server that is ahead of this host by more than overlap is said, and one that is behind is not', () => {
  const trial = new Trial({ hostBy: -HOUR, pair: { serverSeconds: T - HOUR, hostSeconds: T - 2 * HOUR } });
  trial.clock.overlapMs = 30 * MINUTE * 1000;
  trial.page();
  expect(trial.said).toEqual(['SERVER_CLOCK_AHEAD']);
  expect(trial.clock.problem).toContain('3600 s ahead of this host');
  trial.hostBy = HOUR;
  trial.page();
  expect(trial.clock.problem).toBeUndefined();
});
