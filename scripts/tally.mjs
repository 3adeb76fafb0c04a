/**
 * Counts a test run by what truly ran. The runner's own totals know only tests: a file that does not load, an
 * error outside any test and a worker that was killed are in none of them, and must not look like success.
 */

/**
 * @typedef {object} Report The parts read of the runner's JSON report.
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {readonly FileReport[]} testResults One per file.
 *
 * @typedef {object} FileReport
 * @property {string} [name] Its path.
 * @property {string} status
 * @property {string} [message] Why it did not load.
 * @property {readonly { status: string, fullName?: string, failureMessages?: readonly string[] }[]} assertionResults
 *
 * @typedef {object} Totals
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 */

/** What stands for a run that could not even begin: install, build or the runner itself failed. */
export const NOTHING_RAN = Object.freeze({ passed: 0, failed: 1, skipped: 0 });

/**
 * The totals of one run. `failed` is at least 1 unless the runner succeeded and at least one test ran.
 *
 * @param {Report | undefined} report Undefined when the runner wrote none.
 * @param {number} exitCode The runner's.
 * @returns {Totals}
 */
export function tally(report, exitCode) {
  if (!report) return NOTHING_RAN;
  const passed = report.numPassedTests;
  const skipped = report.numPendingTests + report.numTodoTests;
  const failed = report.numFailedTests + report.testResults.filter(failedWithoutATest).length;
  const nothingRan = passed + failed === 0;
  return { passed, failed: failed === 0 && (nothingRan || exitCode !== 0) ? 1 : failed, skipped };
}

/**
 * The totals of several runs together.
 *
 * @param {readonly Totals[]} runs
 * @returns {Totals}
 */
export function sumOf(runs) {
  const sum = (/** @type {keyof Totals} */ key) => runs.reduce((total, each) => total + each[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

/**
 * The line that ends every run: `12 passed, 0 failed`, with `, 1 skipped` where some were.
 *
 * @param {Totals} totals
 * @returns {string}
 */
export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** @param {Report['testResults'][number]} file */
function failedWithoutATest({ status, assertionResults }) {
  return status === 'failed' && !assertionResults.some((test) => test.status === 'failed');
}
