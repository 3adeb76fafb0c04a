/** How faults are counted; how long they make a feed wait is in `faults.test.ts`. */
import { expect, test } from 'vitest';
import { SourceWorld } from '../__fixtures__/world.ts';
import type { Fault } from '../api/answer.ts';
import { FeedHealth } from './health.ts';

const REFUSED: Fault = { kind: 'refused', failure: 'http_401', cause: 'key_refused', problem: 'wrong key' };
const TIMEOUT: Fault = { kind: 'retry', failure: 'timeout', cause: 'api_unreachable', problem: 'no answer' };

/** One fault after the other, as one loop meets them. */
function after(faults: readonly Fault[]): { readonly health: FeedHealth; readonly world: SourceWorld } {
  const world = new SourceWorld();
  const { runtime } = world;
  const health = new FeedHealth({ source: 'acme', feed: 'organization', runtime, everAnswered: () => true });
  for (const [index, fault] of faults.entries()) health.fault(fault, { number: index + 1, latest: index + 1 });
  return { health, world };
}

test('requests that were on their way together count as one refusal', () => {
  const { runtime } = new SourceWorld();
  const health = new FeedHealth({ source: 'acme', feed: 'organization', runtime, everAnswered: () => true });
  expect([1, 2, 3].map((number) => health.fault(REFUSED, { number, latest: 3 }))).toEqual([1000, 0, 0]);
  expect(health.isPaused).toBe(false);
  expect([4, 5].map((number) => health.fault(REFUSED, { number, latest: 5 }))).toEqual([2000, 0]);
  expect(health.fault(REFUSED, { number: 6, latest: 6 })).toBe(4000);
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

test('since when something is wrong is kept until a page comes, whatever it has become', () => {
  const { health, world } = after([TIMEOUT]);
  const beganMs = world.runtime.now();
  expect([health.problemSinceMs, health.cause]).toEqual([beganMs, 'api_unreachable']);
  world.hostSetByMs += 60_000;
  health.fault(REFUSED, { number: 2, latest: 2 });
  expect([health.problemSinceMs, health.cause]).toEqual([beganMs, 'key_refused']);
  health.good(3);
  expect([health.problemSinceMs, health.cause]).toEqual([undefined, undefined]);
  health.readFailed('live', { code: 'CURSOR_LOOP', problem: 'the cursor comes again' }, { from: 0 });
  expect([health.problemSinceMs, health.cause]).toEqual([beganMs + 60_000, 'window_stuck']);
  health.readAgain('live');
  expect(health.problemSinceMs).toBeUndefined();
});

test('another reason for a refusal is told, the same is not told again', () => {
  const SCOPE: Fault = { kind: 'refused', failure: 'http_403', cause: 'scope_missing', problem: 'no scope' };
  const { world } = after([REFUSED, REFUSED, REFUSED, REFUSED, SCOPE, SCOPE]);
  expect(world.codes()).toEqual(['SOURCE_RETRYING', 'SOURCE_REFUSED', 'SOURCE_REFUSED']);
});
