import { join } from 'node:path';
import { expect, test } from 'vitest';
import { failuresOf } from './failures.mjs';
import { ROOT } from './run.mjs';

const COUNTS = { numPassedTests: 1, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0 };

test('each test that failed is named with its file and message, and a file that did not load', () => {
  const red = '\u001B[31mred\u001B[39m';
  const testResults = [
    { name: join(ROOT, 'a.test.ts'), status: 'passed', assertionResults: [{ status: 'passed' }] },
    {
      name: join(ROOT, 'test/b.test.ts'),
      status: 'failed',
      assertionResults: [
        { status: 'passed', fullName: 'b stands' },
        { status: 'failed', fullName: 'b falls', failureMessages: [`${red} ${'x'.repeat(3_000)}`] },
      ],
    },
    { name: join(ROOT, 'c.test.ts'), status: 'failed', message: 'no such module', assertionResults: [] },
  ];
  expect(failuresOf({ ...COUNTS, testResults })).toEqual([
    `test/b.test.ts > b falls\nred ${'x'.repeat(1_496)}`,
    'c.test.ts\nno such module',
  ]);
});

test('a run without a report, or without a failure, has none', () => {
  expect(failuresOf(undefined)).toEqual([]);
  expect(failuresOf({ ...COUNTS, testResults: [{ status: 'passed', assertionResults: [] }] })).toEqual([]);
});
