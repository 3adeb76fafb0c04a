/**
 * `npm run check`: every static check. All of them run, each failure is shown whole, and the exit code is 1 when
 * any failed. Types come first: the others read what `tsc -b` writes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { install } from './prepare.mjs';
import { ROOT, run } from './run.mjs';

const CHECKS = [
  { name: 'types', command: ['tsc', '-b'] },
  { name: 'format, basic lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'promises, sizes, cycles', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'dead code', command: ['knip'] },
  { name: 'lockfile', command: ['node', 'scripts/complete-lockfile.mjs', '--check'] },
  ...publishedPackages().flatMap((folder) => [
    { name: `publint ${folder}`, command: ['publint', folder, '--strict', '--pack', 'npm'] },
    { name: `attw ${folder}`, command: ['attw', '--pack', folder, '--profile', 'esm-only', '--no-color'] },
  ]),
];

process.exitCode = install() && runAll() ? 0 : 1;

function runAll() {
  const failed = CHECKS.filter((check) => !passes(check));
  console.log(failed.length === 0 ? '\nAll checks passed' : `\n${failed.length} of ${CHECKS.length} checks failed`);
  return failed.length === 0;
}

/** @param {{ name: string, command: readonly string[] }} check */
function passes({ name, command }) {
  const startedMs = performance.now();
  const { exitCode, output } = run(command, ['ignore', 'pipe', 'pipe']);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${exitCode === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (exitCode !== 0) console.log(output.replace(/^(?=.)/gm, '     '));
  return exitCode === 0;
}

/** Every package that users install, as `packages/<name>`. */
function publishedPackages() {
  return readdirSync(join(ROOT, 'packages'))
    .map((name) => `packages/${name}`)
    .filter((folder) => !JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')).private);
}
