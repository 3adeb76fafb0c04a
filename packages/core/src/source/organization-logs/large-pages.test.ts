/** Pages of the older dialect that are too large: fewer records at once are asked for, and one that does not come is gone round from both sides. */
import { expect, test } from 'vitest';
import { type FakeEvent, ids, series, started, T0 } from '../__fixtures__/world.ts';
import { LogsWorld } from './__fixtures__/logs-world.ts';

const LARGEST = 10_000;
const HOUR = 3600;

function limited(): LogsWorld & { largestBytes: number } {
  const world = Object.assign(new LogsWorld(), { largestBytes: LARGEST });
  world.disturb = (_, page) => {
    const reply = page();
    const fits = reply.kind !== 'response' || reply.body.length <= world.largestBytes;
    return fits ? undefined : { kind: 'none', failure: 'too_large', hasBegun: true, reason: 'x' };
  };
  return world;
}

function sized({ id, at }: FakeEvent, bytes: number): FakeEvent {
  const text = 'x'.repeat(bytes);
  return { id, at, raw: `{"id":"${id}","event":"organization.user.created","created_at":${at},"text":"${text}"}` };
}

test('a page that is too large is asked for with a smaller limit, and with the whole one after that', async () => {
  const world = limited();
  world.events = series(600, T0 - 7200, 12).map((event, n) => (n >= 200 && n < 400 ? sized(event, 2_000) : event));
  const source = await started(world, { dialect: 'organization_logs', backfill_start_time: T0 - 7200 });
  await world.pass(4 * HOUR);
  await source.stop();
  expect(ids(world).toSorted()).toEqual(world.events.map(({ id }) => id).toSorted());
  const limits = world.requests.map(({ query }) => Number(query.get('limit')));
  expect(new Set(limits.slice(1))).toContain(3);
  expect(limits.at(-1)).toBe(100);
  expect(source.status().feeds.organization).toMatchObject({ backfillSeconds: 0 });
  expect(source.status().feeds.organization?.conditions['pages_too_large']).toBeGreaterThan(0);
});

test('beside a record that does not come even alone all others are journaled, and in the end it is too', async () => {
  const world = limited();
  const past = series(100, T0 - 7000, 60).map((event, n) => ({ ...event, id: `past-${n}` }));
  world.events = past;
  const source = await started(world, { dialect: 'organization_logs', backfill_start_time: T0 - 7200 });
  const live = series(100, T0 + 600, 60);
  const large = sized({ id: 'large', at: T0 + 330 }, 2 * LARGEST);
  world.events = [...past, large, ...live];
  await world.pass(3 * HOUR);
  expect(ids(world).toSorted()).toEqual([...past, ...live].map(({ id }) => id).toSorted());
  const { problem, backfillSeconds } = source.status().feeds.organization ?? {};
  expect(problem).toContain('stays unread and is asked for again');
  expect(backfillSeconds).toBeGreaterThan(0);
  world.largestBytes = 10 * LARGEST;
  await world.pass(HOUR);
  await source.stop();
  expect(ids(world).toSorted()).toEqual(world.events.map(({ id }) => id).toSorted());
  expect(source.status().feeds.organization).toMatchObject({ backfillSeconds: 0 });
});

test('live events are journaled while such a record is the newest but one', async () => {
  const world = limited();
  const source = await started(world, { dialect: 'organization_logs' });
  world.events = [sized({ id: 'large', at: T0 + 60 }, 2 * LARGEST), { id: 'after', at: T0 + 90 }];
  await world.pass(200);
  await source.stop();
  expect(ids(world)).toEqual(['after']);
});
