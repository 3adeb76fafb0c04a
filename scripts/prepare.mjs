/**
 * What every command does first: install what is missing, and mostly build what is stale. Both are no-ops of
 * well under a second when nothing changed. All their talk goes to stderr, so that stdout stays the caller's.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled } from './lockfile.mjs';
import { ROOT, run } from './run.mjs';

/**
 * The child's stdout and stderr both go to our stderr.
 *
 * @type {import('node:child_process').StdioOptions}
 */
const TO_STDERR = ['ignore', 2, 2];

/**
 * Installs, then builds.
 *
 * @returns {boolean} Whether the workspace is ready; if not, stderr has said why.
 */
export function prepare() {
  return install() && build();
}

/**
 * Installs the dependencies where some are missing.
 *
 * @returns {boolean} Whether all are there; if not, stderr has said why.
 */
export function install() {
  if (dependenciesAreThere()) return true;
  console.error('Installing dependencies (npm ci) …');
  // NODE_ENV=production must not leave out the compiler.
  return run(['npm', 'ci', '--include=dev', '--loglevel=warn'], TO_STDERR).exitCode === 0;
}

/**
 * Builds what is stale.
 *
 * @returns {boolean} Whether everything is built; if not, stderr has said why.
 */
export function build() {
  console.error('Building …');
  return COMPILE.every((command) => run(command, TO_STDERR).exitCode === 0);
}

/** What `npm run build` runs. The page comes last: the compiler has made the folder that it goes into. */
const COMPILE = [
  ['tsc', '-b'],
  ['node', 'scripts/status-page.mjs'],
];

function dependenciesAreThere() {
  try {
    return isInstalled(readLock('package-lock.json'), readLock('node_modules/.package-lock.json'));
  } catch {
    return false; // no record of an installation, or half of one
  }
}

/** @param {string} path Relative to the root. */
function readLock(path) {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}
