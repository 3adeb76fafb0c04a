/** Metrics that the documents name are metrics that the agent has, and the page of all of them is current. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { allPages, ROOT } from './markdown.ts';

const built = pathToFileURL(join(ROOT, 'packages/agent/dist/http/metrics/catalogue.js')).href;
// The list of one's own build; no part of what the package exports.
const { METRICS } = (await import(built)) as { readonly METRICS: readonly { readonly name: string }[] };
const known = METRICS.map(({ name }) => name);
const named = allPages()
  .filter(({ file }) => file !== 'docs/METRICS.md')
  .flatMap(({ file, prose }) =>
    [...prose.matchAll(/\baudit_relay_(\w+?)(?:_bucket|_sum|_count)?\b/g)].map(([, name = '']) => ({ file, name })),
  );

test('some are named', () => {
  expect(named.length).toBeGreaterThan(5);
});

test.each(named)('audit_relay_$name, in $file', ({ name }) => {
  expect(known).toContain(name);
});

test('what npm run docs would write of them is what stands there', () => {
  const script = join(ROOT, 'scripts/metrics-page.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});
