/** Metrics that the documents name are metrics that the agent has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allPages, ROOT } from './markdown.ts';

const source = readFileSync(join(ROOT, 'packages/agent/src/http/families.ts'), 'utf8');
const named = allPages().flatMap(({ file, prose }) =>
  [...prose.matchAll(/\baudit_relay_(\w+?)(?:_bucket|_sum|_count)?\b/g)].map(([, name = '']) => ({ file, name })),
);

test('some are named', () => {
  expect(named.length).toBeGreaterThan(5);
});

test.each(named)('audit_relay_$name, in $file', ({ name }) => {
  expect(source).toContain(`'${name}'`);
});
