/** The source as a whole, against an API and a journal in memory. */
import { describe, expect, test } from 'vitest';
import { RelayError } from '../errors.ts';
import { configOf, type FakeEvent, T0, World } from './__fixtures__/world.ts';
import type { SourceConfig } from './config.ts';
import type { Source } from './source.ts';

const HOUR = 3600;
const DAY = 86_400;

async function started(world: World, config: Partial<SourceConfig> = {}): Promise<Source> {
  const source = world.open(config);
  source.start();
  await world.pass(5);
  return source;
}

function ids(world: World): readonly string[] {
  return world.journal.entries.map(({ id }) => id);
}

/** `count` events, one every `step` seconds from `from` on. */
function series(count: number, from: number, step: number): FakeEvent[] {
  return Array.from({ length: count }, (_, n) => ({ id: `e${n}`, at: from + Math.floor(n * step) }));
}

describe('the first start', () => {
  test('commits the start, on disk, before the first request', async () => {
    const world = new World();
    let release = (): void => undefined;
    world.journal.room = new Promise((resolve) => {
      release = resolve;
    });
    const source = await started(world);
    expect(world.requests).toHaveLength(0);
    release();
    await world.pass(5);
    expect(world.journal.commits[0]).toMatchObject({ flush: true, entries: [] });
    expect(world.requests.length).toBeGreaterThan(0);
    await source.stop();
  });

  test.for([
    { name: 'a host that is an hour fast', aheadMs: -HOUR * 1000 },
    { name: 'a host that is an hour slow', aheadMs: HOUR * 1000 },
  ])('with $name the start is put into server time, once', async ({ aheadMs }) => {
    const world = new World();
    world.serverAheadMs = aheadMs;
    const start = world.serverSeconds;
    world.events = [
      { id: 'past', at: start - 10 },
      { id: 'later', at: start + 60 },
    ];
    const source = await started(world);
    await world.pass(120);
    expect(world.journal.checkpoint('organization')).toMatchObject({ startSeconds: start, startProvisional: false });
    expect(ids(world)).toEqual(['later']);
    world.serverAheadMs += 500_000;
    await world.pass(60);
    expect(world.journal.checkpoint('organization')?.startSeconds).toBe(start);
    expect(source.status().clockOffsetMs).toBeCloseTo(world.serverAheadMs, -4);
    await source.stop();
  });

  test('an outage between the start and the first answer hides nothing', async () => {
    const world = new World();
    world.events = [{ id: 'during', at: T0 + 300 }];
    world.disturb = () => (world.nowMs < (T0 + HOUR) * 1000 ? world.reply(503, '') : undefined);
    const source = await started(world);
    await world.pass(2 * HOUR);
    expect(ids(world)).toEqual(['during']);
    expect(world.journal.checkpoint('organization')?.startSeconds).toBe(T0 - 1);
    await source.stop();
  });

  test('a configured start is not replaced, moves backward when it is configured earlier, and never forward', async () => {
    const world = new World();
    const starts: (number | undefined)[] = [];
    for (const backfill_start_time of [T0 - HOUR, T0, T0 - 2 * HOUR]) {
      const source = await started(world, { backfill_start_time });
      await world.pass(60);
      starts.push(source.status().feeds.organization?.startSeconds);
      await source.stop();
    }
    expect(starts).toEqual([T0 - HOUR, T0 - HOUR, T0 - 2 * HOUR]);
  });
});

