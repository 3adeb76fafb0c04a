import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfigText } from './read.ts';

const folder = mkdtempSync(join(tmpdir(), 'audit-relay-paths-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  for (const name of ['logs', 'journal', 'a-folder']) mkdirSync(at(name));
  for (const name of ['there', 'secret', 'relay.yaml']) writeFileSync(at(name), '');
  linkSync(at('there'), at('hard-link'));
  symlinkSync(at('there'), at('link'));
  symlinkSync(at('logs'), at('logs-link'));
  symlinkSync('logs/new', at('dangling'));
  symlinkSync('../logs/new', at('journal/link-out'));
  symlinkSync('circle', at('circle'));
  symlinkSync('/dev/stdout', at('to-stdout'));
  execFileSync('mkfifo', [at('pipe')]);
});

/** Problems of a configuration with these paths of `file` sinks `a`, `b` and so on: key path, code and words. */
async function problems(...paths: readonly string[]): Promise<string[]> {
  const sinks = paths.map((path, index) => [String.fromCharCode(97 + index), { type: 'file', path }]);
  const text = JSON.stringify({
    sources: { acme: { type: 'openai', api_key: `\${file:${at('secret')}}x` } },
    sinks: Object.fromEntries(sinks),
    journal: { path: at('journal') },
  });
  const reading = await readConfigText({ file: at('relay.yaml'), text, env: {} });
  const own = reading.problems.filter(({ level }) => level === 'error');
  return own.map(({ path, code, expected }) => `${path} ${code} ${expected}`);
}

describe('two sinks', () => {
  const meeting: readonly (readonly [sentence: string, first: string, second: string, words: RegExp])[] = [
    ['on one path', 'x', 'x', /sink a writes to this file as well/],
    ['on one path, spelled otherwise', 'x', './y/../x', /as well/],
    ['on one path, relative and absolute', at('x'), relative(process.cwd(), at('x')), /as well/],
    ['on one file by a link', at('there'), at('link'), /as well/],
    ['on one file by a hard link', at('there'), at('hard-link'), /as well/],
    ['on one file by a link to its folder', at('logs/new'), at('logs-link/new'), /as well/],
    ['on one file that a link will make', at('dangling'), at('logs/new'), /as well/],
    ['one on what the other sets aside', at('x'), at('x.1'), /sink a gives such names/],
    ['the other way round', at('x.12'), at('x'), /is the file of sink a/],
    ['one on what the other sets aside, by a link', at('logs/x'), at('logs-link/x.3'), /sink a gives such names/],
    [
      'one on what the other, a link, sets aside beside the link',
      at('dangling'),
      at('dangling.1'),
      /sink a gives such names/,
    ],
    ['the other way round, by a link', at('dangling.ids/x'), at('dangling'), /is the file of sink a/],
    ['one on the index of the other', at('x'), at('x.ids'), /sink a gives such names/],
    ['one within the index of the other', at('x'), at('x.ids/data.mdb'), /sink a gives such names/],
  ];
  test.each(meeting)('%s: the second is told', async (_, first, ...[second, words]) => {
    expect(await problems(first, second)).toEqual([expect.stringMatching(/^sinks\.b\.path CONFIG_PATH_TAKEN /)]);
    expect(await problems(first, second)).toEqual([expect.stringMatching(words)]);
  });

  test.each([
    ['in one folder', 'x', 'y'],
    ['with names that only look alike', 'x', 'x.old'],
    ['with a number that we do not give', 'x', 'x.01'],
    ['with one name, in two folders', at('logs/x'), at('x')],
  ])('%s do not meet', async (_, first, second) => {
    expect(await problems(first, second)).toEqual([]);
  });
});

describe('one sink', () => {
  const wrong: readonly (readonly [sentence: string, path: string, words: string])[] = [
    ['in the journal’s folder', at('journal/x'), 'CONFIG_PATH_TAKEN the journal is in this folder'],
    ['below the journal’s folder', at('journal/deep/x'), 'CONFIG_PATH_TAKEN the journal is in this folder'],
    [
      'by a link within the journal’s folder',
      at('journal/link-out'),
      'CONFIG_PATH_TAKEN the journal is in this folder',
    ],
    ['in the journal’s place', at('journal'), 'CONFIG_NOT_A_FILE this is a folder'],
    ['on the configuration', at('relay.yaml'), 'CONFIG_PATH_TAKEN this file is read by the configuration'],
    ['on a secret', at('secret'), 'CONFIG_PATH_TAKEN this file is read by the configuration'],
    ['on a folder', at('a-folder'), 'CONFIG_NOT_A_FILE this is a folder'],
    ['on a pipe', at('pipe'), 'CONFIG_NOT_A_FILE this is a pipe'],
    ['on stdout by its path', '/dev/stdout', 'CONFIG_NOT_A_FILE this is no file of its own'],
    ['on stdout by a link', at('to-stdout'), 'CONFIG_NOT_A_FILE'],
    ['on a device', '/dev/null', 'CONFIG_NOT_A_FILE'],
    ['on a descriptor', '/proc/self/fd/1', 'CONFIG_NOT_A_FILE'],
  ];
  test.each(wrong)('%s is told', async (_, path, words) => {
    expect(await problems(path)).toEqual([expect.stringContaining(`sinks.a.path ${words}`)]);
  });

  test.each([
    ['a file that is there', at('there')],
    ['a link to one', at('link')],
    ['a file that is still to be made', at('logs/later')],
    ['a folder that is still to be made', at('none/later')],
    ['a circle of links, which the sink itself names', at('circle')],
    ['a disk in memory', '/dev/shm/x'],
  ])('%s is no problem', async (_, path) => {
    expect(await problems(path)).toEqual([]);
  });
});
