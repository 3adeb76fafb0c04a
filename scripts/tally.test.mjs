/** A run counts as green only when the runner succeeded and tests ran. */
import { describe, expect, test } from 'vitest';
import { NOTHING_RAN, summaryLine, sumOf, tally } from './tally.mjs';

/**
 * A report of one file per list of statuses. A file is failed when told so or when one of its tests is.
 *
 * @param {readonly { file?: string, tests: readonly string[] }[]} files
 * @returns {import('./tally.mjs').Report}
 */
function report(files) {
  const count = (/** @type {string} */ status) =>
    files.flatMap(({ tests }) => tests).filter((each) => each === status).length;
  return {
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('pending'),
    numTodoTests: count('todo'),
    testResults: files.map(({ file, tests }) => ({
      status: file ?? (tests.includes('failed') ? 'failed' : 'passed'),
      assertionResults: tests.map((status) => ({ status })),
    })),
  };
}

describe('the totals of a run', () => {
  test.each([
    {
      name: 'count what passed when all did',
      files: [{ tests: ['passed', 'passed'] }, { tests: ['passed'] }],
      exitCode: 0,
      totals: { passed: 3, failed: 0, skipped: 0 },
    },
    {
      name: 'count each failed test once, not its file as well',
      files: [{ tests: ['passed', 'failed', 'failed'] }],
      exitCode: 1,
      totals: { passed: 1, failed: 2, skipped: 0 },
    },
    {
      name: 'count each file that did not load as one failure, beside the failed tests',
      files: [{ tests: ['failed'] }, { file: 'failed', tests: [] }, { file: 'failed', tests: [] }],
      exitCode: 1,
      totals: { passed: 0, failed: 3, skipped: 0 },
    },
    {
      name: 'count a file whose set-up failed and whose tests were skipped as one failure',
      files: [{ tests: ['passed'] }, { file: 'failed', tests: ['pending', 'pending'] }],
      exitCode: 1,
      totals: { passed: 1, failed: 1, skipped: 2 },
    },
    {
      name: 'count an error outside any test, which only the exit code tells, as one failure',
      files: [{ tests: ['passed', 'passed'] }],
      exitCode: 1,
      totals: { passed: 2, failed: 1, skipped: 0 },
    },
    {
      name: 'count a run that found no test as one failure, even where the runner is content',
      files: [],
      exitCode: 0,
      totals: { passed: 0, failed: 1, skipped: 0 },
    },
    {
      name: 'count a run that skipped everything as one failure',
      files: [{ tests: ['pending', 'todo'] }],
      exitCode: 0,
      totals: { passed: 0, failed: 1, skipped: 2 },
    },
  ])('$name', ({ files, exitCode, totals }) => {
    expect(tally(report(files), exitCode)).toEqual(totals);
  });

  test('are one failure when the runner died before it wrote its report', () => {
    expect(tally(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

test('the totals of several runs are added up', () => {
  const runs = [{ passed: 1, failed: 0, skipped: 2 }, NOTHING_RAN, { passed: 30, failed: 4, skipped: 0 }];
  expect(sumOf(runs)).toEqual({ passed: 31, failed: 5, skipped: 2 });
});

describe('the last line', () => {
  test.each([
    { totals: { passed: 12, failed: 0, skipped: 0 }, line: '12 passed, 0 failed' },
    { totals: { passed: 12, failed: 3, skipped: 2 }, line: '12 passed, 3 failed, 2 skipped' },
    { totals: NOTHING_RAN, line: '0 passed, 1 failed' },
  ])('reads "$line"', ({ totals, line }) => {
    expect(summaryLine(totals)).toBe(line);
  });
});
