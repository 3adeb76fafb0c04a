/** The judge of a soak is judged first: series whose leak, or whose lack of one, is known. */
import { expect, test } from 'vitest';
import { Chance } from '../invariants/chance.ts';
import { floorSlopeOf, slopeOf } from './slope.ts';
import { type Sample, verdictOf } from './verdict.ts';

const BOUNDS = { lived: 15, rssAnon: 30, rss: 30, handles: 10, journal: 100 };
const STEADY: Omit<Sample, 'hours'> = {
  lived: 50,
  rssAnon: 100,
  ids: 0,
  rssFile: 60,
  rss: 160,
  handles: 40,
  journal: 90,
  disk: 100,
  held: 500,
};

interface Series {
  readonly name: string;
  readonly minutes?: number;
  readonly at: (
    hours: number,
    chance: Chance,
  ) => Partial<Omit<Sample, 'lived'>> & { readonly lived?: number | undefined };
  readonly lived?: string;
  readonly rssAnon?: string;
  readonly rss?: string;
  readonly handles?: string;
  readonly bounded?: boolean;
  readonly mapped?: boolean;
}

/** The collector's saw: 20 MB up in three minutes, and down at once. */
const saw = (hours: number): number => ((hours * 20) % 1) * 20;
/** A backlog: for some tens of seconds of every two minutes, by chance how large, and the larger the later in the hour. */
const backlog = (hours: number, chance: Chance): number => ((hours * 30) % 1 < 0.4 ? chance.next() * 200 * hours : 0);

const table: readonly Series[] = [
  { name: 'steady', at: () => ({}) },
  { name: 'a noisy heap', at: (_, chance) => ({ rssAnon: 100 + 30 * chance.next() }) },
  { name: 'a heap that is collected', at: (hours) => ({ rssAnon: 100 + saw(hours) }) },
  { name: 'a heap that grows at first', at: (hours) => ({ rssAnon: 50 + 100 * Math.min(hours, 0.3) }) },
  { name: '100 bytes an event, leaked', at: (hours) => ({ rssAnon: 100 + 72 * hours }), rssAnon: 'rising' },
  {
    name: 'the same below noise and the collector',
    at: (hours, chance) => ({ rssAnon: 100 + 72 * hours + saw(hours) + 10 * chance.next() }),
    rssAnon: 'rising',
  },
  {
    name: 'a leak in the second half alone',
    at: (hours) => ({ rssAnon: 100 + 60 * Math.max(0, hours - 0.5) }),
    rssAnon: 'rising',
  },
  {
    name: 'a leak that ends at 40 minutes',
    at: (hours) => ({ rssAnon: 100 + 300 * Math.min(hours, 2 / 3) }),
    rssAnon: 'rising',
  },
  {
    name: 'backlogs that come and go, the largest last',
    at: (hours, chance) => {
      const held = backlog(hours, chance);
      return { lived: 50 + held / 2, rssAnon: 100 + held, rss: 160 + held };
    },
  },
  {
    name: '50 bytes an event, leaked beneath them',
    at: (hours, chance) => {
      const held = backlog(hours, chance);
      return { lived: 50 + 36 * hours + held / 2, rssAnon: 100 + 36 * hours + held, rss: 160 + held };
    },
    lived: 'rising',
    rssAnon: 'rising',
  },
  { name: 'what lives grows, and the garbage hides it', at: (hours) => ({ lived: 50 + 30 * hours }), lived: 'rising' },
  {
    name: 'looks between which nothing was collected',
    at: (hours) => (hours % 0.01 < 0.005 ? { lived: undefined } : {}),
  },
  { name: 'nothing was collected at all', at: () => ({ lived: undefined }), lived: 'unsure' },
  {
    name: 'ids that grow until the hour is over',
    at: (hours) => ({ ids: 32 * hours, lived: 50 + 32 * hours, rssAnon: 100 + 32 * hours, rss: 160 + 32 * hours }),
  },
  {
    name: '56 bytes an event beside them',
    at: (hours) => ({ ids: 32 * hours, lived: 50 + 72 * hours, rssAnon: 100 + 72 * hours, rss: 160 + 32 * hours }),
    lived: 'rising',
    rssAnon: 'rising',
  },
  { name: 'the file mapped twice', at: () => ({ rssFile: 2 * 100 + 79 }) },
  { name: 'more mapped than there is', at: () => ({ rssFile: 2 * 100 + 81 }), mapped: false },
  { name: 'growth within the bound', at: (hours) => ({ rssAnon: 100 + 20 * hours }) },
  { name: 'memory that shrinks', at: (hours) => ({ rssAnon: 200 - 50 * hours }) },
  { name: 'mapped pages that grow', at: (hours) => ({ rss: 160 + 90 * hours }), rss: 'rising' },
  { name: 'a handle a minute', at: (hours) => ({ handles: 40 + Math.floor(60 * hours) }), handles: 'rising' },
  { name: 'handles that come and go', at: (_, chance) => ({ handles: chance.whole(38, 46) }) },
  { name: 'a journal over its bound, once', at: (hours) => ({ journal: hours === 0.5 ? 105 : 90 }), bounded: false },
  { name: 'cursors beside a full journal', at: () => ({ journal: 101 }) },
  { name: 'a file that outgrows it', at: (hours) => ({ disk: 100 + 60 * hours }), bounded: false },
  {
    name: 'half a minute, in which nothing can be known',
    minutes: 0.5,
    at: (_, chance) => ({
      lived: 50 + 30 * chance.next(),
      rssAnon: 100 + 30 * chance.next(),
      rss: 160 + 30 * chance.next(),
      handles: chance.whole(38, 46),
    }),
    lived: 'unsure',
    rssAnon: 'unsure',
    rss: 'unsure',
    handles: 'unsure',
  },
];

