/** Whether a result keeps to the contract whatever the peer did: checked on every send of the kit. */
import type { Batch, Failure, SendResult } from '@audit-relay/sink';
import { expect } from 'vitest';

/** Longest wait that a timer can hold; a longer one would fire at once. */
const MAX_RETRY_AFTER_MS = 2 ** 31 - 1;

/** A reason is for a line of log and a status page. */
const MAX_REASON_CHARACTERS = 1_000;

/**
 * Fails the case when `result` is none that the contract knows, a partial one does not add up to `batch`, or events are
 * excluded by a rule that is not among `rules`, the names of those that the sink has told of.
 */
export function expectSound(result: SendResult, batch: Batch, rules: readonly string[] = []): void {
  switch (result.kind) {
    case 'acked':
      expect(['undefined', 'boolean'], 'busy, when it is there').toContain(typeof result.busy);
      return;
    case 'partial':
      expectAddsUp(result, batch.envelopes.length);
      for (const { failure } of result.failures) expectSoundFailure(failure, rules);
      return;
    default:
      expectSoundFailure(result, rules);
  }
}

function expectAddsUp(result: Extract<SendResult, { kind: 'partial' }>, count: number): void {
  const indexes = result.failures.map(({ index }) => index);
  const inRange = indexes.every((index) => Number.isInteger(index) && index >= 0 && index < count);
  expect(inRange, `indexes ${indexes.join(', ')} of a batch of ${count}`).toBe(true);
  expect(new Set(indexes).size, 'each index once').toBe(indexes.length);
  expect(result.acked + indexes.length, 'acked + failures = the batch').toBe(count);
}

function expectSoundFailure(failure: Failure, rules: readonly string[]): void {
  expect(['retryable', 'too_large', 'rejected', 'blocked', 'excluded'], 'a kind the contract knows').toContain(
    failure.kind,
  );
  expect(failure.reason, 'a reason').toEqual(expect.any(String));
  expect(failure.reason.trim(), 'a reason in words').not.toBe('');
  expect(failure.reason.length, 'characters of a reason').toBeLessThanOrEqual(MAX_REASON_CHARACTERS);
  if (failure.kind === 'excluded') expect(rules, 'a rule of `exclusions`').toContain(failure.rule);
  if (failure.kind !== 'retryable') return;
  expect(['refused', 'unanswered', 'failed'], 'why it is retryable').toContain(failure.why);
  if (failure.retryAfterMs === undefined) return;
  expect(failure.retryAfterMs, 'retryAfterMs').toBeGreaterThanOrEqual(0);
  expect(failure.retryAfterMs, 'retryAfterMs').toBeLessThanOrEqual(MAX_RETRY_AFTER_MS);
}
