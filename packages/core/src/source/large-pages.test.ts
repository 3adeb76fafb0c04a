/**
 * Pages that are larger than an answer may be, or that come too slowly: fewer records at once are asked for, live
 * polling goes on, and a record that does not come even alone is gone round, named, and asked for again.
 */
import { describe, expect, test } from 'vitest';
import {
  type FakeEvent,
  type FakeRequest,
  ids,
  recordOf,
  SourceWorld,
  series,
  started,
  T0,
} from './__fixtures__/world.ts';
import { ByteBudget } from './api/byte-budget.ts';
import type { Reply } from './api/client.ts';

const LARGEST = 10_000;
const HOUR = 3600;

type Way = 'too_large' | 'timeout';

/** Bodies above a size do not come; `timeout`: it takes the client two minutes to find out. */
class LimitedWorld extends SourceWorld {
  largestBytes = LARGEST;
  readonly #way: Way;

  constructor(way: Way) {
    super();
    this.#way = way;
    this.disturb = (request, page) => (this.#fits(request, page()) ? undefined : this.#none());
  }

  override latencyOf(request: FakeRequest): number {
    return this.#way === 'timeout' && !this.#fits(request, this.page(request)) ? 120_000 : 100;
  }

  /** The limits of the questions so far that had this second in their window. */
  limitsAt(second: number): readonly number[] {
    const at = this.requests.filter(({ from, to }) => from <= second && second < to);
    return at.map(({ query }) => Number(query.get('limit')));
  }

  #fits(_: FakeRequest, reply: Reply): boolean {
    return reply.kind !== 'response' || reply.body.length <= this.largestBytes;
  }

  #none(): Reply {
    return { kind: 'none', failure: this.#way, hasBegun: true, reason: 'x' };
  }
}

function sized(event: FakeEvent, bytes: number): FakeEvent {
  return { ...event, raw: recordOf(event).replace(/}$/, `,"text":"${'x'.repeat(bytes)}"}`) };
}

const ways: readonly Way[] = ['too_large', 'timeout'];

