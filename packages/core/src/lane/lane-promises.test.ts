/** That a plugin which never settles, throws at once or rejects late holds up no lane, no drain and no reopening, and ends nothing. */
import type { Sink, SinkPlugin } from '@audit-relay/sink';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { acked, LaneWorld, type LaneWorldOptions, never, type Script } from './lane.test.world.ts';

const forever = (): Promise<never> => new Promise(() => undefined);

/** What a plugin in plain JavaScript may do, past the compiler. */
const wrong = (parts: object): Partial<SinkPlugin<unknown>> => parts as Partial<SinkPlugin<unknown>>;

const unheard: unknown[] = [];
const onUnheard = (reason: unknown): void => void unheard.push(reason);
beforeEach(() => {
  unheard.length = 0;
  process.on('unhandledRejection', onUnheard);
});
afterEach(() => {
  process.off('unhandledRejection', onUnheard);
  expect(unheard).toEqual([]);
});

/** The `open` of a good sink, by the answers that it gives. */
const good = (script: Script = () => acked): Sink => ({
  send: async (batch, call) => script(batch, call, 0),
  check: async () => [],
  close: async () => undefined,
});

/** These openings in turn, then a good one. */
function opening(...opens: (() => unknown)[]): { readonly plugin: Partial<SinkPlugin<unknown>>; opened(): number } {
  let opened = 0;
  return { plugin: wrong({ open: () => (opens[opened++] ?? good)() }), opened: () => opened };
}

describe('an opening that', () => {
  const throwing = (): never => {
    throw new Error('no such folder');
  };
  test.each<{ name: string; open: () => unknown; problem: string }>([
    { name: 'never ends', open: forever, problem: 'while opening: no answer within 30000 ms' },
    { name: 'throws at once', open: throwing, problem: 'while opening: no such folder' },
    { name: 'rejects', open: () => Promise.reject(new Error('refused')), problem: 'while opening: refused' },
    { name: 'rejects with no error', open: () => Promise.reject(undefined), problem: 'while opening: undefined' },
  ])('$name blocks the lane, which opens it anew by itself', async ({ open, problem }) => {
    const { plugin, opened } = opening(open, open);
    const world = new LaneWorld({ events: 12, limits: { maxInFlight: 3 }, plugin }).start();
    await world.time.until(() => world.lane.status().health === 'blocked');
    expect(world.lane.status().problem).toBe(problem);
    await world.idle();
    expect(opened()).toBe(3);
    expect(world.lane.status()).toMatchObject({ acked: 12, health: 'ok', replayed: 0 });
  });

  test.each<{ name: string; open: () => unknown }>([
    { name: 'gives a sink and no promise', open: () => good() },
    { name: 'gives what is no sink', open: () => undefined },
    { name: 'gives a sink without methods', open: () => ({}) },
  ])('$name is got over', async ({ open }) => {
    const { plugin } = opening(open);
    const world = new LaneWorld({ events: 2, plugin }).start();
    await world.idle();
    expect(world.lane.status()).toMatchObject({ acked: 2, health: 'ok' });
  });

  test('ends after it was left behind is closed, and rejects late without an end of the process', async () => {
    let end = (_sink: Sink): void => undefined;
    let fail = (): void => undefined;
    let closed = 0;
    const late = {
      ...good(),
      close: async () => {
        closed += 1;
      },
    };
    const { plugin } = opening(
      () => new Promise<Sink>((resolve) => (end = resolve)),
      () => new Promise((_, reject) => (fail = () => reject(new Error('late')))),
    );
    const world = new LaneWorld({ events: 2, plugin }).start();
    await world.idle();
    end(late);
    fail();
    await world.time.runTasks();
    expect(closed).toBe(1);
    expect(world.lane.status().acked).toBe(2);
  });

  test('ends for one send though another gave it up is used by it first', async () => {
    let opened: (sink: Sink) => void = () => undefined;
    const order: string[] = [];
    const first = {
      ...good(async () => {
        order.push('sent');
        return acked;
      }),
      close: async () => void order.push('closed'),
    };
    const { plugin } = opening(() => new Promise<Sink>((resolve) => (opened = resolve)));
    const config = { batch: { max_events: 1, max_age: 0 } };
    const world = new LaneWorld({ events: 1, config, limits: { maxInFlight: 2 }, plugin }).start();
    await world.time.wait(10_000);
    world.journal.append(world.journal.entries.map((one) => ({ ...one, id: 'later' })));
    await world.time.wait(25_000);
    opened(first);
    await world.idle();
    expect(order).toEqual(['sent', 'closed']);
  });
});

