/** Runs the tests and counts them; the runner's own talk goes where ours goes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failuresOf } from './failures.mjs';
import { run } from './run.mjs';
import { tally } from './tally.mjs';

/**
 * @param {readonly string[]} args For the runner: files, `--project packages`.
 * @param {NodeJS.ProcessEnv} [env] Of the runner and of all that tests start: its PATH says which Node runs.
 * @param {string[]} [failures] Is added a text for each failure.
 * @returns {import('./tally.mjs').Totals}
 */
export function runSuite(args, env, failures = []) {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-tests-'));
  const reportFile = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  try {
    const { exitCode } = run(['vitest', 'run', ...reporters, ...args], ['ignore', 'inherit', 'inherit'], env);
    const report = readReport(reportFile);
    failures.push(...failuresOf(report));
    return tally(report, exitCode);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {string} path */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined; // the runner died before its end
  }
}

/**
 * The tests of what is deployed on Kubernetes, which `npm test` leaves out: the first build of their servers takes minutes.
 *
 * @param {string[]} [failures] Is added a text for each failure.
 */
export function runKubernetes(failures) {
  return runSuite(['--config', 'vitest.kubernetes.config.ts'], undefined, failures);
}