describe.each(ways)('where a page is %s', (way) => {
  test('at the very first question it is a fault, said in words', async () => {
    const world = new LimitedWorld(way);
    world.largestBytes = 0;
    world.events = series(10, T0, 60);
    const source = await started(world);
    await world.pass(10 * 60);
    expect(source.status().feeds.organization).toMatchObject({ health: 'retrying', problem: 'x' });
    expect(world.codes('warn')).toContain('SOURCE_RETRYING');
    world.largestBytes = LARGEST;
    await world.pass(10 * 60);
    await source.stop();
    expect(ids(world).toSorted()).toEqual(world.events.map(({ id }) => id).toSorted());
  });

  test('it is asked for with a smaller limit, and with the whole one again after that', async () => {
    const world = new LimitedWorld(way);
    // Six of these are an answer that is too large.
    world.events = series(600, T0 - 7200, 12).map((event, n) => (n >= 200 && n < 400 ? sized(event, 2_000) : event));
    const source = await started(world, { backfill_start_time: T0 - 7200 });
    await world.pass(4 * HOUR);
    const { problem, conditions, backfillSeconds } = source.status().feeds.organization ?? {};
    await source.stop();
    expect(ids(world).toSorted()).toEqual(world.events.map(({ id }) => id).toSorted());
    expect({ problem, backfillSeconds }).toEqual({ problem: undefined, backfillSeconds: 0 });
    expect(conditions?.[way === 'too_large' ? 'pages_too_large' : 'pages_too_slow']).toBeGreaterThan(0);
    const limits = world.requests.map(({ query }) => Number(query.get('limit')));
    expect(new Set(limits.slice(1))).toContain(3);
    expect(limits.at(-1)).toBe(100);
    expect(world.codes()).not.toContain('SOURCE_RETRYING');
  });

  test('a record that does not come even alone is gone round, named, and asked for ever more seldom', async () => {
    const world = new LimitedWorld(way);
    const events = series(300, T0 - 7200, 20);
    const [first, second] = [events[150], events[200]];
    if (first === undefined || second === undefined) throw new Error('there are 300');
    world.events = events.map((event) => (event === first || event === second ? sized(event, 2 * LARGEST) : event));
    const others = world.events.filter(({ raw }) => raw === undefined).map(({ id }) => id);
    const source = await started(world, { backfill_start_time: T0 - 7200 });
    await world.pass(3 * HOUR);
    expect(ids(world).toSorted()).toEqual(others.toSorted());
    const code = way === 'too_large' ? 'record_too_large' : 'record_too_slow';
    const { problem, backfillSeconds, completeTo } = source.status().feeds.organization ?? {};
    expect({ backfillSeconds, completeTo }).toEqual({ backfillSeconds: 2, completeTo: first.at });
    expect(problem).toContain('stays unread and is asked for again');
    expect(source.status().failures[code]).toBeGreaterThanOrEqual(2);
    const asked = world.limitsAt(first.at).length;
    await world.pass(4 * HOUR);
    // Every half hour by now: by backfill, and by no pass.
    expect(world.limitsAt(first.at).length - asked).toBeLessThan(12);
    world.largestBytes = 10 * LARGEST;
    await world.pass(HOUR);
    await source.stop();
    expect(ids(world).toSorted()).toEqual(world.events.map(({ id }) => id).toSorted());
    expect(source.status().feeds.organization).toMatchObject({ backfillSeconds: 0 });
    expect(source.status().feeds.organization?.problem).toBeUndefined();
  });

  test('live polling goes on beside it', async () => {
    const world = new LimitedWorld(way);
    const source = await started(world);
    const regular = series(120, T0 + 60, 30);
    world.events = [...regular, sized({ id: 'large', at: T0 + 600 }, 2 * LARGEST)];
    // One poll finds out, for as long as that takes; what it had in its window comes by backfill.
    const later = regular.filter(({ at }) => at > T0 + 800);
    let latestSeconds = 0;
    for (let second = 0; second < HOUR; second += 10) {
      await world.pass(10);
      const known = new Set(ids(world));
      const missing = later.filter(({ id, at }) => at <= world.serverSeconds && !known.has(id));
      latestSeconds = Math.max(latestSeconds, ...missing.map(({ at }) => world.serverSeconds - at));
    }
    await world.pass(HOUR);
    await source.stop();
    expect(ids(world).toSorted()).toEqual(regular.map(({ id }) => id).toSorted());
    expect(later.length).toBeGreaterThan(50);
    expect(latestSeconds).toBeLessThan(45);
  });
});

test('what a single second holds before a record that does not come is journaled', async () => {
  const world = new LimitedWorld('too_large');
  const at = T0 - 600;
  world.events = [{ id: 'a', at }, { id: 'b', at }, sized({ id: 'large', at }, 2 * LARGEST), { id: 'behind', at }];
  const source = await started(world, { backfill_start_time: T0 - HOUR });
  await world.pass(600);
  expect(ids(world).toSorted()).toEqual(['a', 'b']);
  world.largestBytes = 10 * LARGEST;
  await world.pass(2 * HOUR);
  await source.stop();
  expect(ids(world).toSorted()).toEqual(['a', 'b', 'behind', 'large']);
});

test('where nothing comes at all, each loop waits before it asks again', async () => {
  const world = new LimitedWorld('timeout');
  world.events = series(300, T0 - HOUR, 10);
  const source = await started(world, { backfill_start_time: T0 - HOUR });
  await world.pass(60);
  world.largestBytes = 0;
  await world.pass(4 * HOUR);
  world.largestBytes = LARGEST;
  await world.pass(3 * HOUR);
  await source.stop();
  expect(ids(world).toSorted()).toEqual(world.events.map(({ id }) => id).toSorted());
  expect(source.status().feeds.organization).toMatchObject({ backfillSeconds: 0 });
});