describe('the bands', () => {
  test('a poll reads from two minutes ago, every interval, five minutes past server now', async () => {
    const world = new World();
    const source = await started(world);
    await world.pass(10 * 60 + 10);
    const polls = world.requests.filter(({ to, from }) => to - from === 420);
    expect(polls.length).toBeGreaterThan(10);
    for (const { from, atMs } of polls) expect(Math.abs(from - (atMs / 1000 - 120))).toBeLessThan(2);
    await source.stop();
  });

  test('done moves to the Date of the first answer less a second, not to the end of the window', async () => {
    const world = new World();
    const source = await started(world);
    await world.pass(60);
    const atMs = world.requests.at(-1)?.atMs ?? 0;
    expect(source.status().feeds.organization?.completeTo).toBe(Math.floor(atMs / 1000) - 1);
    await source.stop();
  });

  test.for([
    { name: 'the near band', lateSeconds: 100, foundWithin: 31 },
    { name: 'the overlap band', lateSeconds: 1700, foundWithin: 301 },
    { name: 'the sweep', lateSeconds: 23 * HOUR, foundWithin: DAY },
  ])('an event that is $lateSeconds seconds late is found by $name', async ({ lateSeconds, foundWithin }) => {
    const world = new World();
    world.events = [{ id: 'late', at: T0 + 5000, visibleAt: T0 + 5000 + lateSeconds }];
    const source = await started(world, { poll_interval: 30_000 });
    await world.pass(5000 + lateSeconds - 6);
    expect(ids(world)).toEqual([]);
    await world.pass(foundWithin + 10);
    expect(ids(world)).toEqual(['late']);
    await source.stop();
  });

  test('a pass counts from the start of the last complete one, however long the pause was', async () => {
    const world = new World();
    const first = await started(world);
    await world.pass(20 * 60);
    const last = world.journal.checkpoint('organization')?.passes.overlap ?? 0;
    await first.stop();
    // It was not visible when its time was polled, and the pause is longer than the overlap.
    world.events = [{ id: 'late', at: T0 + 600, visibleAt: T0 + 1500 }];
    await world.pass(3 * HOUR);
    const from = world.requests.length;
    const second = await started(world);
    await world.pass(60);
    expect(Math.min(...world.requests.slice(from).map((request) => request.from))).toBe(Math.max(T0, last - 1800));
    expect(ids(world)).toEqual(['late']);
    await second.stop();
  });

  test('the wide bands take a fifth of the requests at most, and the live polls come on time', async () => {
    const world = new World();
    world.events = series(20_000, T0, 0.5);
    const source = await started(world, { requests_per_second: 1 });
    await world.pass(9000);
    const from = world.requests.length;
    await world.pass(1000);
    const taken = world.requests.slice(from);
    const isLive = ({ from: start, atMs }: { from: number; atMs: number }): boolean => start > atMs / 1000 - 140;
    expect(taken.filter((request) => !isLive(request)).length).toBeLessThanOrEqual(201);
    expect(taken.filter((request) => isLive(request) && request.after === undefined).length).toBeGreaterThan(28);
    await source.stop();
  });

  test('a sweep that is complete says from when ids are needed, in its own commit', async () => {
    const world = new World();
    const source = await started(world);
    await world.pass(DAY - 100);
    expect(world.journal.checkpoint('organization')?.idsNeededFrom).toBeUndefined();
    await world.pass(300);
    const checkpoint = world.journal.checkpoint('organization');
    expect(checkpoint?.idsNeededFrom).toBe((checkpoint?.passes.sweep ?? 0) - DAY);
    expect(checkpoint?.idsNeededFrom).toBeGreaterThanOrEqual(T0);
    await source.stop();
  });
});

describe('backfill', () => {
  test('reads the past oldest first while live polling goes on, and each event once', async () => {
    const world = new World();
    const past = series(3000, T0 - 30 * DAY, 800);
    world.events = [...past, { id: 'now', at: T0 }];
    const source = await started(world, { backfill_start_time: T0 - 30 * DAY, requests_per_second: 1 });
    expect(ids(world)).toContain('now');
    expect(source.status().feeds.organization?.backfillSeconds).toBeGreaterThan(0);
    await world.until(() => source.status().feeds.organization?.backfillSeconds === 0);
    expect(ids(world).filter((id) => id !== 'now')).toEqual(past.map(({ id }) => id));
    await source.stop();
  });

  test('an empty window doubles the next', async () => {
    const world = new World();
    const source = await started(world, { backfill_start_time: T0 - 10 * DAY });
    await world.pass(20);
    const sizes = world.requests.filter(({ to }) => to < T0).map(({ from, to }) => to - from);
    expect(sizes.slice(0, 4)).toEqual([HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR]);
    await source.stop();
  });

  test('a pause longer than the overlap is filled behind live polling', async () => {
    const world = new World();
    const first = await started(world);
    await first.stop();
    world.events = series(200, T0, 60);
    await world.pass(4 * HOUR);
    const second = await started(world);
    await world.pass(60);
    expect(ids(world).toSorted()).toEqual(world.events.map(({ id }) => id).toSorted());
    expect(second.status().feeds.organization).toMatchObject({ backfillSeconds: 0, health: 'quiet' });
    await second.stop();
  });
});

