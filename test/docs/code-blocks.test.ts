/** What the documents tell people to write and to type is true: configurations are valid, commands exist. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../agent/command.ts';
import { allPages, type Block, ROOT } from './markdown.ts';

const pages = allPages();
const blocks = pages.flatMap((page) => page.blocks);
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-docs-'));
  writeFileSync(join(folder, 'secret'), 'a-secret\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A problem as `audit-relay validate --json` prints it; of its fields those that are used here. */
interface Problem {
  readonly code: string;
  readonly path: string;
}

/** Of a configuration: a block with none of them is YAML of something else. */
const TOP_KEYS = [
  'name',
  'sources',
  'source_memory',
  'journal',
  'normalize',
  'redact',
  'redact_key',
  'sinks',
  'http',
  'log',
];

/** What a block may lack: a whole configuration nothing, a fragment its other half, anything else only syntax counts. */
function isAllowed({ info, text }: Block, { code, path }: Problem): boolean {
  const has = (...keys: readonly string[]): boolean[] => keys.map((key) => new RegExp(`^${key}:`, 'm').test(text));
  const isOurs = has(...TOP_KEYS).some(Boolean);
  if (!isOurs) return !/^CONFIG_(?:YAML|DUPLICATE_KEY)$/.test(code);
  const isWhole = has('sources', 'sinks').every(Boolean);
  if (!isWhole && code === 'CONFIG_MISSING_KEY' && /^(?:sources|sinks)?$/.test(path)) return true;
  return info === 'yaml fragment' && code === 'CONFIG_SINK_MISSING';
}

/** Its problems, with every variable and secret file set to something. */
async function problemsOf({ text }: Block): Promise<readonly Problem[]> {
  const variables = [...text.matchAll(/\$\{([A-Za-z_]\w*)/g)].map(([, name = '']): [string, string] => [name, 'set']);
  writeFileSync(join(folder, 'block.yaml'), text.replaceAll(/\$\{file:[^}]*\}/g, `\${file:${folder}/secret}`));
  const args = ['validate', '--json', '--config', 'block.yaml'];
  const { out } = await run({ args, cwd: folder, env: Object.fromEntries(variables) });
  return JSON.parse(out).problems;
}

describe('a configuration', () => {
  const yaml = blocks.filter(({ info }) => info.startsWith('yaml'));
  test.each(yaml)('at $place is valid', async (block) => {
    const problems = await problemsOf(block);
    expect(problems.filter((problem) => !isAllowed(block, problem))).toEqual([]);
  });
});

/** `npx audit-relay run --config x` → its program, then what follows. */
type Words = readonly [program: string, ...rest: string[]];

/** The commands of a shell block, or of one line in backticks, without what stands before and after the words. */
function commandsIn(text: string): readonly Words[] {
  const joined = text.replaceAll('\\\n', ' ');
  const pieces = joined.split('\n').flatMap((line) => line.replace(/(?:^|\s)#.*$/, '').split(/&&|\|\||[|;]/));
  return pieces.flatMap((piece) => {
    const prefixes = /^(?:\s|\$ |[A-Z_]+=\S* |sudo (?:-u \S+ )?|npx (?:--yes )?|node )*/;
    const [program, ...rest] = piece.replace(prefixes, '').trim().split(/\s+/);
    return program === undefined || program === ''
      ? []
      : [[program.replace(/^\S*\/(audit-relay)(?:\.js)?$/, '$1'), ...rest]];
  });
}

const inline = pages.flatMap(({ file, code }) => code.map((text) => ({ place: file, text })));
const shown = [...blocks.filter(({ info }) => info === 'sh'), ...inline];
const commands = shown.flatMap(({ place, text }) => commandsIn(text).map((words) => ({ place, words })));

function lines(of: Words['0']): readonly { readonly place: string; readonly line: string }[] {
  const ours = commands.filter(({ words: [program] }) => program === of);
  const all = ours.map(({ place, words: [, ...rest] }) => ({ place, line: rest.join(' ') }));
  return [...new Map(all.map((one) => [`${one.place} ${one.line}`, one])).values()];
}

describe('a command', () => {
  const helps = new Map<string, Promise<string>>();
  /** What `--help` says of a command, `['schema', 'events']`, or of all. */
  const helpOf = (command: readonly string[]): Promise<string> => {
    const key = command.join(' ');
    const help = helps.get(key) ?? run({ args: [...command, '--help'], cwd: folder }).then(({ out }) => out);
    helps.set(key, help);
    return help;
  };

  test.each(lines('audit-relay').filter(({ line }) => line !== ''))(
    'audit-relay $line, in $place',
    async ({ line }) => {
      const words = line.split(' ');
      const end = words.findIndex((word) => !/^[a-z][a-z-]*$/.test(word));
      const command = words.slice(0, end === -1 ? words.length : end);
      if (command.length > 0) expect(await helpOf([])).toMatch(new RegExp(`^  ${command[0]}\\b`, 'm'));
      const flags = words.filter((word) => word.startsWith('-'));
      const help = await helpOf(command);
      for (const flag of flags) expect(help).toMatch(new RegExp(`(?:^|[ ,])${flag.replace(/=.*/, '')}[ ,=]`, 'm'));
    },
  );

  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  /** Of npm itself, as far as the pages use them. */
  const NPM = ['ci', 'install', 'init', 'pack', 'pkg', 'publish', 'uninstall', 'view'];
  test.each(lines('npm'))('npm $line, in $place', ({ line }) => {
    const [first = '', second = ''] = line.split(' ');
    expect([...Object.keys(scripts), ...NPM]).toContain(first === 'run' ? second : first);
  });

  test('some were found', () => {
    expect(lines('audit-relay').length).toBeGreaterThan(10);
    expect(lines('npm').length).toBeGreaterThan(5);
  });
});
