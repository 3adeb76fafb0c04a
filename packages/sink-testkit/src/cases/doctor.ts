/** Cases on `check`: findings with a fix, no change at the peer, no exception. */
import type { Check } from '@audit-relay/sink';
import { expect, test } from 'vitest';
import { isNotApplicable, type SinkUnderTest } from '../under-test.ts';
import { secretsOf } from './lifecycle.ts';
import { CASE_MS, onStage, unreached } from './stage.ts';

/** Registers them in the caller's `describe`. */
export function doctorCases<Config>(under: SinkUnderTest<Config>): void {
  test('check finds a healthy peer healthy and changes nothing there', { timeout: CASE_MS }, () =>
    onStage(under, async ({ session, delivered }) => {
      const checks = await session.check();
      expectHelpful(checks);
      expect(checks.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
      expect((await delivered()).ids).toEqual([]);
    }),
  );

  const { plugin, unreachable } = under;
  if (isNotApplicable(unreachable)) return;
  test('check says what to do when the peer is out of reach', { timeout: CASE_MS }, async () => {
    await unreached(plugin, await unreachable(), async (session) => {
      const checks = await session.check();
      expectHelpful(checks);
      expect(checks.map(({ verdict }) => verdict)).toContain('fail');
      session.expectNoLeak(secretsOf(under));
    });
  });
}

/** Fails the case unless there is a finding, each is told in words, and what is not ok comes with its fix. */
export function expectHelpful(checks: readonly Check[]): void {
  expect(checks.length, 'findings').toBeGreaterThan(0);
  for (const { name, verdict, detail, fix } of checks) {
    expect(name, 'a name').not.toBe('');
    expect(detail, `the detail of ${name}`).not.toBe('');
    expect(['ok', 'warn', 'fail'], `the verdict of ${name}`).toContain(verdict);
    if (verdict !== 'ok') expect(fix ?? '', `the fix of ${name}`).not.toBe('');
  }
}
