/** Servers that list otherwise than documented: each way is named, and none makes a gap. */
import { describe, expect, test } from 'vitest';
import { type FakeEvent, type FakeRequest, ids, SourceWorld, series, started, T0 } from './__fixtures__/world.ts';
import type { Reply } from './api/client.ts';

const DAY = 86_400;

/** Twelve pages in the past, and all of it asked for. */
async function read(
  disturb: (world: SourceWorld) => SourceWorld['disturb'],
  config: object = {},
): Promise<SourceWorld> {
  const world = new SourceWorld();
  world.events = series(1150, T0 - DAY, 40);
  world.disturb = disturb(world);
  const source = await started(world, { backfill_start_time: T0 - DAY, requests_per_second: 50, ...config });
  await world.pass(300);
  expect(source.status().feeds.organization).toMatchObject({ backfillSeconds: 0 });
  await source.stop();
  return world;
}

function conditionsOf(world: SourceWorld): readonly string[] {
  return world.codes('warn');
}

/** The page as listed from the oldest on. */
function ascending(world: SourceWorld, { from, to, after }: FakeRequest): Reply {
  const listed = world.events.filter(({ at }) => at >= from && at < to).toSorted((a, b) => a.at - b.at);
  const start = after === undefined ? 0 : listed.findIndex(({ id }) => id === after) + 1;
  const part = listed.slice(start, start + 100);
  const data = part.map(({ id, at }) => ({ id, type: 'login.failed', effective_at: at }));
  const page = { data, has_more: start + 100 < listed.length, last_id: part.at(-1)?.id ?? null };
  return world.reply(200, JSON.stringify(page));
}

describe('a server', () => {
  test('that lists the oldest first is read whole, in order, and said so', async () => {
    const world = await read((given) => (request) => ascending(given, request));
    expect(new Set(ids(world)).size).toBe(1150);
    expect(conditionsOf(world)).toEqual(['ORDER_ASCENDING']);
    for (const { entries } of world.journal.commits) {
      expect(entries.map(({ timeMs }) => timeMs)).toEqual(
        entries.map(({ timeMs }) => timeMs).toSorted((a, b) => a - b),
      );
    }
  });

  test('that takes after and before the other way round is found out by one probe, and read to its end', async () => {
    const world = await read((given) => (request) => {
      const { after, before } = request;
      return given.page({ ...request, after: before, before: after });
    });
    expect(new Set(ids(world)).size).toBe(1150);
    expect(ids(world)).toHaveLength(1150);
    expect(conditionsOf(world)).toEqual(['CURSOR_SWAPPED']);
    expect(world.requests.filter(({ after }) => after !== undefined).length).toBeLessThan(10);
    expect(world.requests.filter(({ before }) => before !== undefined).length).toBeGreaterThan(8);
  });

  test('that calls every page the last one is read to its end all the same, and said so', async () => {
    const world = await read((given) => (request) => given.page(request, { has_more: false }));
    expect(new Set(ids(world)).size).toBe(1150);
    expect(ids(world)).toHaveLength(1150);
    expect(conditionsOf(world)).toEqual(['FALSE_END']);
  });

  test('that gives the first page again and again is read in parts, and said so once', async () => {
    const world = await read((given) => (request) => given.page({ ...request, after: undefined, before: undefined }));
    expect(new Set(ids(world)).size).toBe(1150);
    expect(ids(world)).toHaveLength(1150);
    expect(conditionsOf(world)).toEqual(['CURSOR_LOOP']);
  });

  test('that takes them so only for an hour is read to its end before and after', async () => {
    const world = new SourceWorld();
    world.events = series(5000, T0 + 10, 2);
    world.disturb = (request) => {
      const { after, before } = request;
      const isSwapped = world.nowMs > (T0 + 2000) * 1000 && world.nowMs < (T0 + 5600) * 1000;
      return isSwapped ? world.page({ ...request, after: before, before: after }) : undefined;
    };
    const source = await started(world, { poll_interval: 300_000 });
    await world.pass(10_500);
    await source.stop();
    expect(new Set(ids(world)).size).toBe(5000);
    expect(ids(world)).toHaveLength(5000);
  });

  test('that ignores a filter is said so, and what was not asked for is left out', async () => {
    const world = new SourceWorld();
    world.events = [
      { id: 'asked', at: T0 + 10 },
      { id: 'other', at: T0 + 10, raw: JSON.stringify({ id: 'other', type: 'login.failed', effective_at: T0 + 10 }) },
    ];
    const source = await started(world, { event_types: ['project.created'] });
    await world.pass(60);
    expect(world.requests.every(({ query }) => query.getAll('event_types[]').join() === 'project.created')).toBe(true);
    expect(ids(world)).toEqual(['asked']);
    expect(source.status().feeds.organization?.conditions).toEqual({ events_outside_filter: 2 });
    expect(conditionsOf(world)).toEqual(['EVENTS_OUTSIDE_FILTER']);
    await source.stop();
  });
});

