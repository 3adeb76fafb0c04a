/** How faults are counted; how long they make a feed wait is in `faults.test.ts`. */
import { expect, test } from 'vitest';
import { World } from './__fixtures__/world.ts';
import type { Fault } from './answer.ts';
import { FeedHealth } from './health.ts';

const REFUSED: Fault = { kind: 'refused', failure: 'http_401', problem: 'wrong key' };

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
