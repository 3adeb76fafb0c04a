/** Section 11 of SINK-SPEC.md, row by row. */
import type { Failure } from '@audit-relay/sink';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure.ts';
import { faultOf } from './fault/fault.ts';
import type { HttpAnswer } from './reply.ts';

const NOW_MS = Date.UTC(2026, 2, 1, 12);

function answer(status: number, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  const body = new TextEncoder().encode('canary');
  return {
    kind: 'answer',
    status,
    body,
    header: (name) => headers[name],
    headers: () => [],
    text: () => 'canary',
    json: () => undefined,
  };
}

describe('a status', () => {
  test.each<{ status: number; is: string }>([
    ...[200, 202, 204].map((status) => ({ status, is: 'unanswered' })),
    ...[429, 503].map((status) => ({ status, is: 'refused' })),
    ...[408, 425, 500, 502, 504, 507, 599].map((status) => ({ status, is: 'failed' })),
    { status: 413, is: 'too_large' },
    ...[400, 422].map((status) => ({ status, is: 'rejected' })),
    ...[301, 307, 401, 402, 403, 404, 405, 407, 410, 411, 414, 415].map((status) => ({ status, is: 'blocked' })),
  ])('$status is $is', ({ status, is }) => {
    const failure = failureOf(answer(status), { nowMs: NOW_MS });
    expect(failure.kind === 'retryable' ? failure.why : failure.kind).toBe(is);
    expect(failure.reason).toMatch(new RegExp(`^HTTP ${status}`));
    expect(failure.reason).not.toContain('canary');
  });

  test('with Retry-After says how long', () => {
    for (const value of ['90', 'Sun Mar  1 12:01:30 2026']) {
      expect(failureOf(answer(503, { 'retry-after': value }), { nowMs: NOW_MS })).toMatchObject({
        retryAfterMs: 90_000,
      });
    }
    expect(failureOf(answer(503, { 'retry-after': 'soon' }), { nowMs: NOW_MS })).not.toHaveProperty('retryAfterMs');
  });

  test.each([
    { status: 401, words: 'token' },
    { status: 403, words: 'token' },
    { status: 404, words: 'address' },
    { status: 308, words: 'address' },
    { status: 407, words: 'proxy' },
  ])('$status names the key to mend', ({ status, words }) => {
    const { reason } = failureOf(answer(status), { nowMs: NOW_MS, credentials: 'token', urlKey: 'address' });
    expect(reason).toContain(words);
  });
});

test.each<{ name: string; trouble: Parameters<typeof faultOf>[0]; failure: Partial<Failure> & { why?: string } }>([
  {
    name: 'a connection that is refused',
    trouble: { code: 'ECONNREFUSED', step: 'connect', sent: false, urlKey: 'url' },
    failure: { kind: 'retryable', why: 'failed' },
  },
  {
    name: 'a reset after sending',
    trouble: { code: 'ECONNRESET', sent: true, urlKey: 'url' },
    failure: { kind: 'retryable', why: 'unanswered' },
  },
  {
    name: 'a proxy that does not connect',
    trouble: { code: 'PROXY_502', step: 'tunnel', sent: false, urlKey: 'url' },
    failure: { kind: 'retryable', why: 'failed' },
  },
  {
    name: 'a proxy that wants credentials',
    trouble: { code: 'PROXY_407', step: 'tunnel', sent: false, urlKey: 'url' },
    failure: { kind: 'blocked' },
  },
  {
    name: 'a certificate that is not trusted',
    trouble: { code: 'CERT_HAS_EXPIRED', step: 'tls', sent: false, urlKey: 'url' },
    failure: { kind: 'blocked' },
  },
])('$name', ({ trouble, failure }) => {
  const fault = faultOf(trouble);
  expect(failureOf(fault)).toEqual({ ...failure, reason: fault.reason });
  expect(failureOf(fault, { nowMs: NOW_MS })).toEqual(failureOf(fault));
});
