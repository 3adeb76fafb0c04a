/** A running source whose server, host or machine has the time wrong: what is read, and what is said. */
import { describe, expect, test } from 'vitest';
import { type FakeEvent, ids, SourceWorld, series, started, T0 } from './__fixtures__/world.ts';
import type { Reply } from './api/client.ts';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const UNREACHABLE: Reply = { kind: 'none', failure: 'unreachable', reason: 'ECONNREFUSED' };

/** A test of many days. */
const SELDOM = { poll_interval: 300_000 };

/** An event every five minutes, of which one in ten is visible ten minutes late. */
function steady(hours: number): FakeEvent[] {
  return series(hours * 12, T0, 300).map((event, n) => ({ ...event, visibleAt: event.at + (n % 10 === 0 ? 600 : 0) }));
}

/** The `Date` is off by so many seconds from one second after `T0` to another. */
function wrongDate(
  world: SourceWorld,
  { by, from, to }: { readonly by: number; readonly from: number; readonly to: number },
): void {
  world.dateOf = (seconds) =>
    new Date((seconds + (seconds >= T0 + from && seconds < T0 + to ? by : 0)) * 1000).toUTCString();
}

/** What is missing of what happened, and what stands there twice. */
function account(world: SourceWorld): { readonly lost: readonly string[]; readonly doubled: readonly string[] } {
  const seen = ids(world);
  return {
    lost: world.events.map(({ id }) => id).filter((id) => !seen.includes(id)),
    doubled: seen.filter((id, index) => seen.indexOf(id) !== index),
  };
}

const NOTHING = { lost: [], doubled: [] };

describe('a Date that is wrong for a while', () => {
  test.for([
    { by: 30 * DAY, minutes: 20 },
    { by: 30 * DAY, minutes: 0.6 },
    { by: 2 * DAY, minutes: 5 },
    { by: 6 * HOUR, minutes: 5 },
    { by: HOUR, minutes: 5 },
    { by: -HOUR, minutes: 25 },
    { by: -2 * DAY, minutes: 25 },
    // Longer than it takes to be believed: nothing is forgotten for a day.
    { by: 6 * HOUR, minutes: 180 },
    { by: 3 * DAY, minutes: 180 },
    { by: -2 * DAY, minutes: 180 },
  ])('by $by s for $minutes minutes loses and doubles nothing, and is said', async ({ by, minutes }) => {
    const world = new SourceWorld();
    world.events = steady(32);
    wrongDate(world, { by, from: 2 * HOUR, to: 2 * HOUR + minutes * MINUTE });
    const first = await started(world, SELDOM);
    await world.pass(2 * HOUR + 10);
    expect(first.status().feeds.organization?.problem).toMatch(/^the Date of the API is \d+ s (ahead|behind)/);
    await world.pass(6 * HOUR);
    expect(first.status().feeds.organization?.conditions['date_doubted']).toBeGreaterThan(0);
    await first.stop();
    await world.pass(3 * HOUR);
    const second = await started(world, SELDOM);
    await world.pass(48 * HOUR);
    await second.stop();
    expect(account(world)).toEqual(NOTHING);
    expect(world.codes('warn')).toContain('DATE_DOUBTED');
  });

  test('live events come all the same, whichever of the two times is right', async () => {
    for (const by of [HOUR, -HOUR]) {
      const world = new SourceWorld();
      const source = await started(world);
      await world.pass(2 * HOUR);
      // The server's clock is set: its Date and its events.
      world.serverAheadMs = by * 1000;
      world.events = [{ id: 'live', at: T0 + 2 * HOUR + by + MINUTE }];
      await world.pass(2 * MINUTE);
      expect(ids(world)).toEqual(['live']);
      await source.stop();
    }
  });

  test('at the very first answer is mended by the next: the start moves back', async () => {
    const world = new SourceWorld();
    world.events = steady(10);
    wrongDate(world, { by: 30 * DAY, from: 0, to: 10 * MINUTE });
    const source = await started(world);
    await world.pass(12 * HOUR);
    await source.stop();
    expect(account(world)).toEqual(NOTHING);
  });

  test.for([
    { by: 30 * DAY, stopAt: undefined },
    { by: 6 * HOUR, stopAt: undefined },
    { by: 30 * DAY, stopAt: 10 * MINUTE },
    { by: 30 * DAY, stopAt: 45 * MINUTE },
    { by: 30 * DAY, stopAt: 4 * HOUR },
  ])('by $by s from the very first answer until it is believed, stopped after $stopAt s', async ({ by, stopAt }) => {
    const world = new SourceWorld();
    world.events = steady(10);
    wrongDate(world, { by, from: 0, to: 3 * HOUR });
    let source = await started(world, SELDOM);
    if (stopAt !== undefined) {
      await world.pass(stopAt);
      await source.stop();
      await world.pass(10 * MINUTE);
      source = await started(world, SELDOM);
    }
    await world.pass(36 * HOUR);
    await source.stop();
    expect(account(world)).toEqual(NOTHING);
    expect(world.codes('warn')).toContain('DATE_BELIEVED');
  });

  test('a start so far back that is asked for meanwhile counts from the right time in the end', async () => {
    const world = new SourceWorld();
    world.events = series(10 * 24, T0 - 8 * DAY, HOUR);
    await (await started(world, SELDOM)).stop();
    wrongDate(world, { by: 30 * DAY, from: HOUR, to: 3 * HOUR });
    await world.pass(HOUR);
    const source = await started(world, { ...SELDOM, backfill_start_time: { secondsAgo: 2 * DAY } });
    await world.pass(8 * HOUR);
    await source.stop();
    expect(ids(world)).toContain(world.events.find(({ at }) => at > T0 - DAY)?.id);
  });
});