describe('a server that ignores tenant_only', () => {
  const tenantEvent = (id: string, at: number): FakeEvent => ({
    id,
    at,
    feed: 'tenant',
    raw: JSON.stringify({ id, type: 'tenant.user.added', effective_at: at }),
  });

  test('for a while makes no gap in the tenant’s feed', async () => {
    const world = new SourceWorld();
    const tenants = [1, 2, 3, 4, 5, 6].map((hour) => tenantEvent(`t${hour}`, T0 - hour * 3600 + 7));
    world.events = [...series(12, T0 - 6 * 3600, 1800), ...tenants];
    const asked = { feeds: ['organization', 'tenant'] as const, backfill_start_time: T0 - DAY };
    const isOver = (): boolean => world.nowMs > (T0 + 600) * 1000;
    world.disturb = (request) => (isOver() ? undefined : world.page({ ...request, feed: 'organization' }));
    const source = await started(world, asked);
    await world.pass(500);
    expect(ids(world).filter((id) => id.startsWith('t'))).toEqual([]);
    const { organization, tenant } = source.status().feeds;
    expect(organization).toMatchObject({ health: 'quiet', backfillSeconds: 0 });
    expect(tenant?.health).toBe('retrying');
    expect(tenant?.problem).toContain('feeds: [organization]');
    expect(tenant?.backfillSeconds).toBeGreaterThan(6 * 3600);
    expect(world.codes('warn')).toEqual(['TENANT_ONLY_IGNORED']);
    await world.pass(1000);
    expect(ids(world).toSorted()).toEqual(world.events.map(({ id }) => id).toSorted());
    expect(source.status().feeds.tenant).toMatchObject({ health: 'quiet', backfillSeconds: 0 });
    await source.stop();
  });

  test.for([
    {
      name: 'beside a type that nobody knows',
      more: [
        {
          id: 'new',
          at: T0 - 7200 + 3,
          raw: JSON.stringify({ id: 'new', type: 'gizmo.created', effective_at: T0 - 7200 + 3 }),
        },
      ],
    },
    {
      name: 'with more in one second than memory holds',
      more: Array.from({ length: 5_050 }, (_, n) => ({ id: `many${n}`, at: T0 - 7200 })),
    },
  ])('makes no gap $name', async ({ more }) => {
    const world = new SourceWorld();
    world.events = [
      ...series(12, T0 - 6 * 3600, 1800),
      ...more,
      tenantEvent('t1', T0 - 7200),
      tenantEvent('t2', T0 - 3000),
    ];
    const isOver = (): boolean => world.nowMs > (T0 + 600) * 1000;
    world.disturb = (request) => (isOver() ? undefined : world.page({ ...request, feed: 'organization' }));
    const asked = {
      feeds: ['organization', 'tenant'] as const,
      backfill_start_time: T0 - DAY,
      requests_per_second: 50,
    };
    const source = await started(world, asked);
    await world.pass(2000);
    expect(ids(world).toSorted()).toEqual(world.events.map(({ id }) => id).toSorted());
    expect(world.journal.entries.filter(({ id, feed }) => feed === 'tenant' && !id.startsWith('t'))).toEqual([]);
    await source.stop();
  });

  test('is not suspected where the tenant’s feed holds types of the organization’s', async () => {
    const world = new SourceWorld();
    world.events = [{ id: 'odd', at: T0 + 10, feed: 'tenant' }];
    const source = await started(world, { feeds: ['organization', 'tenant'] });
    await world.pass(60);
    expect(ids(world)).toEqual(['odd']);
    expect(world.codes('warn')).toEqual([]);
    await source.stop();
  });
});

