/** How faults are counted; how long they make a feed wait is in `faults.test.ts`. */
import { expect, test } from 'vitest';
import { World } from './__fixtures__/world.ts';
import type { Fault } from './answer.ts';
import { FeedHealth } from './health.ts';

const REFUSED: Fault = { kind: 'refused', failure: 'http_401', problem: 'wrong key' };
const TIMEOUT: Fault = { kind: 'retry', failure: 'timeout', problem: 'no answer' };

/** One fault after the other, as one loop meets them. */
function after(faults: readonly Fault[]): { readonly health: FeedHealth; readonly world: World } {
  const world = new World();
  const { runtime } = world;
  const health = new FeedHealth({ source: 'acme', feed: 'organization', runtime, everAnswered: () => true });
  for (const fault of faults) health.fault(fault, health.attempt());
  return { health, world };
}

test('requests that were on their way together count as one refusal', () => {
  const { runtime } = new World();
  const health = new FeedHealth({ source: 'acme', feed: 'organization', runtime, everAnswered: () => true });
  const together = [health.attempt(), health.attempt(), health.attempt()];
  expect(together.map((attempt) => health.fault(REFUSED, attempt))).toEqual([1000, 0, 0]);
  expect(health.isPaused).toBe(false);
  expect([health.attempt(), health.attempt()].map((attempt) => health.fault(REFUSED, attempt))).toEqual([2000, 0]);
  expect(health.fault(REFUSED, health.attempt())).toBe(4000);
  expect(health.isPaused).toBe(true);
});

test('three refusals that are not in a row pause nothing', () => {
  expect(after([REFUSED, REFUSED, TIMEOUT, REFUSED]).health.isPaused).toBe(false);
  expect(after([REFUSED, REFUSED, TIMEOUT, REFUSED, REFUSED, REFUSED]).health.isPaused).toBe(true);
});

test('a timeout while the feed is paused leaves it paused and is not called a refusal', () => {
  const { health, world } = after([REFUSED, REFUSED, REFUSED, TIMEOUT]);
  expect(health.isPaused).toBe(true);
  expect(world.codes()).toEqual(['SOURCE_RETRYING', 'SOURCE_REFUSED', 'SOURCE_RETRYING']);
});
