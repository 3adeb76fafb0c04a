/**
 * The promise as a property, for the older dialect: whatever is late, tied, dated ahead, interrupted or answered
 * badly, every event after the feed's start that became visible within `sweep` of its time is journaled once.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { T0 } from '../__fixtures__/world.ts';
import type { Reply } from '../api/client.ts';
import type { SourceConfig } from '../config.ts';
import { LogsWorld } from './__fixtures__/logs-world.ts';

const HOUR = 3600;
const SWEEP = 2 * HOUR;
const BEFORE = 5 * HOUR;
const AFTER = 10 * HOUR;

interface Story {
  readonly events: readonly { readonly at: number; readonly lateness: number }[];
  readonly restarts: readonly { readonly runs: number; readonly pause: number }[];
  readonly pollSeconds: number;
  readonly pageEvents: number;
  readonly backfill: boolean;
  readonly faultRate: number;
  readonly unknownCursor: 'refused' | 'empty';
  readonly seed: number;
}

const story: fc.Arbitrary<Story> = fc.record({
  events: fc.array(
    fc.record({
      // A few round numbers make ties likely.
      at: fc.oneof(fc.integer({ min: -BEFORE, max: AFTER }), fc.constantFrom(-600, 0, 600, 7200)),
      lateness: fc.oneof(fc.constant(0), fc.integer({ min: -900, max: 200 }), fc.integer({ min: 0, max: SWEEP })),
    }),
    { maxLength: 120 },
  ),
  restarts: fc.array(
    fc.record({
      runs: fc.oneof(fc.integer({ min: 0, max: 3 * HOUR }), fc.integer({ min: 0, max: 5 })),
      pause: fc.integer({ min: 0, max: 4 * HOUR }),
    }),
    { maxLength: 6 },
  ),
  pollSeconds: fc.constantFrom(30, 300, 3600),
  pageEvents: fc.constantFrom(1, 3, 100),
  backfill: fc.boolean(),
  faultRate: fc.constantFrom(0, 0.1, 0.3),
  unknownCursor: fc.constantFrom('refused', 'empty'),
  seed: fc.integer(),
});

test('every event within the promise is journaled once', async () => {
  await fc.assert(
    fc.asyncProperty(story, async (told) => {
      const { world, start } = await live(told);
      const seen = world.journal.entries.map(({ id }) => id);
      const promised = world.events.filter(({ at }) => at >= start).map(({ id }) => id);
      expect(seen.length, 'journaled twice').toBe(new Set(seen).size);
      expect(
        promised.filter((id) => !seen.includes(id)),
        'lost',
      ).toEqual([]);
      expect(
        world.journal.entries.filter(({ timeMs }) => timeMs < (start - 2) * 1000),
        'before the start',
      ).toEqual([]);
    }),
    { numRuns: Number(process.env['RUNS'] ?? 40), endOnFailure: false },
  );
});

/** Lives through the story, and then in calm for long enough for a last sweep. */
async function live(told: Story): Promise<{ world: LogsWorld; start: number }> {
  const world = new LogsWorld();
  world.random = chanceOf(told.seed);
  world.pageEvents = told.pageEvents;
  world.unknownCursor = told.unknownCursor;
  world.events = told.events.map(({ at, lateness }, n) => ({
    id: `e${n}`,
    at: T0 + at,
    visibleAt: T0 + at + lateness,
  }));
  const config: Partial<SourceConfig> = {
    poll_interval: told.pollSeconds * 1000,
    overlap: 120_000,
    sweep: SWEEP * 1000,
    ...(told.backfill ? { backfill_start_time: T0 - 4 * HOUR } : {}),
  };
  world.disturb = (_, page) => (world.random() < told.faultRate ? fault(world, page()) : undefined);
  for (const { runs, pause } of told.restarts) {
    await run(world, config, runs);
    await world.pass(pause);
  }
  await run(world, config, AFTER);
  world.disturb = () => undefined;
  // A sweep asks for what is late whatever the interval, so that more polls than one an hour would only cost time.
  await run(world, { ...config, poll_interval: HOUR * 1000 }, 2 * 24 * HOUR);
  return { world, start: told.backfill ? T0 - 4 * HOUR : T0 };
}

async function run(world: LogsWorld, config: Partial<SourceConfig>, seconds: number): Promise<void> {
  const source = world.open(config);
  source.start();
  await world.pass(seconds);
  await source.stop();
}

/** One of the ways in which an answer can be bad and be known to be. */
function fault(world: LogsWorld, page: Reply): Reply {
  const faults: readonly (() => Reply)[] = [
    () => world.reply(500, '<html>'),
    () => world.reply(400, ''),
    () => world.reply(404, ''),
    () => world.reply(429, '', { 'retry-after': '7' }),
    () => world.reply(401, ''),
    () => ({ kind: 'none', failure: 'broken', reason: 'UND_ERR_SOCKET' }),
    () => (page.kind === 'response' ? { ...page, body: page.body.slice(0, -7) } : page),
    () => world.reply(200, '{"data":[],"has_more":true,"after":null}'),
  ];
  return (faults[Math.floor(world.random() * faults.length)] ?? faults[0] ?? ((): Reply => page))();
}

/** Tommy Ettinger's 32-bit generator: small, and the same for the same seed. */
function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
