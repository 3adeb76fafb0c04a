/**
 * Nothing is lost, nothing is doubled, and the checkpoint is never ahead: simulated organizations whose relay is
 * killed and restarted under every fault the simulator knows. A few seeds here; thousands with `npm run invariants`.
 */
import { expect, test } from 'vitest';
import { simulate } from './simulation.ts';

const SEEDS = Array.from({ length: 10 }, (_, index) => index + 1);

test.each(SEEDS)('seed %i: every event within the promise is journaled once', async (seed) => {
  const { complaints } = await simulate({ seed });
  expect(complaints, `again: npm run invariants -- --seeds 1 --from ${seed}`).toEqual([]);
});

test('a seed gives the same run each time', async () => {
  const [first, second] = [await simulate({ seed: 3 }), await simulate({ seed: 3 })];
  expect(second).toEqual(first);
});
