import { expect, test } from 'vitest';
import { VirtualTime } from './virtual-time.ts';

test('whoever sleeps is woken in turn, at the moment that was asked for, ties as they came', async () => {
  const time = new VirtualTime(1_000);
  const woken: string[] = [];
  for (const [name, ms] of [
    ['c', 30],
    ['a', 10],
    ['b', 10],
  ] as const)
    time.after(ms, () => woken.push(`${name} ${time.nowMs}`));
  await time.pass(2_000);
  expect(woken).toEqual(['a 1010', 'b 1010', 'c 1030']);
  expect(time.nowMs).toBe(2_000);
});

test('what a waking leads to happens before the next one', async () => {
  const time = new VirtualTime(0);
  const seen: number[] = [];
  const { signal } = new AbortController();
  const walk = async (): Promise<void> => {
    for (let step = 0; step < 3; step += 1) {
      await time.sleep(10, signal);
      seen.push(time.nowMs);
    }
  };
  const walked = walk();
  time.after(15, () => seen.push(15));
  await time.pass(100);
  await walked;
  expect(seen).toEqual([10, 15, 20, 30]);
});

test('work on the real disk takes no time', async () => {
  const time = new VirtualTime(0);
  const order: string[] = [];
  time.after(1, () => order.push('waking'));
  const work = time
    .during(new Promise((resolve) => setImmediate(() => setImmediate(resolve))))
    .then(() => order.push('work'));
  await time.pass(10);
  await work;
  expect(order).toEqual(['work', 'waking']);
});

test('a sleep that is given up rejects with the reason, and one that is recalled never wakes', async () => {
  const time = new VirtualTime(0);
  const controller = new AbortController();
  const sleep = time.sleep(10, controller.signal);
  time.after(5, () => controller.abort(new Error('enough')));
  const recall = time.after(20, () => expect.unreachable());
  recall();
  const given = expect(sleep).rejects.toThrow('enough');
  await time.pass(100);
  await given;
});
