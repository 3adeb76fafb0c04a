/** The judge of a soak is judged first: series whose leak, or whose lack of one, is known. */
import { expect, test } from 'vitest';
import { Chance } from '../invariants/chance.ts';
import { slopeOf } from './slope.ts';
import { type Sample, verdictOf } from './verdict.ts';

const BOUNDS = { rssAnon: 30, rss: 30, handles: 10, journal: 100 };
const STEADY: Omit<Sample, 'hours'> = { rssAnon: 100, rss: 160, handles: 40, journal: 90, disk: 100, held: 500 };

interface Series {
  readonly name: string;
  readonly minutes?: number;
  readonly at: (hours: number, chance: Chance) => Partial<Sample>;
  readonly rssAnon?: string;
  readonly rss?: string;
  readonly handles?: string;
  readonly bounded?: boolean;
}

/** The collector's saw: 20 MB up in three minutes, and down at once. */
const saw = (hours: number): number => ((hours * 20) % 1) * 20;

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
  { name: 'growth within the bound', at: (hours) => ({ rssAnon: 100 + 20 * hours }) },
  { name: 'memory that shrinks', at: (hours) => ({ rssAnon: 200 - 50 * hours }) },
  { name: 'mapped pages that grow', at: (hours) => ({ rss: 160 + 90 * hours }), rss: 'rising' },
  { name: 'a handle a minute', at: (hours) => ({ handles: 40 + Math.floor(60 * hours) }), handles: 'rising' },
  { name: 'handles that come and go', at: (_, chance) => ({ handles: chance.whole(38, 46) }) },
  { name: 'a journal over its bound, once', at: (hours) => ({ journal: hours === 0.5 ? 101 : 90 }), bounded: false },
  { name: 'a file that outgrows it', at: (hours) => ({ disk: 100 + 60 * hours }), bounded: false },
  {
    name: 'half a minute, in which nothing can be known',
    minutes: 0.5,
    at: (_, chance) => ({
      rssAnon: 100 + 30 * chance.next(),
      rss: 160 + 30 * chance.next(),
      handles: chance.whole(38, 46),
    }),
    rssAnon: 'unsure',
    rss: 'unsure',
    handles: 'unsure',
  },
];

test.each(table)('$name', ({ at, minutes = 60, rssAnon = 'flat', rss = 'flat', handles = 'flat', bounded = true }) => {
  const chance = new Chance(7);
  const samples = Array.from({ length: 721 }, (_, index): Sample => {
    const hours = ((index / 720) * minutes) / 60;
    return { hours, ...STEADY, ...at(hours, chance) };
  });
  const verdict = verdictOf(samples, BOUNDS);
  expect({
    rssAnon: verdict.rssAnon.trend,
    rss: verdict.rss.trend,
    handles: verdict.handles.trend,
    bounded: verdict.isJournalBounded,
  }).toEqual({ rssAnon, rss, handles, bounded });
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

test('the error holds the true slope 19 times of 20, in noise whose neighbours are alike', () => {
  const chance = new Chance(3);
  const isWithin = (): boolean => {
    let drift = 0;
    const points = Array.from({ length: 600 }, (_, at) => {
      drift = 0.8 * drift + chance.next() - 0.5;
      return { hours: at / 600, value: 5 * (at / 600) + drift };
    });
    const { perHour, error } = slopeOf(points);
    return Math.abs(perHour - 5) <= 2 * error;
  };
  const within = Array.from({ length: 400 }, isWithin).filter(Boolean).length;
  expect(within).toBeGreaterThan(0.9 * 400);
});
