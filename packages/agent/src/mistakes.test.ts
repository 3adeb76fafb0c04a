/** Mistakes of somebody who is new, on the command line: the answer names what is wrong and what to do. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { main } from './cli.ts';
import { SILENT } from './process-io.test.fixture.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'audit-relay-mistakes-')));
afterAll(() => rmSync(folder, { recursive: true }));
const good = join(folder, 'good.yaml');
writeFileSync(
  good,
  `sources: { a: { type: openai, api_key: "\${KEY}" } }\nsinks: { b: { type: stdout } }\njournal: { path: ${join(folder, 'none')} }\n`,
);
mkdirSync(join(folder, 'conf'));

const cases: readonly [name: string, args: readonly string[], code: number, talk: readonly RegExp[]][] = [
  ['a configuration without --config', ['validate', good], 2, [/too many arguments/, /is named with --config <file>/]],
  ['the same to run', ['run', good], 2, [/too many arguments/, /is named with --config <file>/]],
  ['a source without --source', ['journal', 'adopt', 'acme'], 2, [/too many arguments/, /a source with --source/]],
  [
    'options before the command',
    ['-c', good, 'validate'],
    2,
    [/unknown option '-c'/, /Options stand behind the command/],
  ],
  ['a part of schema that is misspelt', ['schema', 'evnts'], 2, [/too many arguments/, /nothing, or events/]],
  ['an unknown option of a command', ['validate', '--confg', good], 2, [/Did you mean --config\?\)\nTry --help\.\n$/]],
  [
    'status of a folder that is no journal',
    ['status', '--journal', folder],
    1,
    [/^JOURNAL_FOREIGN: .* to look at a journal, the folder that holds its journal\.json\neach code: \S+\n$/],
  ],
  ['two ids', ['get', 'a', 'b', '-c', good], 2, [/too many arguments/]],
  [
    'a configuration that is not here, with where it was looked for',
    ['validate', '-c', join(folder, 'x.yaml')],
    78,
    [
      /CONFIG_UNREADABLE .*\(ENOENT\): there is no \/.*x\.yaml {2}fix: go to the folder that it is in, or name it with --config/,
    ],
  ],
  [
    'a folder for a configuration',
    ['validate', '-c', join(folder, 'conf')],
    78,
    [/CONFIG_UNREADABLE .*\(EISDIR\): .*conf is a folder {2}fix: name the file in it/],
  ],
  [
    'status where there is no configuration',
    ['status', '-c', join(folder, 'x.yaml')],
    78,
    [/CONFIG_UNREADABLE .* fix: go to the folder/, /--journal/],
  ],
  [
    'status of a journal that never was',
    ['status', '-c', good],
    1,
    [
      /^JOURNAL_MISSING: there is no journal in .*none: mount its volume; or go to the folder where the agent runs/,
      /or start the agent/,
    ],
  ],
];

test.each(cases)('%s', async (...[, args, code, talk]) => {
  const ended = await command(...args);
  expect(ended.code).toBe(code);
  for (const words of talk) expect(ended.talk).toMatch(words);
});

async function command(...args: readonly string[]): Promise<{ readonly code: number; readonly talk: string }> {
  let talk = '';
  const code = await main(args, {
    ...SILENT,
    env: { KEY: 'sk-1234' },
    hide: () => undefined,
    talk: (text) => (talk += text),
  });
  return { code, talk };
}
