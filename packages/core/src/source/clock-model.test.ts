/**
 * The promise under clocks that are wrong: whatever the server's `Date` says for a while, whatever becomes of this
 * host's clock, however the machine sleeps and the process starts anew, every event is journaled once.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SourceWorld } from './__fixtures__/world.ts';
import type { SourceConfig } from './config.ts';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const SWEEP = 2 * HOUR;
/** So long things go wrong. */
const ACTIVE = 12 * HOUR;

/** What is wrong with the `Date` from `at` on, in seconds after the start, for less than the half hour that is believed. */
interface WrongDate {
  readonly at: number;
  readonly seconds: number;
  readonly kind: 'off' | 'flapping' | 'absent' | 'unreadable';
  readonly by: number;
}

type Step =
  | { readonly kind: 'run'; readonly seconds: number }
  | { readonly kind: 'down'; readonly seconds: number; readonly hostBy: number }
  | { readonly kind: 'set'; readonly hostBy: number }
  | { readonly kind: 'sleep'; readonly seconds: number; readonly isStill: boolean };

interface Story {
  readonly events: readonly { readonly at: number; readonly lateness: number }[];
  readonly dates: readonly WrongDate[];
  readonly steps: readonly Step[];
  /** By how much this host's clock is off at the first start. */
  readonly hostBy: number;
  readonly pollSeconds: number;
  readonly seed: number;
}

// No two of these are alike, nor is one like the difference of two others: by that a Date would be taken for right.
const HOST_BY = [0, 0, 40, 3 * HOUR, -5 * HOUR, 20 * HOUR, -40 * HOUR];
const DATE_BY = [30 * MINUTE, -30 * MINUTE, 2 * HOUR, -2 * HOUR, 6.5 * HOUR, -49 * HOUR, 49 * HOUR, 30 * DAY];

const wrongDate = (index: number): fc.Arbitrary<WrongDate> =>
  fc.record({
    at: fc.integer({ min: 0, max: 30 * MINUTE }).map((seconds) => index * HOUR + seconds),
    seconds: fc.integer({ min: 1, max: 25 * MINUTE }),
    kind: fc.constantFrom('off', 'off', 'flapping', 'absent', 'unreadable'),
    by: fc.constantFrom(...DATE_BY),
  });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('run' as const), seconds: fc.integer({ min: 1, max: 2 * HOUR }) }),
  },
  fc.record({
    kind: fc.constant('down' as const),
    seconds: fc.integer({ min: 1, max: 3 * HOUR }),
    hostBy: fc.constantFrom(...HOST_BY),
  }),
  fc.record({ kind: fc.constant('set' as const), hostBy: fc.constantFrom(...HOST_BY) }),
  fc.record({
    kind: fc.constant('sleep' as const),
    seconds: fc.integer({ min: 1, max: 3 * HOUR }),
    isStill: fc.boolean(),
  }),
);

const story: fc.Arbitrary<Story> = fc.record({
  events: fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: ACTIVE }),
      lateness: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: SWEEP })),
    }),
    { minLength: 20, maxLength: 150 },
  ),
  dates: fc
    .integer({ min: 0, max: 1 })
    .chain((first) => fc.tuple(...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => wrongDate(first + n)))),
  steps: fc.array(step, { maxLength: 10 }),
  hostBy: fc.constantFrom(...HOST_BY),
  pollSeconds: fc.constantFrom(30, 300, 3600),
  seed: fc.integer(),
});

test('every event within the promise is journaled once', async () => {
  await fc.assert(
    fc.asyncProperty(story, async (told) => {
      const { lost, doubled } = await live(told);
      expect({ lost, doubled }).toEqual({ lost: [], doubled: [] });
    }),
    { numRuns: 30, endOnFailure: true },
  );
}, 240_000);

async function live(told: Story): Promise<{ lost: readonly string[]; doubled: readonly string[] }> {
  const world = new SourceWorld();
  const zero = world.serverSeconds;
  world.hostSetByMs = told.hostBy * 1000;
  world.events = told.events.map(({ at, lateness }, n) => ({
    id: `e${n}`,
    at: zero + at,
    visibleAt: zero + at + lateness,
  }));
  let answers = 0;
  world.dateOf = (seconds) => {
    answers += 1;
    return dateOf(told.dates, { seconds, zero, answers });
  };
  const config: Partial<SourceConfig> = {
    poll_interval: told.pollSeconds * 1000,
    overlap: 120_000,
    sweep: SWEEP * 1000,
  };
  let source = world.open(config);
  source.start();
  // One right answer at least, before anything befalls the host.
  await world.pass(HOUR);
  for (const happens of told.steps) {
    if (happens.kind === 'run') await world.pass(happens.seconds);
    if (happens.kind === 'set') world.hostSetByMs = happens.hostBy * 1000;
    if (happens.kind === 'sleep') world.sleepFor(happens.seconds, happens.isStill);
    if (happens.kind !== 'down') continue;
    await source.stop();
    await world.pass(happens.seconds);
    world.hostSetByMs = happens.hostBy * 1000;
    source = world.open(config);
    source.start();
  }
  await world.pass(zero + ACTIVE + 3 * DAY - world.serverSeconds);
  await source.stop();
  const seen = world.journal.entries.map(({ id }) => id);
  const doubled = seen.filter((id, index) => seen.indexOf(id) !== index);
  return { lost: world.events.map(({ id }) => id).filter((id) => !seen.includes(id)), doubled };
}

function dateOf(
  dates: readonly WrongDate[],
  { seconds, zero, answers }: { seconds: number; zero: number; answers: number },
): string | undefined {
  const wrong = dates.find(({ at, seconds: lasts }) => seconds >= zero + at && seconds < zero + at + lasts);
  const isOff = wrong?.kind === 'off' || (wrong?.kind === 'flapping' && answers % 2 === 0);
  if (wrong?.kind === 'absent') return undefined;
  if (wrong?.kind === 'unreadable') return 'soon';
  return new Date((seconds + (isOff ? wrong.by : 0)) * 1000).toUTCString();
}
