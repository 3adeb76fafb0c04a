/** The source as a whole, against an API and a journal in memory: its start, and what can be asked of it. */
import { describe, expect, test } from 'vitest';
import type { Checkpoint } from '../journal/checkpoint.ts';
import { configOf, type FakeEvent, ids, SourceWorld, series, started, T0 } from './__fixtures__/world.ts';
import type { Reply } from './api/client.ts';

const HOUR = 3600;
const DAY = 86_400;
const UNREACHABLE: Reply = { kind: 'none', failure: 'unreachable', reason: 'ECONNREFUSED' };

describe('the first start', () => {
  test('commits the start, on disk, before the first request', async () => {
    const world = new SourceWorld();
    let release = (): void => undefined;
    const room = new Promise<void>((resolve) => {
      release = resolve;
    });
    world.journal.room = () => room;
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
    const world = new SourceWorld();
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
    const world = new SourceWorld();
    world.events = [{ id: 'during', at: T0 + 300 }];
    world.disturb = () => (world.nowMs < (T0 + HOUR) * 1000 ? world.reply(503, '') : undefined);
    const source = await started(world);
    await world.pass(2 * HOUR);
    expect(ids(world)).toEqual(['during']);
    // A refusal has a Date too.
    expect(world.journal.checkpoint('organization')?.startSeconds).toBe(T0);
    await source.stop();
  });

  test('a clock that is set ten years ahead before the first answer does not move the start', async () => {
    const world = new SourceWorld();
    world.events = series(500, T0 - 500 * DAY, DAY);
    world.hostSetByMs = -3650 * DAY * 1000;
    world.disturb = () => (world.nowMs < (T0 + 60) * 1000 ? UNREACHABLE : undefined);
    const source = await started(world);
    world.hostSetByMs = 0;
    await world.pass(HOUR);
    expect(world.journal.checkpoint('organization')?.startSeconds).toBe(T0 - 1);
    expect(ids(world)).toEqual([]);
    await source.stop();
  });

  // Earlier by what the clock may have been ahead without its being seen: ten times the pause and a minute, at most a day.
  const DOWN = [
    { name: 'that the host measured', pauseSeconds: HOUR, setByMs: 0, start: T0 - 60 - 10 * HOUR },
    { name: 'of days', pauseSeconds: 5 * DAY, setByMs: 0, start: T0 - DAY },
    {
      name: 'in which the clock was set ten years ahead',
      pauseSeconds: HOUR,
      setByMs: 3650 * DAY * 1000,
      start: T0 - DAY,
    },
    // It may have been ahead at the first start as well, and that a day earlier.
    { name: 'in which the clock was set a day ahead', pauseSeconds: HOUR, setByMs: DAY * 1000, start: T0 - 2 * DAY },
    { name: 'in which the clock was set back by a day', pauseSeconds: HOUR, setByMs: -DAY * 1000, start: T0 - 60 },
    {
      name: 'in which the clock was set back by a day of three',
      pauseSeconds: 3 * DAY,
      setByMs: -DAY * 1000,
      start: T0 - DAY,
    },
  ];
  test.for(DOWN)(
    'without any answer before a pause $name, the start is not a second later than it was',
    async (pause) => {
      const world = new SourceWorld();
      world.disturb = () => UNREACHABLE;
      const first = await started(world);
      await first.stop();
      await world.pass(pause.pauseSeconds - 5);
      world.hostSetByMs = pause.setByMs;
      world.disturb = () => undefined;
      const second = await started(world);
      expect(world.journal.checkpoint('organization')?.startSeconds).toBe(pause.start);
      await second.stop();
    },
  );

  test('a configured start is not replaced, moves backward when it is configured earlier, and never forward', async () => {
    const world = new SourceWorld();
    const starts: (number | undefined)[] = [];
    for (const backfill_start_time of [T0 - HOUR, T0, T0 - 2 * HOUR]) {
      const source = await started(world, { backfill_start_time });
      await world.pass(60);
      starts.push(source.status().feeds.organization?.startSeconds);
      await source.stop();
    }
    expect(starts).toEqual([T0 - HOUR, T0 - HOUR, T0 - 2 * HOUR]);
  });

  test('a start so far back counts from the first start, and stays there', async () => {
    const world = new SourceWorld();
    for (const days of [0, 1]) {
      const source = await started(world, { backfill_start_time: { secondsAgo: 2 * HOUR } });
      expect(source.status().feeds.organization?.startSeconds, `after ${days} days`).toBe(T0 - 2 * HOUR);
      await source.stop();
      await world.pass(86_400);
    }
  });
});

