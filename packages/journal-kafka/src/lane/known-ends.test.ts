/** How far behind a lane is, as far as anybody has looked. */
import { expect, test } from 'vitest';
import { KnownEnds } from './known-ends.ts';

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('what was read is known at once; the rest is looked at when somebody asks, not more often than every ten seconds', async () => {
  let now = 0;
  let looks = 0;
  const look = async () => {
    looks += 1;
    return { oldest: 3, next: 20 };
  };
  const ends = new KnownEnds(new Map([[0, { oldest: 1, next: 5 }]]), look, { elapsedMs: () => now });
  ends.saw(0, 9);
  ends.saw(0, 7);
  expect(ends.of(0)).toEqual({ oldest: 1, next: 9 });
  ends.refresh();
  expect(looks).toBe(0);
  now = 10_000;
  ends.refresh();
  ends.refresh();
  await settled();
  expect([looks, ends.of(0)]).toEqual([1, { oldest: 3, next: 20 }]);
  ends.saw(0, 31);
  now = 30_000;
  ends.refresh();
  await settled();
  expect([looks, ends.of(0)]).toEqual([2, { oldest: 3, next: 31 }]);
});

test('a look that fails leaves what was known', async () => {
  let now = 0;
  const ends = new KnownEnds(new Map([[0, { oldest: 1, next: 5 }]]), () => Promise.reject(new Error('no')), {
    elapsedMs: () => now,
  });
  now = 20_000;
  ends.refresh();
  await settled();
  expect(ends.of(0)).toEqual({ oldest: 1, next: 5 });
});
