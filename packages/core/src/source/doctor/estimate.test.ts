import { expect, test } from 'vitest';
import { configOf, type FakeRequest, SourceWorld, series, T0 } from '../__fixtures__/world.ts';
import type { SourceConfig } from '../config.ts';
import { EVENTS_A_WINDOW } from '../coverage/spans.ts';
import { openSourceDoctor } from './doctor.ts';
import type { Estimate } from './estimate.ts';

const DAY = 86_400;
const span = { from: T0 - 30 * DAY, to: T0 };

interface Given {
  readonly events?: SourceWorld['events'];
  readonly config?: Partial<SourceConfig>;
  /** Another answer than the true one. */
  readonly refuse?: (request: FakeRequest, world: SourceWorld) => ReturnType<SourceWorld['reply']> | undefined;
}

/** Asks for an estimate, with the time and the requests that it took. */
async function estimated({
  events = [],
  config = {},
  refuse,
}: Given): Promise<Estimate & { readonly world: SourceWorld }> {
  const world = new SourceWorld();
  world.events = [...events];
  world.disturb = (request) => refuse?.(request, world);
  const doctor = openSourceDoctor({
    config: configOf(config),
    runtime: world.runtime,
    userAgent: 'test',
    proxyFor: () => undefined,
    openClient: () => world.client,
  });
  let estimate: Estimate | undefined;
  const asking = doctor.estimate(span, new AbortController().signal).then((given) => (estimate = given));
  await world.until(() => estimate !== undefined);
  return { ...(await asking), world };
}

test('of few events it knows the number, of even ones it comes near', async () => {
  const few = series(500, span.from, (30 * DAY) / 500);
  expect(await estimated({ events: few })).toMatchObject({ events: 500, requests: 6, seconds: 2, unknown: {} });
  const many = series(40_000, span.from, (30 * DAY) / 40_000);
  const { events, requests, seconds, world } = await estimated({ events: many });
  expect(Math.abs(events - 40_000)).toBeLessThan(4_000);
  expect(requests).toBe(Math.ceil(events / 100) + Math.ceil(events / EVENTS_A_WINDOW));
  expect(seconds).toBe(Math.ceil(requests / 5));
  expect(world.requests).toHaveLength(12);
});

test('working hours do not stand for the night', async () => {
  const days = Array.from({ length: 30 }, (_, day) => span.from + day * DAY);
  const events = days.flatMap((day) => series(1_000, day + 0.4 * DAY, (0.3 * DAY) / 1_000));
  const unique = events.map((event, index) => ({ ...event, id: `w${index}` }));
  const { events: estimate } = await estimated({ events: unique });
  expect(estimate / unique.length).toBeGreaterThan(0.6);
  expect(estimate / unique.length).toBeLessThan(1.8);
});

test('a burst at this moment does not stand for the past', async () => {
  const past = series(3_000, span.from, (30 * DAY) / 3_000);
  const burst = series(150, T0 - 300, 2).map((event) => ({ ...event, id: `b${event.id}` }));
  const { events } = await estimated({ events: [...past, ...burst] });
  expect(events / 3_150).toBeLessThan(10);
});

test('it asks no faster than the configuration allows', async () => {
  const { world } = await estimated({ config: { requests_per_second: 2, feeds: ['organization', 'tenant'] } });
  const gaps = world.requests.slice(1).map(({ atMs }, index) => atMs - (world.requests[index]?.atMs ?? 0));
  expect(world.requests).toHaveLength(24);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(500);
});

test('a feed that is refused is named, and the other one is estimated', async () => {
  const refuse: Given['refuse'] = ({ feed }, world) => (feed === 'tenant' ? world.reply(400, '{}') : undefined);
  const events = series(50, span.from, DAY / 2);
  const estimate = await estimated({ events, refuse, config: { feeds: ['organization', 'tenant'] } });
  expect(estimate).toMatchObject({ events: 50, unknown: { tenant: expect.stringContaining('no tenant') } });
});

test('a false refusal and a passing fault are asked again', async () => {
  const refuse: Given['refuse'] = ({ atMs }, world) => {
    const earlier = world.requests.filter((request) => request.atMs < atMs).length;
    return earlier < 2 ? world.reply(earlier === 0 ? 401 : 503, '{}') : undefined;
  };
  const events = series(50, span.from, DAY / 2);
  expect(await estimated({ events, refuse })).toMatchObject({ events: 50, unknown: {} });
});

test('a server that asks for an hour is not waited for', async () => {
  const { unknown, world } = await estimated({
    refuse: (_, given) => given.reply(429, '{}', { 'retry-after': '3600' }),
  });
  expect(Object.keys(unknown)).toEqual(['organization']);
  expect(world.nowMs).toBeLessThan((T0 + 10) * 1_000);
});

test('the older dialect cannot be asked for a time', async () => {
  const { events, unknown, world } = await estimated({ config: { dialect: 'organization_logs' } });
  expect({ events, unknown }).toEqual({
    events: 0,
    unknown: { organization: 'this dialect cannot be asked for a time' },
  });
  expect(world.requests).toEqual([]);
});
