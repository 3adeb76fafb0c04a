/** Cases on how a sink behaves as a part of the agent: signals, `accepted`, closing, what it tells. */
import { expect, test } from 'vitest';
import { batchOf, EVENT_CANARY, envelopes } from '../envelopes.ts';
import { OverdueError, type Session } from '../session.ts';
import { isNotApplicable, type SinkUnderTest } from '../under-test.ts';
import { CASE_MS, onStage, unreached } from './stage.ts';

/** Registers them in the caller's `describe`. */
export function lifecycleCases<Config>(under: SinkUnderTest<Config>): void {
  test('throws when the signal has already fired, and delivers nothing', { timeout: CASE_MS }, () =>
    onStage(under, async ({ session, delivered }) => {
      const fired = AbortSignal.abort(new Error('the drain is over'));
      await expect(session.send(batchOf(envelopes(1)), fired)).rejects.not.toBeInstanceOf(OverdueError);
      expect((await delivered()).ids).toEqual([]);
    }),
  );

  test('calls accepted() once at most, and only with maxUnackedBytes', { timeout: CASE_MS }, () =>
    onStage(under, async ({ session }) => {
      await session.send(batchOf(envelopes(1)));
      await session.send(batchOf(envelopes(1), true));
      const most = session.limits.maxUnackedBytes === undefined ? 0 : 1;
      expect(Math.max(...session.acceptedCalls), 'calls in one send').toBeLessThanOrEqual(most);
    }),
  );

  test('can be closed without a send, and twice', { timeout: CASE_MS }, () =>
    onStage(under, async ({ session, openAnother }) => {
      await session.close();
      await session.close();
      const another = await openAnother();
      await another.send(batchOf(envelopes(1)));
      await another.close();
      await another.close();
    }),
  );

  test('does not mind that a second sink on the same peer is closed', { timeout: CASE_MS }, () =>
    onStage(under, async ({ session, delivered, openAnother }) => {
      const another = await openAnother();
      expect(await another.send(batchOf(envelopes(1, { id: () => 'from-the-second' })))).toEqual({ kind: 'acked' });
      await another.close();
      expect(await session.send(batchOf(envelopes(1, { id: () => 'from-the-first' })))).toEqual({ kind: 'acked' });
      expect((await delivered()).ids).toEqual(['from-the-second', 'from-the-first']);
    }),
  );

  test('tells in stable codes, without the secret or an event', { timeout: CASE_MS }, () =>
    onStage(under, async ({ session }) => {
      await session.send(batchOf(envelopes(2)));
      await session.send(batchOf(envelopes(2), true));
      await session.check();
      expectWellToldCodes(session);
      session.expectNoLeak(secretsOf(under));
    }),
  );

  unreachableCases(under);
}

/** The agent starts without its peers: what is down must not keep the other sinks from running. */
function unreachableCases<Config>(under: SinkUnderTest<Config>): void {
  const { plugin, unreachable } = under;
  if (isNotApplicable(unreachable)) {
    test(`cannot be out of reach: ${unreachable.none}`, () => undefined);
    return;
  }
  test('opens though the peer is out of reach, and holds the events', { timeout: CASE_MS }, async () => {
    await unreached(plugin, await unreachable(), async (session) => {
      const result = await session.send(batchOf(envelopes(1)));
      expect(['retryable', 'blocked']).toContain(result.kind);
      expectWellToldCodes(session);
      session.expectNoLeak(secretsOf(under));
    });
  });
}

/** Operators alert on codes, so they are fixed words; what varies goes into the fields. */
function expectWellToldCodes({ context }: Session): void {
  for (const { code } of context.logs) expect(code, 'a code of log()').toMatch(/^[A-Z][A-Z0-9_]*$/);
  for (const { code, n } of context.counts) {
    expect(code, 'a code of count()').toMatch(/^[a-z][a-z0-9_]*$/);
    expect(Number.isSafeInteger(n) && n >= 0, `${code} is counted by whole numbers: ${n}`).toBe(true);
  }
}

/** What must not be seen outside of the peer: the credential, if there is one, and what stands in the events. */
export function secretsOf<Config>({ secret }: Pick<SinkUnderTest<Config>, 'secret'>): readonly string[] {
  return isNotApplicable(secret) ? [EVENT_CANARY] : [EVENT_CANARY, secret];
}
