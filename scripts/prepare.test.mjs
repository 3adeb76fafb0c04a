/** Whoever waits is told what for, and a pipe on stdout gets none of it. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { ROOT } from './run.mjs';

test('a build says that it is one, on stderr alone', () => {
  const program = "const { build } = await import('./scripts/prepare.mjs'); process.exitCode = build() ? 0 : 1;";
  const args = ['--input-type=module', '--eval', program];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: 'Building …\n' });
});
