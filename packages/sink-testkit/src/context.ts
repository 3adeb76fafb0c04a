/** The agent's side of a sink in a test: a clock that stands still, and a record of what the sink told. */
import type { SinkContext } from '@audit-relay/sink';
import { NOW_MS } from './envelopes.ts';

/** A context that remembers. */
export interface TestContext extends SinkContext {
  /** Calls of `log`, in order. */
  readonly logs: readonly { readonly code: string; readonly fields: object; readonly level?: 'info' | 'warn' }[];
  /** Calls of `count`, in order. */
  readonly counts: readonly { readonly code: string; readonly n: number }[];
}

/** A context without a proxy whose clock stands at 2026-03-01T12:00:00Z and for which no time passes; `overrides` replaces parts of it. */
export function testContext(overrides: Partial<SinkContext> = {}): TestContext {
  const logs: { code: string; fields: object; level?: 'info' | 'warn' }[] = [];
  const counts: { code: string; n: number }[] = [];
  return {
    name: 'under-test',
    userAgent: 'audit-relay/0.0.0-testkit (+https://github.com/audit-relay/audit-relay)',
    now: () => NOW_MS,
    elapsedMs: () => 0,
    proxyFor: () => undefined,
    log: (code, fields, level) => {
      logs.push({ code, fields, ...(level === undefined ? {} : { level }) });
    },
    count: (code, n) => {
      counts.push({ code, n });
    },
    ...overrides,
    logs,
    counts,
  };
}
