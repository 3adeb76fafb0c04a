/** Who gets the next request. */
import { expect, test } from 'vitest';
import { World } from './__fixtures__/world.ts';
import { Budget, type Purpose } from './budget.ts';

/** Every purpose asks `count` times as fast as it may for `seconds`; gives who got through and when. */
async function compete(
  purposes: readonly Purpose[],
  perSecond: number,
  seconds: number,
): Promise<readonly { purpose: Purpose; atMs: number }[]> {
  const world = new World();
  const budget = new Budget(world.runtime, perSecond);
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
  const taken = await compete(['live', 'backfill', 'wide'], 4, 60);
  expect(taken.length).toBeGreaterThanOrEqual(240);
  for (const [n, { atMs }] of taken.entries()) expect(atMs - (taken[n - 1]?.atMs ?? -250)).toBeGreaterThanOrEqual(250);
});

test('live polling goes before all others', async () => {
  const taken = await compete(['backfill', 'wide', 'live'], 1, 4);
  // The very first comes to whoever asks first.
  expect(taken.slice(1).every(({ purpose }) => purpose === 'live')).toBe(true);
});

test('polls that never rest leave the others a share', async () => {
  const taken = await compete(['live', 'live', 'backfill', 'wide'], 1, 200);
  expect(count(taken, 'backfill')).toBeGreaterThanOrEqual(30);
  expect(count(taken, 'wide')).toBeGreaterThanOrEqual(15);
  expect(count(taken, 'live')).toBeGreaterThanOrEqual(120);
});

test('the wide bands get a fifth and backfill the rest, though it never rests', async () => {
  const taken = await compete(['backfill', 'wide'], 1, 100);
  expect(count(taken, 'wide')).toBeGreaterThanOrEqual(19);
  expect(count(taken, 'wide')).toBeLessThanOrEqual(21);
  expect(count(taken, 'backfill')).toBeGreaterThanOrEqual(79);
});

test('the wide bands get no more than a fifth when nobody else asks', async () => {
  expect(await compete(['wide'], 1, 100)).toHaveLength(21);
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
