/** What the kit takes for a sound result of a batch, and what not. */
import type { SendResult } from '@audit-relay/sink';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchOf, envelopes } from './envelopes.ts';
import { expectSound } from './sound.ts';

const rejected = { kind: 'rejected', reason: 'no such user' } as const;
const batch = batchOf(envelopes(3));

function partial(acked: number, ...indexes: readonly number[]): SendResult {
  return { kind: 'partial', acked, failures: indexes.map((index) => ({ index, failure: rejected })) };
}

function refused(retryAfterMs: number): SendResult {
  return { kind: 'retryable', why: 'refused', reason: 'HTTP 503', retryAfterMs };
}

const excluded = { kind: 'excluded', rule: 'old', reason: 'older than 18 h' } as const;
const oneLeftOut: SendResult = { kind: 'partial', acked: 2, failures: [{ index: 1, failure: excluded }] };

describe('sound', () => {
  const cases: readonly { readonly title: string; readonly result: SendResult }[] = [
    { title: 'acked', result: { kind: 'acked' } },
    { title: 'one of three refused', result: partial(2, 1) },
    { title: 'all of three refused, in any order', result: partial(0, 2, 0, 1) },
    { title: 'a wait of nothing', result: refused(0) },
    { title: 'a wait of a day', result: refused(86_400_000) },
  ];
  for (const { title, result } of cases) test(title, () => expectSound(result, batch));

  test('excluded by a rule that was told', () => {
    expectSound(excluded, batch, ['old']);
    expectSound(oneLeftOut, batch, ['young', 'old']);
  });
});

describe('not sound', () => {
  // Sinks may be written in JavaScript, so the kit meets what the compiler would refuse.
  const unknown = (result: object): SendResult => result as SendResult;
  const cases: readonly { readonly title: string; readonly result: SendResult }[] = [
    { title: 'an index twice', result: partial(1, 1, 1) },
    { title: 'an index past the end', result: partial(2, 3) },
    { title: 'a negative index', result: partial(2, -1) },
    { title: 'half an index', result: partial(2, 0.5) },
    { title: 'one event forgotten', result: partial(1, 1) },
    { title: 'a wait that is no number', result: refused(Number.NaN) },
    { title: 'a wait into the past', result: refused(-1) },
    { title: 'a wait that no timer holds', result: refused(2 ** 31) },
    { title: 'no reason', result: { kind: 'blocked', reason: ' ' } },
    { title: 'a reason as long as a body', result: { kind: 'blocked', reason: 'x'.repeat(5_000) } },
    { title: 'a kind that nobody knows', result: unknown({ kind: 'dropped', reason: 'full' }) },
    { title: 'excluded by a rule that was not told', result: excluded },
    { title: 'one of three excluded so', result: oneLeftOut },
    { title: 'retryable without why', result: unknown({ kind: 'retryable', reason: 'HTTP 500' }) },
  ];
  for (const { title, result } of cases) test(title, () => expect(() => expectSound(result, batch)).toThrow());
});

test('a partial result is sound exactly when each event is either acked or named once', () => {
  const results = fc.record({
    count: fc.integer({ min: 1, max: 6 }),
    acked: fc.integer({ min: 0, max: 6 }),
    indexes: fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 6 }),
  });
  // A failure prints its seed.
  fc.assert(
    fc.property(results, ({ count, acked, indexes }) => {
      const distinct = new Set(indexes.filter((index) => index < count));
      const sound = distinct.size === indexes.length && acked + distinct.size === count;
      const check = (): void => expectSound(partial(acked, ...indexes), batchOf(envelopes(count)));
      if (sound) check();
      else expect(check).toThrow();
    }),
  );
});