const FLAT = { lived: 'flat', rssAnon: 'flat', rss: 'flat', handles: 'flat', bounded: true, mapped: true };

test.each(table)('$name', ({ name, at, minutes = 60, ...wanted }) => {
  const chance = new Chance(7);
  const samples = Array.from({ length: 721 }, (_, index): Sample => {
    const hours = ((index / 720) * minutes) / 60;
    // A key that is there without a value is one that was not measured.
    return { hours, ...STEADY, ...at(hours, chance) } as Sample;
  });
  const verdict = verdictOf(samples, BOUNDS);
  expect({
    name,
    lived: verdict.lived.trend,
    rssAnon: verdict.rssAnon.trend,
    rss: verdict.rss.trend,
    handles: verdict.handles.trend,
    bounded: verdict.isJournalBounded,
    mapped: verdict.isMapBounded,
  }).toEqual({ name, ...FLAT, ...wanted });
});

test('nothing measured is no good verdict', () => {
  const verdict = verdictOf([], BOUNDS);
  expect([verdict.rssAnon.trend, verdict.handles.trend, verdict.isJournalBounded]).toEqual(['unsure', 'unsure', false]);
});

test('the slope of a straight line is its own, without an error', () => {
  const { perHour, error } = slopeOf(
    Array.from({ length: 500 }, (_, at) => ({ hours: at / 100, value: 3 + (7 * at) / 100 })),
  );
  expect(perHour).toBeCloseTo(7, 9);
  expect(error).toBeCloseTo(0, 6);
});

test.each([
  { what: 'means', slope: slopeOf },
  { what: 'floors', slope: floorSlopeOf },
])('the error of $what holds the true slope 19 times of 20, in noise whose neighbours are alike', ({ slope }) => {
  const chance = new Chance(3);
  const isWithin = (): boolean => {
    let drift = 0;
    const points = Array.from({ length: 600 }, (_, at) => {
      drift = 0.8 * drift + chance.next() - 0.5;
      return { hours: at / 600, value: 5 * (at / 600) + drift };
    });
    const { perHour, error } = slope(points);
    return Math.abs(perHour - 5) <= 2 * error;
  };
  const within = Array.from({ length: 400 }, isWithin).filter(Boolean).length;
  expect(within).toBeGreaterThan(0.9 * 400);
});
