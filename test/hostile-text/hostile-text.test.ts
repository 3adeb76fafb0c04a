/** No text from outside holds up the process that reads it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CASES } from './cases.ts';

const CHILD = join(import.meta.dirname, '../dist/hostile-text/child.js');

/** Generous: what these take grows with the text, and is some seconds on a busy machine. */
const KILLED_AFTER_MS = 90_000;

test.each(Object.keys(CASES))('%s', (name) => {
  const { stdout, stderr, signal } = spawnSync(process.execPath, [CHILD, name], {
    encoding: 'utf8',
    timeout: KILLED_AFTER_MS,
    killSignal: 'SIGKILL',
  });
  expect({ stdout, stderr, signal }).toEqual({ stdout: 'read\n', stderr: '', signal: null });
});
