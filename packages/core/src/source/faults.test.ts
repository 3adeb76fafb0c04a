/** A running source against an API that misbehaves. */
import { describe, expect, test } from 'vitest';
import { RelayError } from '../errors.ts';
import { ids, SourceWorld, series, started, T0 } from './__fixtures__/world.ts';

const HOUR = 3600;
const DAY = 86_400;

describe('faults', () => {
  test('a refusal is tried again after 1 and 2 s, the third in a row pauses, then once a minute; one good answer ends it', async () => {
    const world = new SourceWorld();
    world.disturb = () => world.reply(401, '{"error":{"message":"Missing scopes: api.audit_logs.read"}}');
    const source = await started(world);
    await world.pass(200);
    const times = world.requests.map(({ atMs }) => atMs / 1000 - T0);
    expect(times.slice(0, 6)).toEqual([0, 1, 3, 7, 67, 127]);
    expect(source.status().feeds.organization).toMatchObject({ health: 'paused' });
    expect(source.status().feeds.organization?.problem).toContain('api.audit_logs.read');
    expect(world.codes()).toEqual(['SOURCE_RETRYING', 'SOURCE_REFUSED']);
    expect(world.refused).toBe(world.requests.length);
    world.disturb = () => undefined;
    await world.pass(90);
    expect(source.status().feeds.organization?.health).toBe('quiet');
    expect(world.codes().at(-1)).toBe('SOURCE_RECOVERED');
    await source.stop();
  });

  test('two false 401s pause nothing', async () => {
    const world = new SourceWorld();
    world.disturb = () => (world.requests.length <= 2 ? world.reply(401, '') : undefined);
    const source = await started(world);
    expect(world.codes()).toEqual(['SOURCE_RETRYING', 'SOURCE_RECOVERED']);
    expect(source.status().feeds.organization?.health).toBe('quiet');
    await source.stop();
  });

  test.for([400, 401, 403])(
    'a tenant feed that answers %i rests, and the organization feed goes on',
    async (status) => {
      const world = new SourceWorld();
      world.disturb = ({ feed }) => (feed === 'tenant' ? world.reply(status, '{"error":"no"}') : undefined);
      world.events = [{ id: 'e', at: T0 + 10 }];
      const source = await started(world, { feeds: ['organization', 'tenant'] });
      await world.pass(2 * HOUR);
      expect(ids(world)).toEqual(['e']);
      expect(source.status().feeds).toMatchObject({ organization: { health: 'quiet' }, tenant: { health: 'paused' } });
      expect(source.status().feeds.tenant?.problem).toMatch(/every 15 minutes.*`feeds: \[organization\]`/);
      expect(world.requests.filter(({ feed }) => feed === 'tenant').length).toBeLessThan(14);
      expect(world.codes('warn')).toEqual(['SOURCE_RETRYING', 'FEED_RESTING']);
      await source.stop();
    },
  );

  test.for([
    { name: 'Retry-After in seconds', headers: { 'retry-after': '40' }, waitS: 40 },
    { name: 'Retry-After as a date', headers: { 'retry-after': new Date((T0 + 45) * 1000).toUTCString() }, waitS: 45 },
    {
      name: 'retry-after-ms before Retry-After',
      headers: { 'retry-after-ms': '2500', 'retry-after': '9' },
      waitS: 2.5,
    },
    { name: 'an hour at most', headers: { 'retry-after': '999999' }, waitS: 3600 },
    { name: 'x-should-retry: false as a minute', headers: { 'x-should-retry': 'false' }, waitS: 60 },
    { name: 'a useless Retry-After as backoff', headers: { 'retry-after': '0' }, waitS: 0.5 },
  ])('429 obeys $name', async ({ headers, waitS }) => {
    const world = new SourceWorld();
    world.disturb = () => (world.requests.length === 1 ? world.reply(429, '', headers) : undefined);
    const source = await started(world);
    await world.pass(3700);
    expect((world.requests[1]?.atMs ?? 0) / 1000 - T0).toBe(waitS);
    expect(source.status().failures).toEqual({ http_429: 1 });
    await source.stop();
  });

  test('a wait that a 429 asks for is kept by both feeds, which share a key, and said with its end', async () => {
    const world = new SourceWorld();
    const source = await started(world, { feeds: ['organization', 'tenant'] });
    await world.pass(60);
    let refusedMs = 0;
    world.disturb = () => {
      if (refusedMs > 0) return undefined;
      refusedMs = world.nowMs;
      return world.reply(429, '', { 'retry-after': '120' });
    };
    await world.pass(100);
    expect(world.requests.map(({ atMs }) => atMs - refusedMs).filter((ms) => ms > 0)).toEqual([]);
    const until = new Date(refusedMs + 120_000).toISOString();
    const problems = Object.values(source.status().feeds).map(({ problem }) => problem ?? '');
    expect(problems.join(' ')).toContain(until);
    await world.pass(60);
    expect(new Set(world.requests.filter(({ atMs }) => atMs > refusedMs).map(({ feed }) => feed)).size).toBe(2);
    await source.stop();
  });

  test('what waits for its turn when a 429 comes is not sent before the wait is over', async () => {
    const world = new SourceWorld();
    world.latencyMs = 2_000;
    world.events = series(40_000, T0 - 30 * DAY, 60);
    const asked = { backfill_start_time: T0 - 30 * DAY, requests_per_second: 5 };
    const source = await started(world, asked);
    await world.pass(60);
    let refusedMs = 0;
    world.disturb = () => {
      if (refusedMs > 0) return undefined;
      refusedMs = world.nowMs;
      return world.reply(429, '', { 'retry-after': '40' });
    };
    await world.pass(60);
    const after = world.requests.map(({ atMs }) => atMs - refusedMs).filter((ms) => ms > 0);
    expect(after.filter((ms) => ms < 40_000)).toEqual([]);
    expect(after.length).toBeGreaterThan(10);
    await source.stop();
  });

  test('of two waits that are asked for together the longer one is kept', async () => {
    const world = new SourceWorld();
    world.latencyMs = 500;
    world.events = series(40_000, T0 - 30 * DAY, 60);
    const source = await started(world, { backfill_start_time: T0 - 30 * DAY, requests_per_second: 20 });
    await world.pass(5);
    let refusedMs = 0;
    world.disturb = () => {
      // All that are under way get another wait.
      if (refusedMs > 0 && world.nowMs > refusedMs + 600) return undefined;
      const first = refusedMs === 0;
      if (first) refusedMs = world.nowMs;
      return world.reply(429, '', { 'retry-after': first ? '1' : '30' });
    };
    await world.pass(60);
    const after = world.requests.map(({ atMs }) => atMs - refusedMs).filter((ms) => ms > 0);
    expect(after.filter((ms) => ms < 30_000)).toEqual([]);
    await source.stop();
  });

  test('an answer that is minutes in coming does not hold up the questions after a fault', async () => {
    const world = new SourceWorld();
    world.events = series(2_000, T0 - 2 * DAY, 80);
    let isSlow = true;
    world.latencyOf = () => {
      if (!isSlow || world.requests.length < 10) return 0;
      isSlow = false;
      return 110_000;
    };
    const source = await started(world, { backfill_start_time: T0 - 2 * DAY });
    expect(isSlow).toBe(false);
    world.disturb = () => {
      world.disturb = () => undefined;
      return world.reply(500, '');
    };
    const before = world.requests.length;
    await world.pass(60);
    expect(world.requests.length).toBeGreaterThan(before + 2);
    await source.stop();
  });

  test('an outage backs off with full jitter up to a minute, and is said once', async () => {
    const world = new SourceWorld();
    world.random = () => 0.999_999;
    world.disturb = () => ({ kind: 'none', failure: 'unreachable', reason: 'ECONNREFUSED' });
    const source = await started(world);
    await world.pass(400);
    const times = world.requests.map(({ atMs }) => Math.round(atMs / 1000 - T0));
    expect(times.slice(0, 9)).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183]);
    expect(world.codes()).toEqual(['SOURCE_RETRYING']);
    expect(source.status().feeds.organization).toMatchObject({ health: 'retrying' });
    await source.stop();
  });

  test.for([
    { name: 'the same page again', change: { has_more: true, last_id: 'x' }, code: 'CURSOR_LOOP' },
    { name: 'an empty page with more to come', change: { data: [], has_more: true }, code: 'HAS_MORE_EMPTY' },
    {
      name: 'a page with more to come and no id',
      change: { data: [1], has_more: true, last_id: null },
      code: 'CURSOR_MISSING',
    },
    { name: 'a page that is no page', change: { data: 'none' }, code: 'UNREADABLE_PAGE' },
    { name: 'a page without has_more', change: { has_more: undefined }, code: 'UNREADABLE_PAGE' },
  ])(
    '$name is said once as $code, commits nothing, does not spin, and is over when it is over',
    async ({ change, code }) => {
      const world = new SourceWorld();
      world.events = [{ id: 'e', at: T0 + 100 }];
      const source = await started(world);
      world.disturb = (request) =>
        request.from <= T0 + 100 && request.to > T0 + 100
          ? world.page({ ...request, after: undefined }, change)
          : undefined;
      await world.pass(600);
      expect(ids(world)).toEqual([]);
      expect(world.codes('warn').filter((said) => said === code)).toHaveLength(1);
      expect(source.status().feeds.organization).toMatchObject({ health: 'retrying' });
      expect(world.requests.length).toBeLessThan(700);
      world.disturb = () => undefined;
      await world.pass(200);
      expect(ids(world)).toEqual(['e']);
      expect(source.status().feeds.organization?.health).not.toBe('retrying');
      await source.stop();
    },
  );

  test('events outside of the window are counted, and taken unless they are before the start or their ids are gone', async () => {
    const world = new SourceWorld();
    const source = await started(world, { backfill_start_time: T0 - HOUR });
    await world.pass(60);
    world.events = [
      { id: 'before', at: T0 - 2 * HOUR },
      { id: 'held', at: T0 - 1800 },
    ];
    world.disturb = (request) => world.page({ ...request, from: 0 });
    await world.pass(60);
    expect(ids(world)).toEqual(['held']);
    expect(world.codes('warn')).toEqual(['EVENTS_OUTSIDE_WINDOW']);
    world.disturb = () => undefined;
    await world.pass(3 * DAY);
    world.events.push({ id: 'forgotten', at: T0 - 1799 });
    world.disturb = (request) => world.page({ ...request, from: 0 });
    await world.pass(60);
    expect(ids(world)).toEqual(['held']);
    expect(source.status().feeds.organization?.outsideWindow).toBeGreaterThan(4);
    await source.stop();
  });

  test('a past of which the API cannot give a second page is read in windows of one page', async () => {
    const world = new SourceWorld();
    world.events = series(1100, T0 - 4 * DAY, 300);
    world.disturb = (request) =>
      request.after !== undefined && request.from < T0 - 3 * DAY
        ? world.page(request, { data: [], has_more: true })
        : undefined;
    const source = await started(world, { backfill_start_time: T0 - 4 * DAY });
    await world.pass(600);
    expect(new Set(ids(world)).size).toBe(1100);
    expect(source.status().feeds.organization?.backfillSeconds).toBe(0);
    await source.stop();
  });

  test('a second that cannot be read holds up nothing but itself', async () => {
    const world = new SourceWorld();
    const at = T0 - 3 * DAY;
    world.events = [...series(200, T0 - 4 * DAY, 1000), { id: 'held', at }];
    world.disturb = (request) =>
      request.from <= at && request.to > at ? world.page(request, { data: [], has_more: true }) : undefined;
    const source = await started(world, { backfill_start_time: T0 - 4 * DAY });
    await world.pass(HOUR);
    expect(ids(world)).toHaveLength(200);
    expect(source.status().feeds.organization).toMatchObject({ health: 'retrying', backfillSeconds: 1 });
    expect(world.requests.length).toBeLessThan(800);
    world.disturb = () => undefined;
    await world.pass(60);
    expect(ids(world)).toContain('held');
    await source.stop();
  });

  test('a second that cannot be read any more holds up no pass: late events behind it are found, and its own when it can be', async () => {
    const world = new SourceWorld();
    const bad = T0 + 1000;
    world.events = [
      { id: 'before', at: bad },
      { id: 'late in it', at: bad, visibleAt: bad + 1200 },
      { id: 'late behind it', at: bad + 100, visibleAt: bad + 1200 },
      { id: 'late behind it, later', at: bad + 5000, visibleAt: bad + 6000 },
    ];
    const source = await started(world);
    await world.pass(1500);
    world.disturb = (request) =>
      request.from <= bad && request.to > bad ? world.page(request, { data: [], has_more: true }) : undefined;
    await world.pass(3 * DAY);
    expect(ids(world)).toEqual(['before', 'late behind it', 'late behind it, later']);
    expect(source.status().feeds.organization).toMatchObject({ health: 'retrying', backfillSeconds: 1 });
    world.disturb = () => undefined;
    await world.pass(HOUR);
    expect(ids(world).toSorted()).toEqual(['before', 'late behind it', 'late behind it, later', 'late in it']);
    expect(source.status().feeds.organization).toMatchObject({ backfillSeconds: 0 });
    expect(world.journal.checkpoint('organization')?.halfRead).toBeUndefined();
    await source.stop();
  });

  test('an event outside of the window that lies in a gap is left to its own window, whose ids may be forgotten by then', async () => {
    const world = new SourceWorld();
    world.events = [{ id: 'stray', at: T0 - 1.5 * HOUR }];
    let shown = false;
    // Backfill gets nowhere, and one poll shows what backfill has not reached.
    world.disturb = (request) => {
      if (request.from < T0 - HOUR) return world.page(request, { data: [], has_more: true });
      if (shown || world.nowMs < (T0 + HOUR) * 1000) return undefined;
      shown = true;
      return world.page({ ...request, from: 0 });
    };
    const source = await started(world, {
      backfill_start_time: T0 - 2 * HOUR,
      poll_interval: 60_000,
      sweep: HOUR * 1000,
    });
    await world.pass(2 * DAY);
    expect(source.status().feeds.organization?.outsideWindow).toBe(1);
    world.disturb = () => undefined;
    await world.pass(HOUR);
    expect(ids(world)).toEqual(['stray']);
    await source.stop();
  });

  test('an event outside of the window whose commit waits for room is not taken again once its ids would be forgotten', async () => {
    const world = new SourceWorld();
    world.events = [{ id: 'stray', at: T0 - 60, visibleAt: T0 + DAY - 60 }];
    const source = await started(world, { backfill_start_time: T0 - HOUR });
    await world.pass(DAY - 60);
    let release = (): void => undefined;
    const room = new Promise<void>((resolve) => {
      release = resolve;
    });
    let waiting = 0;
    world.journal.room = ({ entries }) => {
      if (entries.length === 0 || waiting > 0) return undefined;
      waiting += 1;
      return room;
    };
    world.disturb = (request) => (waiting === 0 ? world.page({ ...request, from: 0 }) : undefined);
    await world.pass(HOUR);
    expect(waiting).toBe(1);
    release();
    await world.pass(HOUR);
    expect(ids(world)).toEqual(['stray']);
    await source.stop();
  });

  test('a server that forgets the window after the first page is read in windows of one page', async () => {
    const world = new SourceWorld();
    world.events = [
      ...series(900, T0 - 5 * DAY, 10),
      ...series(400, T0 - 2000, 5).map((event) => ({ ...event, id: `n${event.id}` })),
    ];
    world.disturb = (request) => (request.after === undefined ? undefined : world.page({ ...request, from: 0 }));
    const source = await started(world, { backfill_start_time: T0 - HOUR, requests_per_second: 100 });
    await world.pass(300);
    expect(new Set(ids(world)).size).toBe(400);
    expect(source.status().feeds.organization).toMatchObject({ backfillSeconds: 0 });
    await source.stop();
  });

  test('a server that ignores the window altogether is named', async () => {
    const world = new SourceWorld();
    world.events = series(1000, T0 - 5 * DAY, 10);
    world.disturb = (request) => world.page({ ...request, from: 0 });
    const source = await started(world);
    await world.pass(60);
    expect(world.codes('warn')).toEqual(['WINDOW_IGNORED']);
    expect(world.requests.length).toBeLessThan(300);
    await source.stop();
  });

  test('a commit that fails is tried again, and nothing is lost', async () => {
    const world = new SourceWorld();
    world.events = [{ id: 'e', at: T0 + 10 }];
    const source = await started(world);
    world.journal.fail = new RelayError('JOURNAL_LOST', 'another process has the journal');
    await world.pass(31);
    expect(world.codes('warn')).toEqual(['JOURNAL_COMMIT_FAILED']);
    await world.pass(30);
    expect(ids(world)).toEqual(['e']);
    await source.stop();
  });

  test('a commit that is refused because another process has the source ends the poll, and is nothing that somebody has to look at', async () => {
    const world = new SourceWorld();
    world.events = [{ id: 'e', at: T0 + 10 }];
    const source = await started(world);
    world.journal.fail = new RelayError('JOURNAL_REASSIGNED', 'the work is given out anew');
    await world.pass(31);
    const asked = world.requests.length;
    await world.pass(60);
    expect([world.codes('warn'), world.codes('error'), ids(world)]).toEqual([[], [], []]);
    expect(world.requests.filter(({ feed }) => feed === 'organization').length).toBeGreaterThan(0);
    expect(world.requests.length).toBe(asked);
    await source.stop();
  });
});
