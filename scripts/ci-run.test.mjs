/** `.ci/run` ends with one line of totals, whatever happens before it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ROOT } from './run.mjs';

/**
 * Runs it with an `npm` and a `node` that are shell scripts.
 *
 * @param {{ npm: string, node: string }} programs
 */
function ciRun(programs) {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-ci-run-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  const path = [folder, process.env['PATH']].join(delimiter);
  const env = { ...process.env, PATH: path };
  const { status, stdout } = spawnSync(join(ROOT, '.ci/run'), { env, encoding: 'utf8' });
  return { status, lastLine: stdout.trimEnd().split('\n').at(-1) };
}

// The file for the totals is the second argument of node.
test.each([
  { what: 'the install fails', npm: 'exit 1', node: 'echo "9 passed, 0 failed" > "$2"', line: '0 passed, 1 failed' },
  {
    what: 'the checks and tests die',
    npm: 'exit 0',
    node: 'echo "9 passed, 0 failed"; kill -9 $$',
    line: '0 passed, 1 failed',
  },
  { what: 'a test fails', npm: 'exit 0', node: 'echo "8 passed, 1 failed" > "$2"; exit 1', line: '8 passed, 1 failed' },
])('when $what it ends with "$line" and 1', ({ npm, node, line }) => {
  expect(ciRun({ npm, node })).toEqual({ status: 1, lastLine: line });
});

test('when all is well it ends with the totals and 0, and what it runs knows that it is CI', () => {
  const node = '[ "$CI" = true ] && echo "9 passed, 0 failed, 2 skipped" > "$2"; echo bye';
  expect(ciRun({ npm: 'exit 0', node })).toEqual({ status: 0, lastLine: '9 passed, 0 failed, 2 skipped' });
});
