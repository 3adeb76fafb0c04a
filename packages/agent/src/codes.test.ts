/** Whatever command shows a code leads to the page that has it, once: from a configuration that is refused, and from a journal that is not there. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createProgram, main } from './cli.ts';
import { commandsOf } from './cli-examples.ts';
import { ERRORS_PAGE } from './errors-page.ts';
import { openNewFile } from './new-file.ts';
import { SILENT } from './process-io.test.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'audit-relay-codes-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sources = { acme: { type: 'openai', api_key: '${KEY}', base_url: 'http://127.0.0.1:9/v1' } };
const sinks = { disk: { type: 'file', path: join(folder, 'out.ndjson') } };
function written(name: string, config: object): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(config));
  return file;
}
const good = written('good.yaml', { sources, sinks, journal: { path: join(folder, 'none'), create: 'never' } });
const bad = written('bad.yaml', { sources, sinks, journal: { path: 7 }, redact: 7 });

/** Everything that it said. */
async function said(args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  const take = (words: string): boolean => {
    text += words;
    return true;
  };
  const code = await main(args, { ...SILENT, env: { KEY: 'sk-admin-1234' }, out: take, talk: take });
  return { code, text };
}

const commands = commandsOf(createProgram(SILENT, () => undefined)).filter(
  ([words, command]) => command.commands.length === 0 || words === 'schema',
);
const reading = commands.filter(([, command]) => command.options.some(({ long }) => long === '--config'));

/** What a command wants beside its configuration. */
const WANTED: Readonly<Record<string, readonly string[]>> = {
  'dead-letters retry': ['--all'],
  'dead-letters drop': ['--all'],
  'dead-letters show': ['disk/1'],
  get: ['some-id'],
  replay: ['--sink', 'disk', '--from', '1d'],
  backfill: ['--from', '1d'],
  run: ['--once'],
};

describe.each(reading.filter(([words]) => words !== 'init'))('%s', (words) => {
  test('leads there from a configuration that is refused', async () => {
    const { code, text } = await said([...words.split(' '), ...(WANTED[words] ?? []), '--config', bad]);
    expect({ code, leads: text.split(ERRORS_PAGE).length - 1 }, text).toEqual({ code: 78, leads: 1 });
    expect(text).toMatch(/CONFIG_\w+/);
  });
});

/** These begin without a journal, or want none; the doctor waits for the API, and is in the table of mistakes. */
const WITHOUT = ['init', 'validate', 'map', 'setup', 'schema', 'schema events', 'doctor'];

describe.each(reading.filter(([words]) => !WITHOUT.includes(words)))('%s', (words) => {
  test('leads there from a journal that is not there', async () => {
    const { code, text } = await said([...words.split(' '), ...(WANTED[words] ?? []), '--config', good]);
    expect({ code, leads: text.split(ERRORS_PAGE).length - 1 }, text).toEqual({ code: 1, leads: 1 });
    expect(text).toMatch(/JOURNAL_\w+/);
  });
});

test('a replay that is to be ended, and a wrong --where, lead there too', async () => {
  const stop = await said(['replay', '--sink', 'disk', '--stop', '--config', good]);
  const where = await said(['tail', '--where', 'nothing ==', '--config', good]);
  for (const { text } of [stop, where]) expect(text.split(ERRORS_PAGE)).toHaveLength(2);
  expect(where).toMatchObject({ code: 2, text: expect.stringMatching(/^WHEN_INVALID: --where: /) });
});

test.each([
  ['is there', 'good.yaml', /^OUTPUT_REFUSED: .*it is there already: name another, or move it away$/],
  ['has no folder', 'nowhere/x.ndjson', /its folder is not there/],
])('a file to be written that %s is left alone, and it is said what to do', (_, name, words) => {
  const open = (): number => openNewFile(join(folder, name));
  expect(open).toThrow(/cannot be written/);
  try {
    open();
  } catch (error) {
    expect(`${Object(error).code}: ${Object(error).message}`).toMatch(words);
  }
});

test('no command makes those words by itself: they come out of one place', () => {
  const names = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
  const sources = names.filter((name) => /(?<!\.test)\.ts$/.test(name) && name !== 'error-text.ts');
  const own = sources.filter((name) => /'UNCAUGHT'\}: /.test(readFileSync(join(import.meta.dirname, name), 'utf8')));
  expect(own).toEqual([]);
});