describe('without a Date', () => {
  test('after a restart that came before server time was certain, on a host ahead by days, nothing to come is called read', async () => {
    const world = new SourceWorld();
    world.hostSetByMs = 5 * DAY * 1000;
    world.events = steady(30);
    const right = world.dateOf;
    const first = await started(world, SELDOM);
    await world.pass(10 * MINUTE);
    await first.stop();
    world.dateOf = () => undefined;
    const second = await started(world, SELDOM);
    await world.pass(HOUR);
    await second.stop();
    world.dateOf = right;
    const third = await started(world, SELDOM);
    await world.pass(34 * HOUR);
    await third.stop();
    expect(account(world)).toEqual(NOTHING);
  });

  test('it is named, and quiet is not said of what cannot be known', async () => {
    const world = new SourceWorld();
    world.dateOf = () => undefined;
    const source = await started(world);
    await world.pass(30 * MINUTE);
    const status = source.status().feeds.organization;
    expect(status?.health).toBe('unsure');
    expect(status?.problem).toContain('no usable Date');
    expect(world.codes('warn').filter((code) => code === 'DATE_MISSING')).toHaveLength(1);
    world.dateOf = () => 'Sometime';
    await world.pass(30 * MINUTE);
    expect(source.status().feeds.organization?.health).toBe('unsure');
    await source.stop();
  });

  test('a host that is days ahead after a restart loses nothing, and reads on', async () => {
    const world = new SourceWorld();
    world.events = steady(12);
    const first = await started(world);
    await world.pass(2 * HOUR);
    await first.stop();
    world.dateOf = () => undefined;
    world.hostSetByMs = 5 * DAY * 1000;
    await world.pass(HOUR);
    const second = await started(world);
    await world.pass(12 * HOUR);
    await second.stop();
    expect(account(world)).toEqual(NOTHING);
  });
});

describe('a start so far back', () => {
  test.for([
    { name: 'right', by: 0 },
    { name: 'five days ahead', by: 5 * DAY },
    { name: 'five days behind', by: -5 * DAY },
  ])('counts from the time of the server, with a host that is $name', async ({ by }) => {
    const world = new SourceWorld();
    world.hostSetByMs = by * 1000;
    world.events = series(10 * 24, T0 - 8 * DAY, HOUR);
    const source = await started(world, { ...SELDOM, backfill_start_time: { secondsAgo: 2 * DAY } });
    await world.pass(3 * DAY);
    await source.stop();
    expect(world.journal.checkpoint('organization')?.startSeconds).toBe(T0 - 2 * DAY);
    expect(ids(world).toSorted()).toEqual(
      world.events
        .filter(({ at }) => at >= T0 - 2 * DAY)
        .map(({ id }) => id)
        .toSorted(),
    );
  });

  test('of a known feed is not moved by a host that is days behind', async () => {
    const world = new SourceWorld();
    const config = { backfill_start_time: { secondsAgo: 2 * DAY } };
    await (await started(world, config)).stop();
    world.hostSetByMs = -5 * DAY * 1000;
    const source = await started(world, config);
    await world.pass(HOUR);
    await source.stop();
    expect(world.journal.checkpoint('organization')?.startSeconds).toBe(T0 - 2 * DAY);
  });

  test('that is asked for later moves the start back', async () => {
    const world = new SourceWorld();
    await (await started(world)).stop();
    const source = await started(world, { backfill_start_time: { secondsAgo: DAY } });
    await source.stop();
    expect(world.journal.checkpoint('organization')?.startSeconds).toBe(world.serverSeconds - DAY - 5);
  });
});

