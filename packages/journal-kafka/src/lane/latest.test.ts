/** Writes of which only the latest counts: none is lost to one that began before it. */
import { expect, test } from 'vitest';
import { Latest } from './latest.ts';

/** Writes that end when the test says so. */
function world() {
  let state = 0;
  const written: number[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const latest = new Latest(
    () =>
      new Promise((resolve, reject) => {
        const begun = state;
        ends.push((error) => {
          if (error !== undefined) return reject(error);
          written.push(begun);
          resolve();
        });
      }),
  );
  const change = (): Promise<void> => {
    state += 1;
    return latest.run();
  };
  const end = async (error?: Error): Promise<void> => {
    ends.shift()?.(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { change, end, written, ends };
}

test('whoever asks while one is under way waits for the next, which has all of them', async () => {
  const { change, end, written, ends } = world();
  const asked = [change(), change(), change()];
  expect(ends).toHaveLength(1);
  await end();
  expect([written, ends.length]).toEqual([[1], 1]);
  await end();
  await Promise.all(asked);
  expect(written).toEqual([1, 3]);
});

test('one that fails is told to those that it was for; the next is written all the same', async () => {
  const { change, end, written } = world();
  const [first, second] = [change(), change()];
  const failed = expect(first).rejects.toThrow('away');
  await end(new Error('away'));
  await failed;
  await end();
  await second;
  expect(written).toEqual([2]);
  const third = change();
  await end();
  await third;
  expect(written).toEqual([2, 3]);
});
