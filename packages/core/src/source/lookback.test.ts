/** What is read when, and that nothing is missed by it: the lookbacks, backfill and walks of a running source. */
import { describe, expect, test } from 'vitest';
import { ids, SourceWorld, series, started, T0 } from './__fixtures__/world.ts';

const HOUR = 3600;
const DAY = 86_400;

describe('the lookbacks', () => {
  test('a poll reads from two minutes ago, every interval, five minutes past server now', async () => {
    const world = new SourceWorld();
    const source = await started(world);
    await world.pass(10 * 60 + 10);
    const polls = world.requests.filter(({ to, from }) => to - from === 420);
    expect(polls.length).toBeGreaterThan(10);
    for (const { from, atMs } of polls) expect(Math.abs(from - (atMs / 1000 - 120))).toBeLessThan(2);
    await source.stop();
  });

  test('done moves to the Date of the first answer less a second, not to the end of the window', async () => {
    const world = new SourceWorld();
    const source = await started(world);
    await world.pass(60);
    const atMs = world.requests.at(-1)?.atMs ?? 0;
    expect(source.status().feeds.organization?.completeTo).toBe(Math.floor(atMs / 1000) - 1);
    await source.stop();
  });

  test.for([
    { name: 'the near lookback', lateSeconds: 100, foundWithin: 31 },
    { name: 'the overlap lookback', lateSeconds: 1700, foundWithin: 301 },
    { name: 'the sweep', lateSeconds: 23 * HOUR, foundWithin: DAY },
  ])('an event that is $lateSeconds seconds late is found by $name', async ({ lateSeconds, foundWithin }) => {
    const world = new SourceWorld();
    world.events = [{ id: 'late', at: T0 + 5000, visibleAt: T0 + 5000 + lateSeconds }];
    const source = await started(world, { poll_interval: 30_000 });
    await world.pass(5000 + lateSeconds - 6);
    expect(ids(world)).toEqual([]);
    await world.pass(foundWithin + 10);
    expect(ids(world)).toEqual(['late']);
    await source.stop();
  });

  test.for([
    { name: 'well within the overlap is counted', at: 5000, late: 600, warns: [] },
    { name: 'near the overlap is warned about', at: 5000, late: 1500, warns: ['overlap'] },
    // Found by the sweep of the next day, which says nothing about how long it was there.
    { name: 'past the overlap is no reason to widen the sweep', at: 5000, late: HOUR, warns: ['overlap'] },
    { name: 'near the sweep is warned about, when one has missed it', at: 4 * HOUR, late: 21 * HOUR, warns: ['sweep'] },
  ])('an event that is late, $name', async ({ at, late, warns }) => {
    const world = new SourceWorld();
    world.events = [
      { id: 'on time', at: T0 + at - 1000 },
      { id: 'late', at: T0 + at, visibleAt: T0 + at + late },
    ];
    const source = await started(world);
    await world.pass(3 * DAY);
    const { count, maxSeconds, buckets } = source.status().feeds.organization?.late ?? {};
    expect(count).toBe(1);
    expect(maxSeconds).toBeGreaterThanOrEqual(late);
    expect(buckets?.find(({ upTo }) => upTo >= (maxSeconds ?? 0))?.count).toBe(1);
    expect(world.log.filter(({ code }) => code === 'EVENTS_LATE').map(({ fields }) => fields['lookback'])).toEqual(
      warns,
    );
    await source.stop();
  });

  test('a pass counts from the start of the last complete one, however long the pause was', async () => {
    const world = new SourceWorld();
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

  test('the lookback scans take a fifth of the requests at most, and the live polls come on time', async () => {
    const world = new SourceWorld();
    world.events = series(7000, T0, 0.5);
    const source = await started(world, { requests_per_second: 1 });
    await world.pass(2500);
    const from = world.requests.length;
    await world.pass(1000);
    const taken = world.requests.slice(from);
    const isLive = ({ from: start, atMs }: { from: number; atMs: number }): boolean => start > atMs / 1000 - 140;
    expect(taken.filter((request) => !isLive(request)).length).toBeLessThanOrEqual(201);
    expect(taken.filter((request) => isLive(request) && request.after === undefined).length).toBeGreaterThan(28);
    await source.stop();
  });

  test('scans of the overlap that take longer than their period leave the sweep its turns, and are said once', async () => {
    const world = new SourceWorld();
    const source = await started(world, {
      requests_per_second: 0.1,
      overlap: 20 * HOUR * 1000,
      poll_interval: 60_000,
    });
    // Twelve pages in 20 hours, and a request for the lookback scans every 50 seconds.
    world.events = series(26 * 60, T0, 60);
    await world.pass(DAY + 2 * HOUR);
    expect(world.journal.checkpoint('organization')?.passes.sweep).toBeGreaterThanOrEqual(T0 + DAY);
    expect(world.log.filter(({ code }) => code === 'SCAN_SLOW').map(({ fields }) => fields['lookback'])).toEqual([
      'overlap',
    ]);
    await source.stop();
  });

  test.for([
    { name: 'ahead', setByMs: 2 * DAY * 1000 },
    { name: 'back', setByMs: -2 * DAY * 1000 },
  ])('a clock of the host that is set $name neither ends the scans nor opens a hole', async ({ setByMs }) => {
    const world = new SourceWorld();
    world.events = [{ id: 'late', at: T0 + 8000, visibleAt: T0 + 9700 }];
    // Polls every hour: between them only the scans learn the server's time.
    const source = await started(world, { poll_interval: HOUR * 1000 });
    await world.pass(9000);
    world.hostSetByMs = setByMs;
    await world.pass(1000);
    const checkpoint = world.journal.checkpoint('organization');
    for (const began of Object.values(checkpoint?.passes ?? {})) expect(began).toBeLessThanOrEqual(world.serverSeconds);
    expect(checkpoint?.passes.overlap).toBeGreaterThan(world.serverSeconds - 601);
    expect(checkpoint?.idsNeededFrom ?? 0).toBeLessThan(T0);
    expect(ids(world)).toEqual(['late']);
    await source.stop();
  });

  test('a start by a clock of the host that lags by days journals nothing twice', async () => {
    const world = new SourceWorld();
    world.events = series(72, T0, HOUR);
    const source = await started(world, { sweep: HOUR * 1000 });
    await world.pass(3 * DAY);
    await source.stop();
    // Until its first answer a source has no other clock; the ids of those days are forgotten.
    world.hostSetByMs = -2 * DAY * 1000;
    const again = await started(world, { sweep: HOUR * 1000 });
    await world.pass(600);
    expect(ids(world)).toHaveLength(72);
    await again.stop();
  });

  test('a Date that is days ahead for some minutes does not end the polls', async () => {
    const world = new SourceWorld();
    world.events = series(200, T0, 60);
    const source = await started(world);
    await world.pass(600);
    world.serverAheadMs = 3 * DAY * 1000;
    await world.pass(600);
    world.serverAheadMs = 0;
    await world.pass(200 * 60 - 1200 + 300);
    expect(new Set(ids(world)).size).toBe(200);
    await source.stop();
  });

  test('a sweep that is complete says from when ids are needed, in its own commit', async () => {
    const world = new SourceWorld();
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
    const world = new SourceWorld();
    const past = series(3000, T0 - 30 * DAY, 800);
    world.events = [...past, { id: 'now', at: T0 }];
    const source = await started(world, { backfill_start_time: T0 - 30 * DAY, requests_per_second: 1 });
    expect(ids(world)).toContain('now');
    expect(source.status().feeds.organization?.backfillSeconds).toBeGreaterThan(0);
    await world.until(() => source.status().feeds.organization?.backfillSeconds === 0);
    const read = ids(world).filter((id) => id !== 'now');
    expect(read.toSorted()).toEqual(past.map(({ id }) => id).toSorted());
    // Window by window, each part of one in order: nothing stands further away than a window is long.
    const places = read.map((id, place) => Math.abs(Number(id.slice(1)) - place));
    expect(Math.max(...places)).toBeLessThan(1_500);
    for (const { entries } of world.journal.commits)
      expect(entries).toEqual(entries.toSorted((a, b) => a.timeMs - b.timeMs));
    await source.stop();
  });

  test('an empty window doubles the next', async () => {
    const world = new SourceWorld();
    const source = await started(world, { backfill_start_time: T0 - 10 * DAY });
    await world.pass(20);
    const sizes = world.requests.filter(({ to }) => to < T0).map(({ from, to }) => to - from);
    expect(sizes.slice(0, 4)).toEqual([HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR]);
    await source.stop();
  });

  test('a pause longer than the overlap is filled behind live polling', async () => {
    const world = new SourceWorld();
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
    const world = new SourceWorld();
    world.events = series(12_000, T0 - 3000, 0.2);
    const source = await started(world, { backfill_start_time: T0 - HOUR, requests_per_second: 100 });
    await world.pass(600);
    expect(ids(world)).toHaveLength(12_000);
    expect(new Set(ids(world)).size).toBe(12_000);
    expect(Math.max(...world.journal.commits.map(({ entries }) => entries.length))).toBeLessThanOrEqual(5000);
    await source.stop();
  });

  test('a single second over 50 pages is walked to its end', async () => {
    const world = new SourceWorld();
    world.events = series(6000, T0 - 100, 0);
    const source = await started(world, { backfill_start_time: T0 - HOUR, requests_per_second: 100 });
    await world.pass(600);
    expect(new Set(ids(world)).size).toBe(6000);
    await source.stop();
  });

  test('a window is journaled in ascending time, ties in reversed arrival', async () => {
    const world = new SourceWorld();
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

  test('what is journaled before a stop in the middle of a walk is journaled once, and the next start reads the window again', async () => {
    const world = new SourceWorld();
    world.events = series(1000, T0 - 3000, 1);
    const config = { backfill_start_time: T0 - HOUR };
    const first = world.open(config);
    first.start();
    await world.until(() => world.requests.filter(({ after }) => after !== undefined).length === 3);
    await first.stop();
    expect([0, 200, 400]).toContain(ids(world).length);
    expect(world.journal.checkpoint('organization')?.done.some(({ from }) => from < T0 - 3000)).toBe(false);
    const second = await started(world, config);
    await world.pass(60);
    expect(new Set(ids(world)).size).toBe(1000);
    expect(ids(world)).toHaveLength(1000);
    await second.stop();
  });
});
