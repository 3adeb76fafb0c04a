/** What failed, as text for the end of a long run: who reads only its last lines must find it there. */
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { ROOT } from './run.mjs';

/** Of each message; the whole of it stands where the test ran. */
const MAX_CHARS = 1_500;

/**
 * One text for each test that failed, and for each file that failed without one.
 *
 * @param {import('./tally.mjs').Report | undefined} report
 * @returns {readonly string[]}
 */
export function failuresOf(report) {
  return (report?.testResults ?? []).flatMap(({ status, name = '', message = '', assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0) return status === 'failed' ? [textOf(name, '', [message])] : [];
    return failed.map(({ fullName = '', failureMessages = [] }) => textOf(name, fullName, failureMessages));
  });
}

/**
 * @param {string} file
 * @param {string} test
 * @param {readonly string[]} messages
 */
function textOf(file, test, messages) {
  const where = [relative(ROOT, file), test].filter(Boolean).join(' > ');
  return `${where}\n${stripVTControlCharacters(messages.join('\n')).slice(0, MAX_CHARS)}`;
}