describe('limits that', () => {
  test.each<{ name: string; limits: () => unknown; says: string }>([
    {
      name: 'throw',
      limits: () => {
        throw new TypeError('no url');
      },
      says: 'it throws: no url',
    },
    { name: 'are a promise', limits: forever, says: 'maxEvents is undefined' },
    { name: 'are none', limits: () => undefined, says: 'it gives none' },
    ...[
      { maxEvents: 0 },
      { maxBytes: Number.NaN },
      { maxEventBytes: '1MB' },
      { maxInFlight: 0 },
      { maxUnackedBytes: -1 },
      { sendMs: Number.POSITIVE_INFINITY },
      { sendMs: 2 ** 31 },
      { confirmMs: null },
    ].map((one) => ({
      name: `have ${JSON.stringify(one)}`,
      limits: () => ({ maxEvents: 1, maxBytes: 1, maxEventBytes: 1, maxInFlight: 1, sendMs: 1, ...one }),
      says: `${Object.keys(one)[0]} is ${String(Object.values(one)[0])}`,
    })),
  ])('$name are refused in words before anything is sent', ({ limits, says }) => {
    const options: LaneWorldOptions = { plugin: wrong({ limits }) };
    expect(() => new LaneWorld(options)).toThrow(
      expect.objectContaining({ code: 'SINK_LIMITS_INVALID', message: expect.stringContaining(says) }),
    );
  });
});

describe('a sink that never closes', () => {
  test('holds neither a reopening nor a drain', async () => {
    const world = new LaneWorld({ events: 1, close: forever }).start();
    await world.idle();
    const began = world.time.elapsedMs;
    await world.time.pass(world.lane.reopen({ token: 'new' }));
    expect(world.time.elapsedMs - began).toBe(5_000);
    world.journal.append(world.journal.entries);
    await world.idle();
    await world.time.pass(world.lane.drain(new AbortController().signal));
    expect(world.time.elapsedMs - began).toBeLessThan(12_000);
    expect(world.logged.filter((code) => code === 'SINK_CLOSE_FAILED')).toHaveLength(2);
  });

  test.each([
    {
      name: 'throws at once',
      close: (): never => {
        throw new Error('at once');
      },
    },
    { name: 'rejects', close: () => Promise.reject(new Error('rejects')) },
  ])('and one whose close $name is left behind in words', async ({ close }) => {
    const world = new LaneWorld({ events: 1, close }).start();
    await world.idle();
    await world.time.pass(world.lane.drain(new AbortController().signal));
    expect(world.told.filter((text) => text.includes('could not be closed'))).toHaveLength(1);
  });
});

describe('a drain whose grace is over ends within 12 s', () => {
  test.each<{ name: string; options: LaneWorldOptions }>([
    { name: 'though a sink never opens', options: { open: forever } },
    { name: 'though a send never ends', options: { script: never } },
    { name: 'though neither a send nor the closing ends', options: { script: never, close: forever } },
    { name: 'though a sink never opens and never closes', options: { open: forever, close: forever } },
  ])('$name', async ({ options }) => {
    const world = new LaneWorld({ events: 30, limits: { maxInFlight: 3 }, ...options }).start();
    await world.time.wait(2_000);
    const grace = new AbortController();
    const drained = world.lane.drain(grace.signal);
    const began = world.time.elapsedMs;
    grace.abort(new Error('over'));
    await world.time.pass(drained);
    expect(world.time.elapsedMs - began).toBeLessThanOrEqual(12_000);
    expect(world.logged).not.toContain('SINK_BLOCKED');
  });
});

test('a lane that ends after its drain was overdue leaves reach and cursor to its successor', async () => {
  const world = new LaneWorld({ events: 2, limits: { maxEvents: 1 } });
  let release = (): void => undefined;
  world.journal.held = new Promise((resolve) => (release = resolve));
  world.start();
  await world.time.until(() => world.lane.status().acked === 2);
  await world.time.pass(world.lane.drain(AbortSignal.abort()));
  const extended = [...world.journal.extended];
  release();
  await world.time.runTasks();
  expect(world.journal.extended).toEqual(extended);
  // What was asked for before the drain's end is written before the successor begins.
  expect(world.journal.saved).toHaveLength(1);
});

test('an answer that comes after a send was left behind changes nothing', async () => {
  let fail = (): void => undefined;
  const script: Script = (_batch, _call, index) =>
    index > 0 ? acked : new Promise((_, reject) => (fail = () => reject(new Error('late'))));
  const world = new LaneWorld({ events: 2, script }).start();
  await world.idle();
  fail();
  await world.time.runTasks();
  expect(world.lane.status()).toMatchObject({ acked: 2, health: 'ok' });
});

test('what a sink counts wrongly is let go', async () => {
  const plugin = wrong({
    open: async (_config: unknown, context: { count(code: string, n: unknown): void }) => {
      for (const n of [Number.NaN, undefined, '3', 2]) context.count('duplicate', n);
      return good();
    },
  });
  const world = new LaneWorld({ events: 1, plugin }).start();
  await world.idle();
  expect(world.lane.status().counts).toEqual({ duplicate: 2 });
});
