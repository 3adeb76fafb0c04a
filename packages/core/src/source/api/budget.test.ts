/** Who gets the next request. */
import { expect, test } from 'vitest';
import type { Runtime } from '../../runtime.ts';
import { World } from '../__fixtures__/world.ts';
import { Budget, type Purpose } from './budget.ts';

/** Every purpose asks as fast as it may for `seconds`; gives who got through and when. */
async function compete(
  purposes: readonly Purpose[],
  perSecond: number,
  { seconds, lateMs = () => 0 }: { readonly seconds: number; readonly lateMs?: (dueMs: number) => number },
): Promise<readonly { purpose: Purpose; atMs: number }[]> {
  const world = new World();
  const sleep: Runtime['sleep'] = (ms, signal) => world.runtime.sleep(ms + lateMs(world.nowMs + ms), signal);
  const budget = new Budget({ ...world.runtime, sleep }, perSecond);
  const over = new AbortController();
  const taken: { purpose: Purpose; atMs: number }[] = [];
  const begin = world.nowMs;
  const loops = purposes.map(async (purpose) => {
    for (;;) {
      await budget.take(purpose, over.signal);
      taken.push({ purpose, atMs: world.nowMs - begin });
    }
  });
  await world.pass(seconds);
  over.abort(new Error('over'));
  await Promise.allSettled(loops);
  return taken;
}

function count(taken: readonly { purpose: Purpose }[], purpose: Purpose): number {
  return taken.filter((one) => one.purpose === purpose).length;
}

test('requests are evenly spaced and as many as allowed', async () => {
  const taken = await compete(['live', 'backfill', 'wide'], 4, { seconds: 60 });
  expect(taken.length).toBeGreaterThanOrEqual(240);
  for (const [n, { atMs }] of taken.entries()) expect(atMs - (taken[n - 1]?.atMs ?? -250)).toBeGreaterThanOrEqual(250);
});

/** The most that fall into one second. */
function mostInASecond(taken: readonly { atMs: number }[]): number {
  return Math.max(...taken.map(({ atMs }) => taken.filter((one) => one.atMs >= atMs && one.atMs < atMs + 1000).length));
}

test.for([
  { name: 'timers are a little late', perSecond: 100, lateMs: () => 2 },
  { name: 'the process is busy half of the time', perSecond: 100, lateMs: busy({ ms: 60, everyMs: 130 }) },
  {
    name: 'the process is busy for half a second now and then',
    perSecond: 20,
    lateMs: busy({ ms: 500, everyMs: 9_000 }),
  },
  { name: 'the limit is no whole number', perSecond: 9.9, lateMs: busy({ ms: 60, everyMs: 130 }) },
  { name: 'the limit is no whole number, and high', perSecond: 99.5, lateMs: busy({ ms: 230, everyMs: 1_700 }) },
  { name: 'the limit is no whole number, and low', perSecond: 2.5, lateMs: busy({ ms: 60, everyMs: 900 }) },
  { name: 'the limit is below one a second', perSecond: 0.5, lateMs: busy({ ms: 60, everyMs: 130 }) },
])('$name: what is late is made up for, and no second holds too many', async ({ perSecond, lateMs }) => {
  const seconds = 60;
  const taken = await compete(['backfill', 'backfill', 'live'], perSecond, { seconds, lateMs });
  expect(mostInASecond(taken)).toBeLessThanOrEqual(Math.ceil(perSecond));
  expect(taken.length).toBeGreaterThanOrEqual(0.95 * perSecond * seconds);
});

/** A timer that is due while the process is busy fires when that is over. */
function busy({ ms, everyMs }: { ms: number; everyMs: number }): (dueMs: number) => number {
  return (dueMs) => Math.max(0, ms - (dueMs % everyMs));
}

test.for([
  { perSecond: 4, atMs: [0, 250, 500] },
  { perSecond: 10, atMs: [0, 0, 50, 150] },
])('after a rest $perSecond a second begin with no more than a quarter of a second’s', async ({ perSecond, atMs }) => {
  const world = new World();
  const budget = new Budget(world.runtime, perSecond);
  const { signal } = new AbortController();
  await budget.take('live', signal);
  await world.pass(60);
  const began = world.nowMs;
  const taken: number[] = [];
  void Promise.all(atMs.map(() => budget.take('backfill', signal).then(() => taken.push(world.nowMs - began))));
  await world.pass(1);
  expect(taken).toEqual(atMs);
});

test('live polling goes before all others', async () => {
  const taken = await compete(['backfill', 'wide', 'live'], 1, { seconds: 4 });
  // The very first comes to whoever asks first.
  expect(taken.slice(1).every(({ purpose }) => purpose === 'live')).toBe(true);
});

test('polls that never rest leave the others a share', async () => {
  const taken = await compete(['live', 'live', 'backfill', 'wide'], 1, { seconds: 200 });
  expect(count(taken, 'backfill')).toBeGreaterThanOrEqual(30);
  expect(count(taken, 'wide')).toBeGreaterThanOrEqual(15);
  expect(count(taken, 'live')).toBeGreaterThanOrEqual(120);
});

test('the wide bands get a fifth and backfill the rest, though it never rests', async () => {
  const taken = await compete(['backfill', 'wide'], 1, { seconds: 100 });
  expect(count(taken, 'wide')).toBeGreaterThanOrEqual(19);
  expect(count(taken, 'wide')).toBeLessThanOrEqual(21);
  expect(count(taken, 'backfill')).toBeGreaterThanOrEqual(79);
});

test('the wide bands get no more than a fifth when nobody else asks', async () => {
  expect(await compete(['wide'], 1, { seconds: 100 })).toHaveLength(21);
});

test('a poll goes before requests of backfill that have waited long, however many there are', async () => {
  const world = new World();
  const over = new AbortController();
  const budget = new Budget(world.runtime, 5);
  const loops = Array.from({ length: 10 }, async () => {
    for (;;) {
      await budget.take('backfill', over.signal);
      await world.runtime.sleep(100, over.signal);
    }
  });
  await world.pass(10);
  let isPolled = false;
  void budget.take('live', over.signal).then(() => {
    isPolled = true;
  });
  await world.pass(1);
  expect(isPolled).toBe(true);
  over.abort(new Error('over'));
  await Promise.allSettled(loops);
});

test('who gives up leaves its place', async () => {
  const world = new World();
  const budget = new Budget(world.runtime, 1);
  const give = new AbortController();
  await budget.take('live', give.signal);
  const lost = budget.take('live', give.signal);
  const got = budget.take('backfill', new AbortController().signal);
  give.abort(new Error('enough'));
  await expect(lost).rejects.toThrow('enough');
  await world.pass(2);
  await expect(got).resolves.toBe(1000);
});