describe('walks', () => {
  test('a window over 50 pages is halved, and no event is lost or doubled', async () => {
    const world = new World();
    world.events = series(12_000, T0 - 3000, 0.2);
    const source = await started(world, { backfill_start_time: T0 - HOUR, requests_per_second: 100 });
    await world.pass(600);
    expect(ids(world)).toHaveLength(12_000);
    expect(new Set(ids(world)).size).toBe(12_000);
    expect(Math.max(...world.journal.commits.map(({ entries }) => entries.length))).toBeLessThanOrEqual(5000);
    await source.stop();
  });

  test('a single second over 50 pages is walked to its end', async () => {
    const world = new World();
    world.events = series(6000, T0 - 100, 0);
    const source = await started(world, { backfill_start_time: T0 - HOUR, requests_per_second: 100 });
    await world.pass(600);
    expect(new Set(ids(world)).size).toBe(6000);
    await source.stop();
  });

  test('a window is journaled in ascending time, ties in reversed arrival', async () => {
    const world = new World();
    world.events = [
      { id: 'c', at: T0 + 2 },
      { id: 'b', at: T0 + 1 },
      { id: 'a', at: T0 + 1 },
    ];
    const source = await started(world);
    await world.pass(60);
    expect(ids(world)).toEqual(['a', 'b', 'c']);
    await source.stop();
  });

  test('a stop in the middle of a walk commits nothing, and the next start reads it again', async () => {
    const world = new World();
    world.events = series(1000, T0 - 3000, 1);
    const config = { backfill_start_time: T0 - HOUR };
    const first = world.open(config);
    first.start();
    await world.until(() => world.requests.filter(({ after }) => after !== undefined).length === 3);
    await first.stop();
    expect(ids(world)).toEqual([]);
    const second = await started(world, config);
    await world.pass(60);
    expect(new Set(ids(world)).size).toBe(1000);
    expect(ids(world)).toHaveLength(1000);
    await second.stop();
  });
});

