/**
 * The promise as a property: whatever is late, tied, dated ahead, interrupted or answered badly, every
 * event after the feed's start that became visible within `sweep` of its time is journaled once.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Feed } from '../entry.ts';
import { type FakeRequest, SourceWorld, T0 } from './__fixtures__/world.ts';
import type { Reply } from './api/client.ts';
import type { SourceConfig } from './config.ts';

const HOUR = 3600;
const DAY = 86_400;
const SWEEP = 2 * HOUR;
/** Events happen within so many seconds of the world's beginning, before and after. */
const BEFORE = 5 * HOUR;
const AFTER = 10 * HOUR;

interface Story {
  readonly events: readonly { readonly at: number; readonly lateness: number; readonly feed: Feed }[];
  readonly restarts: readonly { readonly runs: number; readonly pause: number }[];
  readonly pollSeconds: number;
  readonly backfill: boolean;
  readonly faultRate: number;
  readonly serverAheadMs: number;
  readonly seed: number;
}

const story: fc.Arbitrary<Story> = fc.record({
  events: fc.array(
    fc.record({
      // A few round numbers make ties likely.
      at: fc.oneof(fc.integer({ min: -BEFORE, max: AFTER }), fc.constantFrom(-600, 0, 600, 7200)),
      lateness: fc.oneof(fc.constant(0), fc.integer({ min: -900, max: 200 }), fc.integer({ min: 0, max: SWEEP })),
      feed: fc.constantFrom<Feed>('organization', 'tenant'),
    }),
    { maxLength: 150 },
  ),
  restarts: fc.array(
    fc.record({ runs: fc.integer({ min: 0, max: 3 * HOUR }), pause: fc.integer({ min: 0, max: 4 * HOUR }) }),
    { maxLength: 5 },
  ),
  pollSeconds: fc.constantFrom(30, 300, 3600),
  backfill: fc.boolean(),
  faultRate: fc.constantFrom(0, 0.1, 0.4),
  serverAheadMs: fc.constantFrom(0, -300_000, 300_500),
  seed: fc.integer(),
});

/** The first request fails and is sent again within the same second of this host, but in the next of the server. */
const hastyRetry: Story = {
  events: [{ at: 0, lateness: 0, feed: 'organization' }],
  restarts: [],
  pollSeconds: 30,
  backfill: false,
  faultRate: 0.1,
  serverAheadMs: 300_500,
  seed: 2_147_483_643,
};

/** Another process takes over before any answer has come: it cannot know how long none ran. */
const killedUnanswered: Story = {
  events: [
    { at: -3, lateness: 0, feed: 'organization' },
    { at: -2000, lateness: 0, feed: 'organization' },
  ],
  restarts: [{ runs: 0, pause: 0 }],
  pollSeconds: 30,
  backfill: false,
  faultRate: 0.4,
  serverAheadMs: -300_000,
  seed: 0,
};

test('every event within the promise is journaled once', async () => {
  await fc.assert(
    fc.asyncProperty(story, async (told) => {
      const { world, promised, start, earlierBy } = await live(told);
      const seen = world.journal.entries.map(({ id }) => id);
      expect(seen.length, 'journaled twice').toBe(new Set(seen).size);
      expect(
        promised.filter((id) => !seen.includes(id)),
        'lost',
      ).toEqual([]);
      expect(
        world.journal.entries.filter(({ timeMs, feed }) => timeMs < (start - 2 - earlierBy[feed]) * 1000),
        'before the start',
      ).toEqual([]);
    }),
    { numRuns: 60, endOnFailure: false, examples: [[hastyRetry], [killedUnanswered]] },
  );
}, 240_000);

interface Lived {
  readonly world: SourceWorld;
  readonly promised: readonly string[];
  readonly start: number;
  /** By how many seconds a feed may begin before `start`. */
  readonly earlierBy: Readonly<Record<Feed, number>>;
}

/** Lives through the story, and then in calm for long enough for a last sweep. */
async function live(told: Story): Promise<Lived> {
  const world = new SourceWorld();
  world.random = mulberry32(told.seed);
  world.serverAheadMs = told.serverAheadMs;
  const zero = world.serverSeconds;
  world.events = told.events.map((event, n) => ({
    id: `e${n}`,
    at: zero + event.at,
    visibleAt: zero + event.at + event.lateness,
    feed: event.feed,
  }));
  const config: Partial<SourceConfig> = {
    feeds: ['organization', 'tenant'],
    poll_interval: told.pollSeconds * 1000,
    overlap: 120_000,
    sweep: SWEEP * 1000,
    ...(told.backfill ? { backfill_start_time: zero - 4 * HOUR } : {}),
  };
  world.disturb = (request, page) => (world.random() < told.faultRate ? fault(world, request, page) : undefined);
  const earlierBy: Record<Feed, number> = { organization: 0, tenant: 0 };
  for (const { runs, pause } of told.restarts) {
    await run(world, config, runs);
    for (const feed of ['organization', 'tenant'] as const) {
      if (world.journal.checkpoint(feed)?.waiting !== undefined) earlierBy[feed] = hiddenBy(earlierBy[feed], pause);
    }
    await world.pass(pause);
  }
  await run(world, config, AFTER);
  world.disturb = () => undefined;
  // A sweep asks for what is late whatever the interval, so that more polls than one an hour would only cost time.
  await run(world, { ...config, poll_interval: HOUR * 1000 }, 2 * DAY);
  const start = told.backfill ? zero - 4 * HOUR : zero;
  const late = world.events.filter(({ at }) => at >= start);
  return { world, promised: late.map(({ id }) => id), start, earlierBy };
}

/** A minute, and ten times as long as none ran, which is known to a minute: decision 0015, point 6. */
function hiddenBy(already: number, pause: number): number {
  return (already === 0 ? 60 : already) + 10 * (pause + 60);
}

async function run(world: SourceWorld, config: Partial<SourceConfig>, seconds: number): Promise<void> {
  const source = world.open(config);
  source.start();
  await world.pass(seconds);
  await source.stop();
}

/** One of the ways in which an answer can be bad and be known to be. */
function fault(world: SourceWorld, request: FakeRequest, page: () => Reply): Reply {
  const faults: readonly (() => Reply)[] = [
    () => world.reply(500, '<html>'),
    () => world.reply(429, '', { 'retry-after': '7' }),
    () => world.reply(401, ''),
    () => ({ kind: 'none', failure: 'broken', reason: 'UND_ERR_SOCKET' }),
    () => truncated(page()),
    () => world.page(request, { data: [], has_more: true }),
    () => world.page({ ...request, after: undefined }, { has_more: true }),
    () => world.page({ ...request, from: 0, to: T0 * 2 }),
  ];
  return (faults[Math.floor(world.random() * faults.length)] ?? page)();
}

function truncated(reply: Reply): Reply {
  return reply.kind === 'response' ? { ...reply, body: reply.body.slice(0, -7) } : reply;
}

/** Tommy Ettinger's 32-bit generator: small, and the same for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