describe('a first answer that takes days', () => {
  const REFUSED = [
    ['nothing can be reached', () => UNREACHABLE],
    ['every answer is a refusal', (world: SourceWorld) => world.reply(401, '')],
    ['every answer is a refusal without a Date', (world: SourceWorld) => world.reply(401, '', { date: '' })],
  ] as const;
  const HOST = [
    ['is right', 0, 0],
    ['is a day ahead', DAY, DAY],
    ['is a day behind', -DAY, -DAY],
    ['was right and is a day behind', 0, -DAY],
  ] as const;
  const cases = REFUSED.flatMap(([what, reply]) =>
    HOST.map(([host, before, after]) => ({ what, reply, host, before, after })),
  );
  test.for(cases)('while $what, by a host that $host, hides nothing that happened since', async (given) => {
    const world = new SourceWorld();
    world.events = series(6 * 24, T0, HOUR);
    world.hostSetByMs = given.before * 1000;
    world.disturb = () => given.reply(world);
    for (const hours of [20, 30, 25]) {
      const source = await started(world, SELDOM);
      await world.pass(hours * HOUR);
      await source.stop();
      await world.pass(HOUR);
    }
    world.hostSetByMs = given.after * 1000;
    world.disturb = () => undefined;
    const source = await started(world, SELDOM);
    await world.pass(5 * DAY);
    await source.stop();
    expect(account(world)).toEqual(NOTHING);
  });

  test('of a tenant feed that is granted after five days hides nothing of it', async () => {
    const world = new SourceWorld();
    world.events = series(6 * 24, T0, HOUR).map((event) => ({ ...event, feed: 'tenant' as const }));
    world.disturb = ({ feed }) => (feed === 'tenant' ? world.reply(403, '') : undefined);
    const config = { ...SELDOM, feeds: ['organization', 'tenant'] as const };
    for (const days of [2, 3]) {
      const source = await started(world, config);
      await world.pass(days * DAY);
      await source.stop();
    }
    world.disturb = () => undefined;
    const source = await started(world, config);
    await world.pass(3 * DAY);
    await source.stop();
    expect(account(world)).toEqual(NOTHING);
    // A `Date` is cut to seconds.
    expect(world.journal.checkpoint('tenant')).toMatchObject({ startSeconds: T0 - 1, startProvisional: false });
  });
});

test('a server whose clock is ahead by more than overlap is named in the log and in status', async () => {
  const world = new SourceWorld();
  world.serverAheadMs = 2 * HOUR * 1000;
  const source = await started(world);
  await world.pass(HOUR);
  expect(source.status().feeds.organization?.problem).toContain('7200 s ahead of this host');
  expect(world.codes('warn')).toContain('SERVER_CLOCK_AHEAD');
  expect(source.status().feeds.organization?.conditions['server_clock_ahead']).toBeGreaterThan(0);
  await source.stop();
});

test('who waits for all that is there waits for the past as well while the very first Date is in doubt', async () => {
  const world = new SourceWorld();
  world.dateOf = (seconds) => new Date((seconds + 400 * DAY) * 1000).toUTCString();
  world.events = [
    ...series(50, T0 - 20 * DAY, HOUR),
    { id: 'ahead', at: T0 + 400 * DAY, visibleAt: T0 },
    { id: 'other', at: T0 - 10 * DAY, visibleAt: 0, feed: 'tenant' as const },
  ];
  const source = world.open({ feeds: ['organization', 'tenant'], backfill_start_time: T0 - 30 * DAY });
  let had = -1;
  const reached = source.caughtUp(new AbortController().signal).then(() => {
    had = world.journal.entries.length;
  });
  source.start();
  await world.pass(10 * MINUTE);
  await reached;
  await source.stop();
  expect(had).toBe(world.events.length);
});