describe('faults', () => {
  test('a refusal is tried again after 1 and 2 s, the third in a row pauses, then once a minute; one good answer ends it', async () => {
    const world = new World();
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
    const world = new World();
    world.disturb = () => (world.requests.length <= 2 ? world.reply(401, '') : undefined);
    const source = await started(world);
    expect(world.codes()).toEqual(['SOURCE_RETRYING', 'SOURCE_RECOVERED']);
    expect(source.status().feeds.organization?.health).toBe('quiet');
    await source.stop();
  });

  test.for([400, 401, 403])(
    'a tenant feed that answers %i rests, and the organization feed goes on',
    async (status) => {
      const world = new World();
      world.disturb = ({ feed }) => (feed === 'tenant' ? world.reply(status, '{"error":"no"}') : undefined);
      world.events = [{ id: 'e', at: T0 + 10 }];
      const source = await started(world, { feeds: ['organization', 'tenant'] });
      await world.pass(2 * HOUR);
      expect(ids(world)).toEqual(['e']);
      expect(source.status().feeds).toMatchObject({ organization: { health: 'quiet' }, tenant: { health: 'paused' } });
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
    const world = new World();
    world.disturb = () => (world.requests.length === 1 ? world.reply(429, '', headers) : undefined);
    const source = await started(world);
    await world.pass(3700);
    expect((world.requests[1]?.atMs ?? 0) / 1000 - T0).toBe(waitS);
    expect(source.status().failures).toEqual({ http_429: 1 });
    await source.stop();
  });

  test('an outage backs off with full jitter up to a minute, and is said once', async () => {
    const world = new World();
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
      const world = new World();
      world.events = [{ id: 'e', at: T0 + 100 }];
      const source = await started(world);
      world.disturb = (request) => world.page({ ...request, after: undefined }, change);
      await world.pass(600);
      expect(ids(world)).toEqual([]);
      expect(world.codes('warn').filter((said) => said === code)).toHaveLength(1);
      expect(source.status().feeds.organization).toMatchObject({ health: 'retrying' });
      expect(world.requests.length).toBeLessThan(200);
      world.disturb = () => undefined;
      await world.pass(200);
      expect(ids(world)).toEqual(['e']);
      expect(source.status().feeds.organization?.health).not.toBe('retrying');
      await source.stop();
    },
  );

  test('events outside of the window are counted, and taken unless they are before the start or their ids are gone', async () => {
    const world = new World();
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

  test('a server that forgets the window after the first page is read in windows of one page', async () => {
    const world = new World();
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
    const world = new World();
    world.events = series(1000, T0 - 5 * DAY, 10);
    world.disturb = (request) => world.page({ ...request, from: 0 });
    const source = await started(world);
    await world.pass(60);
    expect(world.codes('warn')).toEqual(['WINDOW_IGNORED']);
    expect(world.requests.length).toBeLessThan(300);
    await source.stop();
  });

  test('a commit that fails is tried again, and nothing is lost', async () => {
    const world = new World();
    world.events = [{ id: 'e', at: T0 + 10 }];
    const source = await started(world);
    world.journal.fail = new RelayError('JOURNAL_LOST', 'another process has the journal');
    await world.pass(31);
    expect(world.codes('warn')).toEqual(['JOURNAL_COMMIT_FAILED']);
    await world.pass(30);
    expect(ids(world)).toEqual(['e']);
    await source.stop();
  });
});

describe('records', () => {
  test('a record that is no object or has no id is kept once, and one without a time gets that of receipt', async () => {
    const world = new World();
    world.events = [
      { id: 'x', at: T0 + 1, raw: '"text"' },
      { id: 'y', at: T0 + 1, raw: '{ "id": 7, "effective_at": 1 }' },
      { id: 'timeless', at: T0 + 1, raw: '{"id":"timeless","effective_at":"soon","n":12345678901234567890}' },
    ];
    const source = await started(world);
    await world.pass(100);
    expect(world.journal.oddities.map(({ raw }) => raw).toSorted()).toEqual([
      '"text"',
      '{ "id": 7, "effective_at": 1 }',
    ]);
    const [entry] = world.journal.entries;
    expect(entry).toMatchObject({ id: 'timeless', type: 'unknown', timeGuessed: true, timeMs: entry?.receivedMs });
    expect(entry?.raw).toContain('12345678901234567890');
    await source.stop();
  });
});

describe('what can be asked of it', () => {
  test('caughtUp polls at once and waits for the gaps, but not for a feed that is paused', async () => {
    const world = new World();
    world.events = series(500, T0 - DAY, 100);
    world.disturb = ({ feed }) => (feed === 'tenant' ? world.reply(403, '') : undefined);
    const source = await started(world, {
      feeds: ['organization', 'tenant'],
      poll_interval: HOUR * 1000,
      backfill_start_time: T0 - DAY,
    });
    world.events.push({ id: 'fresh', at: world.serverSeconds });
    const fromMs = world.nowMs;
    let caughtUp = false;
    void source.caughtUp(new AbortController().signal).then(() => {
      caughtUp = true;
    });
    await world.until(() => caughtUp);
    expect(world.nowMs - fromMs).toBeLessThan(30_000);
    expect(new Set(ids(world)).size).toBe(501);
    await source.stop();
  });

  test('caughtUp ends with its signal, and with the source', async () => {
    const world = new World();
    world.disturb = () => world.reply(503, '');
    const source = await started(world);
    const give = new AbortController();
    const first = source.caughtUp(give.signal);
    give.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    const second = source.caughtUp(new AbortController().signal);
    const refused = expect(second).rejects.toMatchObject({ code: 'SOURCE_STOPPED' });
    await source.stop();
    await refused;
    expect(source.status().feeds.organization?.health).toBe('stopped');
  });

  test('reopen goes on at once with the same checkpoint and counts', async () => {
    const world = new World();
    world.disturb = () => (world.requests.length < 8 ? undefined : world.reply(401, ''));
    const source = await started(world);
    await world.pass(600);
    expect(source.status().feeds.organization?.health).toBe('paused');
    const { requests } = source.status();
    world.disturb = () => undefined;
    world.events = [{ id: 'e', at: T0 + 300 }];
    source.reopen({ ...configOf(), api_key: 'sk-admin-new' });
    await world.pass(5);
    expect(ids(world)).toEqual(['e']);
    expect(source.status().requests).toBeGreaterThan(requests);
    expect(source.status().feeds.organization?.startSeconds).toBe(T0);
    await source.stop();
  });

  test('a feed that never shows an event is said once, and a journal without room is told apart', async () => {
    const world = new World();
    const source = await started(world);
    await world.pass(1200);
    expect(world.codes('warn')).toEqual(['NO_EVENTS_YET']);
    expect(source.status().feeds.organization?.problem).toContain('audit logging may be off');
    let release = (): void => undefined;
    world.journal.room = new Promise((resolve) => {
      release = resolve;
    });
    await world.pass(60);
    expect(source.status().feeds.organization?.health).toBe('waiting_for_room');
    release();
    world.journal.room = undefined;
    await world.pass(60);
    expect(source.status().feeds.organization?.health).toBe('quiet');
    await source.stop();
  });

  test('no log line and no problem holds the key or a body', async () => {
    const world = new World();
    world.disturb = () => world.reply(401, '{"error":{"message":"Incorrect API key provided: sk-admin-canary"}}');
    const source = await started(world);
    await world.pass(100);
    expect(JSON.stringify([world.log, source.status()])).not.toContain('canary');
    expect(world.log.at(-1)?.fields).toMatchObject({ request_id: 'req_1', failure: 'http_401' });
    await source.stop();
  });
});
