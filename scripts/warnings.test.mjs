/** Warnings of ours are told from the runner's, each once. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { gatheringWarnings, warningsOfOurs } from './warnings.mjs';

const PUNYCODE = '[DEP0040] DeprecationWarning: The `punycode` module is deprecated.';
const internals = ['    at node:punycode:3:9', '    at BuiltinModule.compile (node:internal/bootstrap/realm:399:5)'];

/** @param {readonly string[]} frames */
function warning(frames, pid = 4711) {
  return [`(node:${pid}) ${PUNYCODE}`, ...internals, ...frames, ''].join('\n');
}

describe('a warning is ours', () => {
  test.each([
    {
      name: 'when our code calls',
      frames: ['    at open (file:///srv/clone/packages/core/src/journal/journal.ts:9:1)'],
    },
    {
      name: 'when a dependency calls',
      frames: ['    at Object.<anonymous> (/srv/clone/node_modules/lmdb/index.js:1:1)'],
    },
    { name: 'when nobody can be seen to call', frames: [] },
    {
      name: 'when a test of ours calls, whatever runs it',
      frames: [
        '    at /srv/clone/packages/core/src/lane/lane.test.ts:9:1',
        '    at file:///srv/clone/node_modules/@vitest/runner/dist/chunk.js:1:1',
      ],
    },
  ])('$name', ({ frames }) => {
    expect(warningsOfOurs(warning(frames))).toEqual([[PUNYCODE, ...internals, ...frames].join('\n')]);
  });
});

describe('a warning is not ours', () => {
  test.each([
    '    at file:///srv/clone/node_modules/vitest/dist/chunks/cli.js:1:1',
    '    at load (file:///srv/clone/node_modules/vite/dist/node/chunks/config.js:1:1)',
    '    at Object.<anonymous> (/srv/clone/node_modules/rolldown/dist/index.cjs:1:1)',
  ])('when the runner calls: %s', (frame) => {
    expect(warningsOfOurs(warning([frame, '    at run (file:///srv/clone/scripts/suite.mjs:1:1)']))).toEqual([]);
  });
});

test('many of several processes are each told once', () => {
  const text = warning([], 1) + warning(['    at f (/srv/clone/packages/a.ts:1:1)'], 1) + warning([], 2);
  expect(warningsOfOurs(text)).toHaveLength(2);
});

test('nothing gathered is nothing', () => {
  expect(warningsOfOurs('')).toEqual([]);
});

test('what a process and its child warn of is gathered with its stack', () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-warnings-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [file, script] = [join(folder, 'warnings.txt'), join(folder, 'warns.mjs')];
  const child = `if (process.argv[2] === undefined) spawnSync(process.execPath, [${JSON.stringify(script)}, 'child']);`;
  const lines = [
    "import { spawnSync } from 'node:child_process';",
    "process.emitWarning('old: ' + (process.argv[2] ?? 'parent'), 'DeprecationWarning', 'AR1');",
    child,
  ];
  writeFileSync(script, lines.join('\n'));

  const { stderr } = spawnSync(process.execPath, [script], { env: gatheringWarnings(file, process.env) });

  expect(String(stderr)).toBe('');
  const heads = warningsOfOurs(readFileSync(file, 'utf8')).map((each) => each.split('\n')[0]);
  expect(new Set(heads)).toEqual(
    new Set(['[AR1] DeprecationWarning: old: child', '[AR1] DeprecationWarning: old: parent']),
  );
});
