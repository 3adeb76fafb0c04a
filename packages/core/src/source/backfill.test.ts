/** Several windows at once: how fast, how thrifty, and never more than allowed. */
import { expect, test } from 'vitest';
import { ids, SourceWorld, series, started, T0 } from './__fixtures__/world.ts';

const DAY = 86_400;

/** 20,000 events of ten days, behind answers that take `latencyMs`. */
async function backfilled(
  config: object,
  latencyMs: number,
  disturb?: (world: SourceWorld) => SourceWorld['disturb'],
): Promise<SourceWorld> {
  const world = new SourceWorld();
  world.latencyMs = latencyMs;
  world.events = series(20_000, T0 - 10 * DAY, 43);
  if (disturb !== undefined) world.disturb = disturb(world);
  const source = await started(world, { backfill_start_time: T0 - 10 * DAY, poll_interval: 3_600_000, ...config });
  await world.until(() => source.status().feeds.organization?.backfillSeconds === 0);
  expect(new Set(ids(world)).size).toBe(20_000);
  expect(ids(world)).toHaveLength(20_000);
  await source.stop();
  return world;
}

function mostWithin(world: SourceWorld, ms: number): number {
  const times = world.requests.map(({ atMs }) => atMs);
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + ms).length));
}

test('the rate that is allowed is used, and never exceeded', async () => {
  const world = await backfilled({ requests_per_second: 20 }, 400);
  expect(mostWithin(world, 1000)).toBe(20);
  // Five seconds in which it is found how many requests go at once are not of these.
  expect(mostWithin(world, 5000)).toBeGreaterThanOrEqual(95);
});

test('it asks for little more than the pages there are', async () => {
  const world = await backfilled({ requests_per_second: 100 }, 150);
  expect(world.requests.length).toBeLessThan(200 * 1.12);
});

test('a server that bears four at once is found out, and is asked so', async () => {
  let under = 0;
  const seen: number[] = [];
  const world = await backfilled({ requests_per_second: 100 }, 0, (given) => (request) => {
    under = given.requests.filter(({ atMs }) => request.atMs - atMs < 300).length;
    seen.push(under);
    return under > 12 ? given.reply(429, '') : undefined;
  });
  expect(seen.filter((count) => count > 12).length).toBeLessThan(seen.length / 3);
  expect(world.codes('warn')).toContain('SOURCE_RETRYING');
});

test('a feed that is refused holds none of the slots of the other', async () => {
  const world = new SourceWorld();
  const past = series(20_000, T0 - 100 * DAY, 432);
  world.events = [...past, ...past.map((event) => ({ ...event, id: `t${event.id}`, feed: 'tenant' as const }))];
  world.latencyMs = 300;
  world.disturb = ({ feed }) =>
    feed === 'tenant' && world.nowMs > (T0 + 10) * 1000 ? world.reply(403, '{"error":"Missing scopes"}') : undefined;
  const source = await started(world, { feeds: ['organization', 'tenant'], backfill_start_time: T0 - 100 * DAY });
  await world.pass(300);
  expect(source.status().feeds.organization).toMatchObject({ backfillSeconds: 0 });
  expect(source.status().feeds.tenant).toMatchObject({ health: 'paused' });
  await source.stop();
});

test('a past that cannot be read is asked for ever more slowly', async () => {
  const world = new SourceWorld();
  world.latencyMs = 100;
  world.disturb = (request) => (request.from < T0 - DAY ? world.page(request, { has_more: true }) : undefined);
  const source = await started(world, { backfill_start_time: T0 - 30 * DAY });
  await world.pass(3600);
  const before = world.requests.length;
  await world.pass(600);
  // Five a second were allowed.
  expect(world.requests.slice(before).filter(({ from }) => from < T0 - DAY).length).toBeLessThan(600);
  await source.stop();
});
