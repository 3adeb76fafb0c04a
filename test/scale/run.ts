/**
 * `npm run scale [-- --organizations 100 --events-per-day 1000000 --sinks 1 --skew 1 --partitions 12 --seed 1]`: a simulated day of
 * so many organizations and what it asks of the relay; without a number of organizations, a table of several.
 * `npm run scale -- --measure 100,10000,100000` measures how many requests one source makes in a day of so many events.
 */
import { parseArgs } from 'node:util';
import { type Day, type Fleet, simulateDay } from './simulate.ts';
import { sourceDay } from './source-day.ts';
import { UNITS } from './units.ts';

/** Organizations and events of a day, of all of them together. */
const TABLE: readonly (readonly [organizations: number, eventsPerDay: number])[] = [
  [1, 100],
  [1, 100_000],
  [1, 1_000_000],
  [1, 10_000_000],
  [10, 100_000],
  [100, 1_000_000],
  [1_000, 1_000_000],
  [1_000, 10_000_000],
  [10_000, 1_000_000],
  [10_000, 10_000_000],
];
const COLUMNS = [
  'organizations',
  'events a day',
  'requests a second',
  'of the largest one',
  'cores',
  'of them for polls',
  'in the busiest minute',
  'memory',
  'journal a day',
  'busiest partition',
];
/** One organization with more than these wants a higher `requests_per_second`. */
const DEFAULT_REQUESTS_PER_SECOND = 5;

const { values } = parseArgs({
  options: {
    organizations: { type: 'string' },
    'events-per-day': { type: 'string', default: '1000000' },
    sinks: { type: 'string', default: '1' },
    skew: { type: 'string', default: '1' },
    partitions: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
    measure: { type: 'string' },
  },
});

if (values.measure !== undefined) await measure(values.measure.split(',').map(Number));
else {
  const few = {
    sinks: Number(values.sinks),
    skew: Number(values.skew),
    partitions: Number(values.partitions),
    seed: Number(values.seed),
  };
  const asked =
    values.organizations === undefined
      ? TABLE
      : [[Number(values.organizations), Number(values['events-per-day'])] as const];
  console.log(`| ${COLUMNS.join(' | ')} |\n|${'---:|'.repeat(COLUMNS.length)}`);
  for (const [organizations, eventsPerDay] of asked) {
    const fleet = { ...few, organizations, eventsPerDay };
    console.log(`| ${cells(fleet, simulateDay(fleet, UNITS)).join(' | ')} |`);
  }
}

function cells({ organizations, eventsPerDay }: Fleet, day: Day): readonly string[] {
  const largest = day.largest.requestsPerSecond;
  return [
    organizations.toLocaleString('en-US'),
    eventsPerDay.toLocaleString('en-US'),
    (day.requests / 86_400).toFixed(1),
    `${largest.toFixed(2)}${largest > DEFAULT_REQUESTS_PER_SECOND ? ' (raise the limit)' : ''}`,
    day.cores.mean.toFixed(3),
    day.pollingCores.toFixed(3),
    day.cores.busiest.toFixed(3),
    `${(day.memoryBytes / 1e6).toFixed(0)} MB`,
    `${(day.journalBytes / 1e6).toFixed(1)} MB`,
    `${(100 * day.busiestPartition).toFixed(0)} %`,
  ];
}

async function measure(days: readonly number[]): Promise<void> {
  for (const eventsPerDay of days) {
    // More than the default only where a day needs it: what is measured is the need.
    const day = await sourceDay(eventsPerDay, eventsPerDay > 1_000_000 ? 100 : 5);
    const computed = UNITS.requestsPerDay(eventsPerDay);
    console.log(
      `${eventsPerDay} events a day: ${day.requests} requests (computed ${computed.toFixed(0)}), ${day.journaled} of ${day.happened} journaled`,
    );
  }
}