describe('where memory is scarce', () => {
  test('pages over their share are asked for smaller, at once and by live polling too, and the size is remembered', async () => {
    const world = new SourceWorld();
    // A page may have 10 kB.
    world.budget = new ByteBudget(80_000);
    world.events = series(900, T0 - 7200, 10).map((event, n) => (n < 600 ? sized(event, 2_000) : event));
    const source = await started(world, { backfill_start_time: T0 - 7200 });
    await world.pass(HOUR);
    const { problem, conditions, backfillSeconds } = source.status().feeds.organization ?? {};
    const { failures } = source.status();
    await source.stop();
    expect(ids(world).toSorted()).toEqual(world.events.map(({ id }) => id).toSorted());
    expect({ problem, backfillSeconds, conditions }).toEqual({
      problem: undefined,
      backfillSeconds: 0,
      conditions: {},
    });
    expect(failures['page_over_share']).toBeGreaterThan(0);
    expect(failures['page_over_share']).toBeLessThan(20);
    expect(world.budget.usedBytes).toBe(0);
  });

  test('a record larger than all of it comes alone', async () => {
    const world = new SourceWorld();
    world.budget = new ByteBudget(80_000);
    world.events = series(50, T0 - 600, 10).map((event, n) => (n % 20 === 7 ? sized(event, 100_000) : event));
    const source = await started(world, { backfill_start_time: T0 - 600 });
    await world.pass(HOUR);
    await source.stop();
    expect(ids(world).toSorted()).toEqual(world.events.map(({ id }) => id).toSorted());
    expect(world.budget.usedBytes).toBe(0);
  });

  test('a tenant’s record larger than all of it does not keep back the question whether tenant_only is heeded', async () => {
    const world = new SourceWorld();
    world.budget = new ByteBudget(80_000);
    // Of a type that is no tenant's, so that the organization's list is looked at while the record is held.
    world.events = series(90, T0 - 600, 10).map((event, n) => ({
      ...(n % 20 === 7 ? sized(event, 100_000) : event),
      feed: 'tenant' as const,
    }));
    const source = await started(world, { feeds: ['tenant'], backfill_start_time: T0 - 600 });
    await world.pass(HOUR);
    await source.stop();
    expect(ids(world).toSorted()).toEqual(world.events.map(({ id }) => id).toSorted());
    expect(world.budget.usedBytes).toBe(0);
  });

  test('a page over its share on a quiet feed is no record that is too large', async () => {
    const world = new SourceWorld();
    // A page may have 10 kB.
    world.budget = new ByteBudget(80_000);
    world.events = series(20, T0 + 1_000, 0).map((event) => sized(event, 3_000));
    const source = await started(world);
    await world.pass(HOUR);
    await source.stop();
    const { failures } = source.status();
    const outcomes = world.log.filter(({ code }) => code === 'WINDOW_WALKED').map(({ fields }) => fields['outcome']);
    expect(ids(world).toSorted()).toEqual(world.events.map(({ id }) => id).toSorted());
    expect(failures['page_over_share']).toBeGreaterThan(0);
    expect(failures['record_too_large']).toBeUndefined();
    expect(new Set(outcomes)).toEqual(new Set(['drained']));
  });

  test('what waits for room in the journal holds memory, and lets it go', async () => {
    const world = new SourceWorld();
    world.budget = new ByteBudget(80_000);
    world.events = series(2_000, T0 - 7200, 3);
    const full = new AbortController();
    const room = new Promise<void>((resolve) => full.signal.addEventListener('abort', () => resolve()));
    world.journal.room = ({ entries }) => (entries.length > 0 ? room : undefined);
    const source = await started(world, { backfill_start_time: T0 - 7200, requests_per_second: 100 });
    await world.pass(HOUR);
    expect(ids(world)).toEqual([]);
    expect(world.budget.usedBytes).toBeGreaterThan(0);
    expect(world.budget.usedBytes).toBeLessThan(80_000);
    full.abort();
    world.journal.room = () => undefined;
    await world.pass(HOUR);
    await source.stop();
    expect(ids(world).toSorted()).toEqual(world.events.map(({ id }) => id).toSorted());
    expect(world.budget.usedBytes).toBe(0);
  });
});

test('the start of a feed is learnt from one record', async () => {
  const world = new LimitedWorld('too_large');
  const source = await started(world);
  await source.stop();
  expect(world.requests[0]?.query.get('limit')).toBe('1');
});
