/** A source in the older dialect, against a server in memory: what it asks, what it journals, and what it refuses. */
import { describe, expect, test } from 'vitest';
import { ids, series, T0 } from '../__fixtures__/world.ts';
import type { SourceConfig } from '../config.ts';
import type { Source } from '../source.ts';
import { LogsWorld } from './__fixtures__/logs-world.ts';

const HOUR = 3600;

/** A world with these events and pages of three. */
function worldOf(events: LogsWorld['events'], pageEvents = 3): LogsWorld {
  const world = new LogsWorld();
  world.pageEvents = pageEvents;
  world.events = [...events];
  return world;
}

/** One life of a source. */
async function life(world: LogsWorld, seconds: number, config: Partial<SourceConfig> = {}): Promise<Source> {
  const source = world.open(config);
  source.start();
  await world.pass(seconds);
  await source.stop();
  return source;
}

const PAST = { backfill_start_time: T0 - 4 * HOUR };
const names = (events: LogsWorld['events']): readonly string[] => events.map(({ id }) => id);
const sorted = (list: readonly string[]): readonly string[] => list.toSorted();

describe('what is journaled', () => {
  test.for([
    { name: 'events as they come', events: series(40, T0 + 10, 7), config: {} },
    { name: 'many events of one second, over several pages', events: series(40, T0 + 10, 0), config: {} },
    { name: 'a past of many pages', events: series(40, T0 - 3 * HOUR, 100), config: PAST },
    { name: 'a past with ties over the borders of pages', events: series(40, T0 - 3 * HOUR, 0.4), config: PAST },
    { name: 'a past in one second', events: series(40, T0 - 3 * HOUR, 0), config: PAST },
    { name: 'a past and what comes', events: series(60, T0 - HOUR, 120), config: PAST },
    { name: 'one event of the past', events: series(1, T0 - HOUR, 0), config: PAST },
  ])('$name: each once, in order of time', async ({ events, config }) => {
    const world = worldOf(events);
    await life(world, 2 * HOUR, config);
    expect(sorted(ids(world))).toEqual(sorted(names(events)));
    for (const { entries } of world.journal.commits) {
      const times = entries.map(({ timeMs }) => timeMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
  });

  test.for([
    { name: 'what happened before the start', event: { id: 'x', at: T0 - 5 * HOUR }, config: PAST, seconds: HOUR },
    { name: 'the past when none is wanted', event: { id: 'x', at: T0 - 10 }, config: {}, seconds: HOUR },
    {
      name: 'what is dated ahead, before its time',
      event: { id: 'x', at: T0 + HOUR, visibleAt: T0 },
      config: {},
      seconds: 1800,
    },
  ])('not $name', async ({ event, config, seconds }) => {
    const world = worldOf([event]);
    await life(world, seconds, config);
    expect(ids(world)).toEqual([]);
  });

  test.for([
    { name: 'dated ahead, when its time comes', event: { id: 'x', at: T0 + HOUR, visibleAt: T0 }, seconds: HOUR + 60 },
    { name: 'visible late, by the overlap', event: { id: 'x', at: T0 + 10, visibleAt: T0 + 900 }, seconds: 1500 },
    {
      name: 'visible very late, by the sweep',
      event: { id: 'x', at: T0 + 10, visibleAt: T0 + 20 * HOUR },
      seconds: 26 * HOUR,
    },
  ])('an event that is $name', async ({ event, seconds }) => {
    const world = worldOf([...series(20, T0 + 5, 60), event]);
    await life(world, seconds);
    expect(ids(world).filter((id) => id === 'x')).toEqual(['x']);
  });

  test('the record as it was sent, under its own type and time', async () => {
    const raw = `{ "id":"x", "event":"chat.completions.create", "created_at":${T0 + 5}, "n":12345678901234567890 }`;
    const world = worldOf([{ id: 'x', at: T0 + 5, raw }]);
    world.listName = 'logs';
    await life(world, 60);
    expect(world.journal.entries).toMatchObject([
      { id: 'x', type: 'chat.completions.create', timeMs: (T0 + 5) * 1000, dialect: 'organization_logs', raw },
    ]);
  });

  test.for([
    { name: 'without', config: {}, holds: false },
    { name: 'with, when it is told to keep them', config: { keep_bodies: true }, holds: true },
  ])('a record $name prompts and responses', async ({ config, holds }) => {
    const raw = `{"id":"x","event":"chat.completions.create","created_at":${T0 + 5},"api_request":{"response":"CANARY"}}`;
    const world = worldOf([{ id: 'x', at: T0 + 5, raw }]);
    world.disturb = (_, page) => (world.nowMs > (T0 + 30) * 1000 ? world.reply(200, `[${raw}`) : page());
    await life(world, 120, config);
    expect(world.journal.entries.map((entry) => entry.raw.includes('CANARY'))).toEqual([holds]);
    expect(world.journal.evidence.length > 0).toBe(holds);
  });

  test('a present that is too large for memory is journaled in parts', async () => {
    const world = worldOf(series(12_000, T0 + 100, 0.0073), 100);
    await life(world, 80);
    await world.pass(200);
    // Before a pass is due, which would read all of it once more.
    await life(world, 15, { requests_per_second: 50 });
    expect(world.journal.entries.length).toBe(12_000);
    expect(Math.max(...world.journal.commits.map(({ entries }) => entries.length))).toBeLessThan(5200);
  });

  test('a second that is too large for memory is journaled in parts', async () => {
    const world = worldOf([...series(12_000, T0 - HOUR, 0), { id: 'later', at: T0 - 600 }], 100);
    await life(world, 20, PAST);
    expect(ids(world).length).toBeGreaterThan(0);
    expect(ids(world).length).toBeLessThan(12_000);
    await life(world, 600, PAST);
    expect(new Set(ids(world)).size).toBe(12_001);
    expect(world.journal.entries.length).toBe(12_001);
    expect(Math.max(...world.journal.commits.map(({ entries }) => entries.length))).toBeLessThan(5200);
  });
});

describe('where reading goes on', () => {
  test('a life that ends in the middle of the past is taken up at its last page', async () => {
    const events = series(90, T0 - 3 * HOUR, 100);
    const world = worldOf(events);
    await life(world, 3, PAST);
    const journaled = ids(world).length;
    expect(journaled).toBeGreaterThan(6);
    expect(journaled).toBeLessThan(60);
    world.requests.length = 0;
    await life(world, HOUR, PAST);
    expect(sorted(ids(world))).toEqual(sorted(names(events)));
    expect(world.ascents).not.toContain(undefined);
    expect(world.ascents.length).toBeLessThan(2 + (90 - journaled) / 3 + 2);
  });

  test('so is one that has skipped what lies before the start', async () => {
    const world = worldOf(series(90, T0 - 10 * HOUR, 60));
    await life(world, 3, { backfill_start_time: T0 - 9 * HOUR });
    expect(ids(world)).toEqual([]);
    world.requests.length = 0;
    await life(world, HOUR, { backfill_start_time: T0 - 9 * HOUR });
    expect(world.ascents).not.toContain(undefined);
    expect(ids(world).length).toBe(30);
  });

  test('a pause is filled from the last event before it, not from the start of the log', async () => {
    const events = series(400, T0 - 100 * HOUR, 1000);
    const ahead = { id: 'ahead', at: T0 + 1000 * HOUR, visibleAt: T0 };
    const world = worldOf([...events, ahead]);
    await life(world, HOUR);
    await world.pass(5 * HOUR);
    world.requests.length = 0;
    await life(world, 100);
    const due = events.filter(({ at }) => at >= T0 && at <= world.serverSeconds);
    expect(ids(world)).toEqual(names(due));
    expect(world.ascents[0]).toBe(ids(world)[3]);
  });

  test('a pause in which nothing happened costs one page', async () => {
    const world = worldOf(series(400, T0 - 100 * HOUR, 900));
    await life(world, HOUR);
    await world.pass(5 * HOUR);
    world.requests.length = 0;
    const source = await life(world, 100);
    expect(world.ascents).toEqual(['e399']);
    expect(source.status().feeds.organization?.conditions).toEqual({});
  });

  test('an event that is refused once is asked for again', async () => {
    const world = worldOf(series(400, T0 - 100 * HOUR, 1000));
    await life(world, HOUR);
    await world.pass(5 * HOUR);
    let refused = 0;
    world.disturb = ({ query }, page) => {
      if (query.get('order') !== 'asc' || refused > 0) return page();
      refused += 1;
      return world.reply(400, '');
    };
    const source = await life(world, 100);
    expect(refused).toBe(1);
    expect(world.ascents).not.toContain(undefined);
    expect(source.status().feeds.organization?.conditions).toEqual({});
  });

  test('events whose ids would be forgotten meanwhile are not journaled twice', async () => {
    const world = worldOf(series(200, T0, 600));
    await life(world, HOUR, { sweep: HOUR * 1000 });
    await world.pass(30 * HOUR);
    // While a page of the gap is on its way, a sweep reads all of it and is complete.
    world.ascentMs = 900_000;
    await life(world, 3 * HOUR, { sweep: HOUR * 1000 });
    expect(world.journal.checkpoint('organization')?.passes.sweep).toBeGreaterThan(T0 + 30 * HOUR);
    expect(world.ascents.length).toBeGreaterThan(1);
    expect(ids(world).length).toBe(new Set(ids(world)).size);
  });

  test.for([{ unknown: 'refused' }, { unknown: 'empty' }] as const)(
    'an event that has left the log ($unknown): reading begins again from its start',
    async ({ unknown }) => {
      const world = worldOf([...series(30, T0 - 10 * HOUR, 1000), { id: 'last', at: T0 + 100 }]);
      world.unknownCursor = unknown;
      await life(world, HOUR);
      world.events = [
        ...world.events.filter(({ id }) => id !== 'last'),
        ...series(20, T0 + 2 * HOUR, 300).map((event) => ({ ...event, id: `late ${event.id}` })),
      ];
      await world.pass(9 * HOUR);
      const source = await life(world, 100);
      expect(world.ascents).toContain('last');
      expect(world.ascents).toContain(undefined);
      expect(ids(world).length).toBe(21);
      expect(source.status().feeds.organization?.conditions).toEqual({ place_lost: 1 });
      expect(world.codes()).not.toContain('SOURCE_RETRYING');
    },
  );
});

describe('a server that does not do as asked', () => {
  test.for([
    { name: 'lists the oldest first', order: 'asc', config: {} },
    { name: 'lists the newest first', order: 'desc', config: PAST },
  ] as const)(
    '$name whatever is asked: refused, and nothing of the past is taken as read',
    async ({ order, config }) => {
      const world = worldOf(series(20, T0 - 2 * HOUR, 300));
      world.fixedOrder = order;
      const source = world.open(config);
      source.start();
      await world.pass(HOUR);
      expect(world.codes('warn')).toEqual(['ORDER_IGNORED']);
      expect(source.status().feeds.organization).toMatchObject({
        health: 'retrying',
        problem: expect.stringMatching(/`order`/),
      });
      expect(world.journal.checkpoint('organization')?.done.every(({ from }) => from >= T0 - 1800)).toBe(true);
      // Neither a storm nor silence.
      expect(world.requests.length).toBeLessThan(800);
      world.fixedOrder = undefined;
      await world.pass(HOUR);
      expect(ids(world).length).toBe(order === 'desc' ? 20 : 0);
      await source.stop();
    },
  );

  test.for([{ order: 'asc' }, { order: 'desc' }] as const)(
    'a first page of one second says nothing about the order ($order)',
    async ({ order }) => {
      const tied = series(5, T0 + (order === 'asc' ? -3 * HOUR : 10), 0);
      const rest = series(5, T0 + (order === 'asc' ? 20 : -2 * HOUR), 5).map((event) => ({
        ...event,
        id: `rest ${event.id}`,
      }));
      const world = worldOf([...tied, ...rest]);
      world.fixedOrder = order;
      await life(world, 60, order === 'desc' ? PAST : {});
      if (order === 'asc') expect(world.journal.checkpoint('organization')?.done).toEqual([]);
      world.fixedOrder = undefined;
      await life(world, HOUR, order === 'desc' ? PAST : {});
      expect(sorted(ids(world))).toEqual(sorted(names(order === 'desc' ? world.events : rest)));
    },
  );

  test.for([
    { name: 'repeats a page', code: 'CURSOR_LOOP', after: undefined, change: {} },
    {
      name: 'promises more and gives nothing',
      code: 'HAS_MORE_EMPTY',
      after: 'e2',
      change: { data: [], has_more: true },
    },
    { name: 'ends its list too early', code: 'LIST_CUT_SHORT', after: 'e2', change: { has_more: false } },
    { name: 'names no cursor and no id', code: 'CURSOR_MISSING', after: 'e2', change: { data: [{}], after: null } },
  ])('$name: said, and read again from the last event that is sure', async ({ code, after, change }) => {
    const events = series(30, T0 - 3 * HOUR, 200);
    const world = worldOf(events);
    world.disturb = (request) =>
      request.after === 'e2' && request.query.get('order') === 'asc'
        ? world.page({ ...request, after }, change)
        : undefined;
    await life(world, 300, PAST);
    expect(world.codes()).toEqual([code, 'SOURCE_RECOVERED']);
    expect(sorted(ids(world))).toEqual(sorted(names(events)));
  });

  test('a cursor of a poll that is forgotten without a word is no end of the log', async () => {
    const world = worldOf(series(30, T0 + 5, 0.1));
    world.unknownCursor = 'empty';
    world.disturb = (request, page) =>
      request.after === undefined ? page() : world.page({ ...request, after: 'gone' });
    const source = world.open();
    source.start();
    await world.pass(300);
    expect(world.codes('warn')).toEqual(['LIST_CUT_SHORT']);
    world.disturb = () => undefined;
    await world.pass(100);
    expect(ids(world).length).toBe(30);
    await source.stop();
  });

  test('a server that ignores the cursor, too, gives nothing to go by', async () => {
    const world = worldOf(series(20, T0 + 10, 30));
    const overlap = { overlap: 120_000 };
    await life(world, 605, overlap);
    // So long that there is a gap, and not so long that a pass is due, which would read it the other way.
    await world.pass(285);
    const missed = series(5, T0 + 650, 10).map((event) => ({ ...event, id: `missed ${event.id}` }));
    const tied = series(5, T0 + 880, 0).map((event) => ({ ...event, id: `tied ${event.id}` }));
    world.events = [...world.events, ...missed, ...tied];
    world.fixedOrder = 'desc';
    world.disturb = (request) =>
      request.query.get('order') === 'asc' ? world.page({ ...request, after: undefined }) : undefined;
    await life(world, 6, overlap);
    expect(world.codes('warn')).toEqual(['CURSOR_LOOP']);
    const { done = [] } = world.journal.checkpoint('organization') ?? {};
    expect(done.filter(({ from, to }) => from <= T0 + 700 && T0 + 700 < to)).toEqual([]);
  });

  test('a cursor in the past that is refused does not make the event before it unknown', async () => {
    const events = series(200, T0 - 100 * HOUR, 3000);
    const world = worldOf(events);
    await life(world, HOUR);
    await world.pass(20 * HOUR);
    const anchor = events.findIndex(({ id }) => id === ids(world).at(-1));
    world.disturb = ({ after }, page) => (after === events[anchor + 3]?.id ? world.reply(400, '') : page());
    const source = await life(world, 100);
    expect(world.codes()).toEqual(['CURSOR_REFUSED', 'SOURCE_RECOVERED']);
    expect(source.status().feeds.organization?.conditions).toEqual({});
    expect(ids(world)).toEqual(names(events.filter(({ at }) => at >= T0 && at <= world.serverSeconds)));
  });

  test('a cursor that was just given and is refused is a readFailure and no fault', async () => {
    const world = worldOf(series(30, T0 + 5, 0.1));
    world.disturb = (request, page) => (request.after === undefined ? page() : world.reply(404, ''));
    const source = world.open();
    source.start();
    await world.pass(300);
    expect(world.codes('warn')).toEqual(['CURSOR_REFUSED']);
    expect(source.status().failures).toMatchObject({ http_404: expect.any(Number) });
    world.disturb = () => undefined;
    await world.pass(100);
    expect(ids(world).length).toBe(30);
    await source.stop();
  });

  test('an exact page before an empty one ends the log', async () => {
    const world = worldOf(series(6, T0 + 5, 1));
    world.disturb = (request, page) => (request.after === 'e3' ? world.page(request, { has_more: true }) : page());
    await life(world, 60);
    expect(ids(world).length).toBe(6);
    expect(world.codes('warn')).toEqual([]);
  });
});