describe('records', () => {
  test('a record that is no object or has no id is kept once, and one without a time gets that of receipt', async () => {
    const world = new SourceWorld();
    world.events = [
      { id: 'x', at: T0 + 1, raw: '"text"' },
      { id: 'y', at: T0 + 1, raw: '{ "id": 7, "effective_at": 1 }' },
      { id: 'timeless', at: T0 + 1, raw: '{"id":"timeless","effective_at":"soon","n":12345678901234567890}' },
    ];
    const source = await started(world);
    await world.pass(100);
    expect(world.journal.malformedRecords.map(({ raw }) => raw).toSorted()).toEqual([
      '"text"',
      '{ "id": 7, "effective_at": 1 }',
    ]);
    const [entry] = world.journal.entries;
    const { receivedMs = 0, timeMs = 0 } = entry ?? {};
    expect(entry).toMatchObject({ id: 'timeless', type: 'unknown', timeGuessed: true });
    expect(Math.floor(timeMs / 1000)).toBe(Math.floor(receivedMs / 1000));
    expect(entry?.raw).toContain('12345678901234567890');
    expect(source.status().feeds.organization?.conditions).toEqual({ records_unusable: 2 });
    // The journal itself keeps them, so that there is one place to drop them from.
    expect(world.journal.evidence).toEqual([]);
    await source.stop();
  });

  test('each that is set aside is named once in the log, however often there are new ones', async () => {
    const world = new SourceWorld();
    const odd = (n: number, at: number): FakeEvent => ({ id: `x${n}`, at, raw: `${n}` });
    world.events = [odd(1, T0 + 1)];
    const source = await started(world);
    await world.pass(100);
    world.events.push(...[2, 3, 4, 5, 6, 7, 8].map((n) => odd(n, T0 + 101)));
    await world.pass(7_200);
    const said = world.log.filter(({ code }) => code === 'RECORDS_UNUSABLE');
    expect(said.map(({ fields }) => fields)).toEqual([
      { source: 'acme', feed: 'organization', records: 1, ids: ['acme/record 1'] },
      {
        source: 'acme',
        feed: 'organization',
        records: 7,
        ids: [2, 3, 4, 5, 6, 7, 8].map((n) => `acme/record ${n}`),
      },
    ]);
    expect(said[0]?.message).toMatch(
      /^acme: 1 record\(s\) .* as dead letter acme\/record 1: the record is no object\. .* audit-relay dead-letters show acme\/record 1$/,
    );
    expect(said[1]?.message).toMatch(/acme\/record 2, .*acme\/record 6 and 2 more: /);
    await source.stop();
  });
});

test('a record without a time is journaled once though this host lags by hours: its ids are kept by the server clock', async () => {
  const world = new SourceWorld();
  world.hostSetByMs = -6 * HOUR * 1000;
  world.events = [{ id: 'timeless', at: T0 + 600, raw: '{"id":"timeless","effective_at":"soon"}' }];
  const source = await started(world);
  await world.pass(3 * 86_400);
  expect(ids(world)).toEqual(['timeless']);
  await source.stop();
});

