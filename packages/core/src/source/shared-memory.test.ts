/** What all sources together have in flight: a request is not sent before there is memory for its page, whichever source asks. */
import { expect, test } from 'vitest';
import { type FakeEvent, type FakeRequest, ids, recordOf, SourceWorld, series, T0 } from './__fixtures__/world.ts';
import { ByteBudget, HELD_PER_BYTE } from './api/byte-budget.ts';

const HOUR = 3600;
const LATENCY_MS = 10_000;
/** Of the past, beside its record. */
const RECORD_BYTES = 2_000;
const PAGE_BYTES = 100 * RECORD_BYTES;
/** Three pages in the part that is not left to live polling. */
const BUDGET_BYTES = Math.ceil((HELD_PER_BYTE * PAGE_BYTES * 3.5 * 4) / 3);

function padded(event: FakeEvent): FakeEvent {
  return { ...event, raw: recordOf(event).padEnd(RECORD_BYTES) };
}

/** How many of these requests at most were under way at once. */
function mostAtOnce(requests: readonly FakeRequest[]): number {
  const starts = requests.map(({ atMs }) => atMs);
  return Math.max(...starts.map((at) => starts.filter((other) => other <= at && at < other + LATENCY_MS).length));
}

test('two sources have no more pages of the past on their way than one budget holds, and one walk beyond it', async () => {
  const world = new SourceWorld();
  world.budget = new ByteBudget(BUDGET_BYTES);
  world.latencyMs = LATENCY_MS;
  const past = series(3_000, T0 - 12 * HOUR, 12).map(padded);
  world.events = past.map((event, n) => ({ ...event, feed: n % 2 === 0 ? 'organization' : 'tenant' }));
  const config = { backfill_start_time: T0 - 12 * HOUR, requests_per_second: 100 };
  const sources = [world.open({ ...config, feeds: ['organization'] }), world.open({ ...config, feeds: ['tenant'] })];
  for (const source of sources) source.start();
  await world.pass(2 * HOUR);
  for (const source of sources) await source.stop();
  const ofThePast = world.requests.filter(({ to }) => to <= T0);
  expect(new Set(ofThePast.map(({ feed }) => feed)).size).toBe(2);
  const most = mostAtOnce(ofThePast);
  expect(most).toBeGreaterThan(2);
  expect(most).toBeLessThanOrEqual(4);
  expect(ids(world).toSorted()).toEqual(past.map(({ id }) => id).toSorted());
  expect(world.budget.usedBytes).toBe(0);
});
