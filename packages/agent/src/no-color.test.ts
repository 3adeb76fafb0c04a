/** With `NO_COLOR` (no-color.org) no command writes a colour, though it stands on a terminal; what draws is tested in `watch/` and by `status --watch`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createProgram, main } from './cli.ts';
import { commandsOf } from './cli-examples.ts';
import { SILENT } from './process-io.test.fixture.ts';

const ESCAPE = '\u001b';

async function said(args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  const take = (words: string): boolean => {
    text += words;
    return true;
  };
  const code = await main(args, {
    ...SILENT,
    env: { NO_COLOR: '1', TERM: 'xterm-256color' },
    out: take,
    talk: take,
    columns: () => 80,
  });
  return { code, text };
}

const commands = commandsOf(createProgram(SILENT, () => undefined));
const configured = commands.filter(([, command]) => command.options.some(({ long }) => long === '--config'));

describe.each(configured)('%s', (words, command) => {
  test('says without colours that its configuration is not there', async () => {
    const required = command.registeredArguments.flatMap((argument) => (argument.required ? ['some'] : []));
    const wanted = command.options.flatMap(({ mandatory, long }) => (mandatory ? [String(long), '1d'] : []));
    const { code, text } = await said([...words.split(' '), ...required, ...wanted, '--config', '/nowhere/x.yaml']);
    expect(code).not.toBe(0);
    expect(text.length).toBeGreaterThan(0);
    expect(text).not.toContain(ESCAPE);
  });
});

/** The files that write an escape, or load what does; each with why it writes no colour against one's will. */
const DRAWING: Readonly<Record<string, string>> = {
  'summary.ts': 'moves the cursor, on a terminal alone',
  'init/ask.ts': 'its prompts ask for NO_COLOR themselves',
  'watch/paint.ts': 'is told whether the stream has colours, which Node answers by NO_COLOR',
  'watch/screen.ts': 'moves the cursor, on a terminal alone',
};

test('nothing else writes escapes', () => {
  const folder = import.meta.dirname;
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.test)\.ts$/.test(name),
  );
  const drawing = names.filter((name) =>
    /\\u001b|\\x1b|styleText|chalk|ansi-escapes|@inquirer/.test(readFileSync(join(folder, name), 'utf8')),
  );
  expect(drawing.toSorted()).toEqual(Object.keys(DRAWING).toSorted());
});
