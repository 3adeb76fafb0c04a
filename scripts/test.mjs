/**
 * `npm test`: installs what is missing, builds, runs every test and ends with one line of totals. Arguments
 * after `--` go to the runner: `npm test -- packages/core`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare } from './prepare.mjs';
import { run } from './run.mjs';
import { NOTHING_RAN, summaryLine, tally } from './tally.mjs';

const totals = prepare() ? runTests(process.argv.slice(2)) : NOTHING_RAN;
console.log(`\n${summaryLine(totals)}`);
process.exitCode = totals.failed === 0 ? 0 : 1;

/** @param {readonly string[]} args */
function runTests(args) {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-tests-'));
  const reportFile = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  try {
    const { exitCode } = run(['vitest', 'run', ...reporters, ...args], ['ignore', 'inherit', 'inherit']);
    return tally(readReport(reportFile), exitCode);
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