describe('a server that refuses', () => {
  test('every cursor is read in windows of one page', async () => {
    const world = new SourceWorld();
    world.events = series(1500, T0 - 2 * DAY, 100);
    world.disturb = ({ after }) =>
      after === undefined ? undefined : world.reply(400, '{"error":{"message":"expired"}}');
    const source = await started(world, { backfill_start_time: T0 - 2 * DAY });
    await world.pass(3600);
    await source.stop();
    expect(new Set(ids(world)).size).toBe(1500);
    expect(ids(world)).toHaveLength(1500);
    expect(world.codes('warn')).toEqual(['CURSOR_REFUSED']);
    expect(source.status().feeds.organization?.conditions['cursor_refused']).toBeGreaterThan(0);
  });

  test('to know `before`, and promises a page too much, is read to its end', async () => {
    const world = new SourceWorld();
    world.events = series(100, T0 - 2 * DAY, 10);
    world.disturb = (request) => {
      if (request.before !== undefined) return world.reply(400, '{"error":{"message":"unknown parameter before"}}');
      const inside = world.events.filter(({ at }) => at >= request.from && at < request.to).length;
      // has_more says that the page is full.
      return request.after === undefined && inside === 100 ? world.page(request, { has_more: true }) : undefined;
    };
    const source = await started(world, { backfill_start_time: T0 - 2 * DAY });
    await world.pass(3600);
    await source.stop();
    expect(ids(world)).toHaveLength(100);
    expect(world.codes('warn').length).toBeLessThan(5);
  });
});

describe('a second that is larger than memory', () => {
  /** 7,000 events of one second, days before the ids that are kept. */
  function crowded(): SourceWorld {
    const world = new SourceWorld();
    world.events = Array.from({ length: 7000 }, (_, n) => ({ id: `e${n}`, at: T0 - 5 * DAY }));
    return world;
  }

  test('is journaled in parts, and done at its end', async () => {
    const world = crowded();
    const source = await started(world, { backfill_start_time: T0 - 6 * DAY, requests_per_second: 50 });
    await world.pass(600);
    await source.stop();
    expect(new Set(ids(world)).size).toBe(7000);
    expect(ids(world)).toHaveLength(7000);
    const parts = world.journal.commits.filter(({ entries }) => entries.length > 0);
    expect(parts.length).toBeGreaterThan(1);
    expect(Math.max(...parts.map(({ entries }) => entries.length))).toBeLessThanOrEqual(5000);
    expect(world.journal.checkpoint('organization')?.halfRead).toBeUndefined();
  });

  test('that is interrupted is read again whole, and none of it journaled twice, though a sweep came between', async () => {
    const world = crowded();
    let broken = true;
    world.disturb = ({ from, to, after }) =>
      broken && to - from === 1 && after !== undefined && Number(after.slice(1)) > 6000
        ? world.reply(500, '', { 'retry-after': '3600' })
        : undefined;
    const config = {
      backfill_start_time: T0 - 6 * DAY,
      requests_per_second: 50,
      sweep: 3_600_000,
      overlap: 120_000,
      poll_interval: 300_000,
    };
    const first = await started(world, config);
    await world.pass(26 * 3600);
    await first.stop();
    expect(ids(world).length).toBeGreaterThan(4000);
    const pinned = world.journal.checkpoint('organization')?.halfRead ?? [];
    expect(pinned).toHaveLength(1);
    expect(pinned.filter(({ from, to }) => from <= T0 - 5 * DAY && T0 - 5 * DAY < to)).toEqual(pinned);
    expect(first.status().feeds.organization?.pagesInVain).toBeGreaterThan(40);
    broken = false;
    const second = await started(world, config);
    await world.pass(3600);
    await second.stop();
    expect(new Set(ids(world)).size).toBe(7000);
    expect(ids(world)).toHaveLength(7000);
  });
});