describe('what can be asked of it', () => {
  test('caughtUp polls at once and waits for the gaps, but not for a feed that is paused', async () => {
    const world = new SourceWorld();
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
    const world = new SourceWorld();
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
    const world = new SourceWorld();
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

  test('reopen goes on when the connections of the last key cannot be closed', async () => {
    const world = new SourceWorld();
    let closings = 0;
    world.client.close = async () => {
      closings += 1;
      if (closings === 1) throw new Error('it is stuck');
    };
    const source = await started(world);
    source.reopen({ ...configOf(), api_key: 'sk-admin-new' });
    world.events = [{ id: 'e', at: T0 + 60 }];
    await world.pass(100);
    expect(ids(world)).toEqual(['e']);
    expect(world.codes('warn')).toEqual(['SOURCE_BROKEN']);
    await source.stop();
  });

  test('a start in the future is refused, by a source that runs as well', async () => {
    const world = new SourceWorld();
    const ahead = { backfill_start_time: T0 + 2 * DAY };
    expect(() => world.open(ahead)).toThrow(expect.objectContaining({ code: 'START_IN_FUTURE' }));
    const source = await started(world, { backfill_start_time: T0 + HOUR });
    expect(() => source.reopen(configOf(ahead))).toThrow(expect.objectContaining({ code: 'START_IN_FUTURE' }));
    await world.pass(100);
    expect(source.status().feeds.organization?.health).toBe('quiet');
    await source.stop();
  });

  test('a start is not refused because the server’s clock, as last known, is behind', async () => {
    const world = new SourceWorld();
    world.serverAheadMs = -30 * DAY * 1000;
    const first = await started(world);
    await world.pass(2 * HOUR);
    await first.stop();
    const source = world.open({ backfill_start_time: T0 - DAY });
    await source.stop();
    expect(source.status().feeds.organization?.health).toBe('stopped');
  });

  test('a start that a feed has begun with is not refused, though no clock knows that it is past', async () => {
    const world = new SourceWorld();
    const startSeconds = T0 - 2 * DAY;
    world.hostSetByMs = -30 * DAY * 1000;
    // As a journal that takes the place of a damaged one is told: the start, and no time of the server.
    const begun = (): Checkpoint => ({ version: 1, startSeconds, startProvisional: false, done: [], passes: {} });
    await world.journal.commit({ feed: 'organization', advance: begun, entries: [] });
    const source = world.open({ backfill_start_time: startSeconds });
    expect(() => source.reopen(configOf({ backfill_start_time: startSeconds + 2 * DAY }))).toThrow(
      expect.objectContaining({ code: 'START_IN_FUTURE' }),
    );
    await source.stop();
  });

  test('a feed that never shows an event is said once, and a journal without room is told apart', async () => {
    const world = new SourceWorld();
    const source = await started(world);
    await world.pass(1200);
    expect(world.codes('warn')).toEqual(['NO_EVENTS_YET']);
    expect(source.status().feeds.organization?.problem).toContain('audit logging may be off');
    let release = (): void => undefined;
    const room = new Promise<void>((resolve) => {
      release = resolve;
    });
    world.journal.room = () => room;
    await world.pass(60);
    expect(source.status().feeds.organization?.health).toBe('waiting_for_room');
    release();
    world.journal.room = () => undefined;
    await world.pass(60);
    expect(source.status().feeds.organization?.health).toBe('quiet');
    await source.stop();
  });

  test('what is kept of an answer that says the key back does not hold it', async () => {
    const world = new SourceWorld();
    world.disturb = () => world.reply(200, '<h1>sk-admin-canary, you ask too much: {sk-admin-canary} \xff</h1>');
    const source = await started(world);
    await world.pass(100);
    const [kept] = world.journal.evidence.map(({ body }) => new TextDecoder().decode(body));
    expect(kept).toBe('<h1>[hidden], you ask too much: {[hidden]} \xff</h1>');
    await source.stop();
  });

  test('no log line and no problem holds the key or a body', async () => {
    const world = new SourceWorld();
    world.disturb = () => world.reply(401, '{"error":{"message":"Incorrect API key provided: sk-admin-canary"}}');
    const source = await started(world);
    await world.pass(100);
    expect(JSON.stringify([world.log, source.status()])).not.toContain('canary');
    expect(world.log.at(-1)?.fields).toMatchObject({ request_id: 'req_1', failure: 'http_401' });
    await source.stop();
  });
});
