/** What `docs/CONFIG.md` says about a `when` whose field is absent is what happens. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileWhen } from '@audit-relay/core';
import { expect, test } from 'vitest';

const page = readFileSync(join(import.meta.dirname, '../../docs/CONFIG.md'), 'utf8');

const rows = [...page.matchAll(/^\| `(.+)` \| (true|false) \|$/gm)].map(
  ([, expression = '', says]): [expression: string, says: string | undefined] => [
    expression.replaceAll('\\|', '|'),
    says,
  ],
);

const entry = {
  id: 'audit_log-1',
  type: 'login.failed',
  timeMs: 1_795_895_416_000,
  receivedMs: 1_795_895_417_000,
  source: 'acme',
  feed: 'organization',
  dialect: 'audit_logs',
  raw: '{"id":"audit_log-1","type":"login.failed","effective_at":1795895416,"actor":null}',
} as const;

test('the table is there', () => {
  expect(rows.length).toBeGreaterThan(15);
});

test.each(rows)('%s is %s', (expression, says) => {
  expect(compileWhen(expression)(entry)).toBe(says === 'true' ? 'pass' : 'exclude');
});
