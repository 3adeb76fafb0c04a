import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { installedTypes, loadPlugin, PUBLISHED } from './plugins.ts';

const folder = mkdtempSync(join(tmpdir(), 'audit-relay-plugins-'));
afterAll(() => rmSync(folder, { recursive: true }));

const plugin = (type: string): string =>
  `export const sink = { type: '${type}', configSchema: { safeParse: () => ({}) }, limits: () => ({}), open: async () => ({}) };`;

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** A package in the folder's node_modules whose entry is `entry.js`. */
function install(name: string, manifest: object, source: string): void {
  put(`node_modules/${name}/package.json`, JSON.stringify({ name, type: 'module', ...manifest }));
  put(`node_modules/${name}/entry.js`, source);
}

describe('a type leads to its plugin', () => {
  install(
    '@audit-relay/sink-lake',
    { exports: { '.': { types: './no.d.ts', default: './entry.js' } } },
    plugin('lake'),
  );
  install('pond', { exports: './entry.js' }, plugin('pond'));
  install('@other/river', { exports: { import: './entry.js' } }, plugin('river'));
  install('brook', { main: 'entry.js' }, plugin('brook'));
  install('kafka', { main: 'entry.js' }, plugin('kafka'));
  install(
    'several',
    { main: 'entry.js' },
    `export const version = 1; export const x = { type: 'x' }; ${plugin('several')}`,
  );
  put('mine.mjs', plugin('mine'));
  // Exports are seen in the order of the alphabet, and a zod schema has a `type` as well.
  put('schema-first.mjs', `export const configSchema = { type: 'object', safeParse: () => ({}) }; ${plugin('first')}`);
  put('ours/package.json', JSON.stringify({ type: 'module', exports: { node: './a.js' } }));
  put('ours/a.js', plugin('ours'));

  const found: readonly [name: string, type: string, loads: string][] = [
    ['built in', 'file', 'file'],
    ['one of the product’s packages', 'lake', 'lake'],
    ['a package of another name', 'pond', 'pond'],
    ['a package with only an import condition', '@other/river', 'river'],
    ['a package with only a main', 'brook', 'brook'],
    ['the export of that type among others', 'several', 'several'],
    ['a file beside the configuration', './mine.mjs', 'mine'],
    ['a folder with a package', './ours', 'ours'],
    ['the export that has the shape, beside its own schema', './schema-first.mjs', 'first'],
    ['an absolute path', join(folder, 'mine.mjs'), 'mine'],
  ];
  test.each(found)('%s', async (_, type, loads) => {
    expect(await loadPlugin(type, folder)).toMatchObject({ plugin: { type: loads } });
  });

  test('the name of a peer never takes some other package of that name', async () => {
    const loaded = await loadPlugin('kafka', folder);
    expect(loaded).toMatchObject({ plugin: { type: 'kafka', document: expect.any(Function) } });
  });

  test('what is published is what there is', () => {
    const packages = readdirSync(join(import.meta.dirname, '../..')).filter((name) => name.startsWith('sink-'));
    const types = packages.map((name) => name.slice('sink-'.length));
    expect(PUBLISHED).toEqual(types.filter((type) => !['http', 'testkit'].includes(type)));
  });

  test('installed types are listed', () => {
    expect(installedTypes(folder)).toContain('lake');
    expect(installedTypes(folder)).not.toContain('testkit');
    expect(installedTypes(folder)).not.toContain('http');
  });
});

test('a module that waits at its top for ever is a problem, and not waited for', async () => {
  install('waiting', { main: 'entry.js' }, 'await new Promise(() => {});');
  expect(await loadPlugin('waiting', folder, 20)).toMatchObject({
    problem: { code: 'CONFIG_SINK_BROKEN', expected: expect.stringContaining('not done within') },
  });
});

describe('what is no plugin is named', () => {
  install('empty', { main: 'entry.js' }, 'export const nothing = 1;');
  install('half', { main: 'entry.js' }, "export const sink = { type: 'half', open: async () => ({}) };");
  install('throws', { main: 'entry.js' }, "throw new Error('no native binding\\nRequire stack: a, b');");
  put('half.mjs', "export const zero = 0; export const sink = { type: 'half', limits: 1, open: async () => ({}) };");
  put('odd-setup.mjs', `${plugin('odd').slice(0, -3)}, setup: true };`);
  put('odd-files.mjs', `${plugin('odd').slice(0, -3)}, files: [] };`);
  put('throws.mjs', "throw new Error('no native binding');");
  // No loader takes it, whatever it makes of the types in a `.ts`.
  put('source.ts', 'export const sink: = ;');
  put('bare/index.js', plugin('bare'));
  put('unbuilt/package.json', JSON.stringify({ main: './dist/index.js' }));

  const another = 'install another version of it; docs/SINK-SPEC.md says what a sink exports';
  const cases: readonly [name: string, type: string, problem: object][] = [
    [
      'nothing at the path',
      './not-there.js',
      {
        code: 'CONFIG_SINK_MISSING',
        expected: 'nothing to load at ./not-there.js',
        fix: 'paths begin at the folder of this file',
      },
    ],
    [
      'a package that is not installed',
      '@some/sink',
      { code: 'CONFIG_SINK_MISSING', fix: expect.not.stringContaining('npm install') },
    ],
    [
      'a module without a plugin',
      'empty',
      { code: 'CONFIG_SINK_BROKEN', expected: 'the package of empty exports no plugin', fix: another },
    ],
    [
      'a plugin that lacks parts',
      'half',
      {
        code: 'CONFIG_SINK_BROKEN',
        expected: 'the package of half exports no plugin: sink comes nearest and lacks configSchema, limits',
        fix: another,
      },
    ],
    [
      'a plugin of one’s own that lacks parts',
      './half.mjs',
      {
        expected: './half.mjs exports no plugin: sink comes nearest and lacks configSchema, limits',
        fix: 'export a SinkPlugin: docs/SINK-SPEC.md',
      },
    ],
    [
      'a plugin whose set-up is no function',
      './odd-setup.mjs',
      { expected: './odd-setup.mjs exports no plugin: sink comes nearest and lacks setup' },
    ],
    [
      'a plugin whose files are no function',
      './odd-files.mjs',
      { expected: './odd-files.mjs exports no plugin: sink comes nearest and lacks files' },
    ],
    [
      'a module that throws, by the first line of its error',
      'throws',
      { expected: 'the package of throws cannot be loaded: no native binding', fix: another },
    ],
    [
      'a module of one’s own that throws',
      './throws.mjs',
      {
        expected: './throws.mjs cannot be loaded: no native binding',
        fix: `all of the error: node ${join(folder, 'throws.mjs')}`,
      },
    ],
    [
      'a source that was not built',
      './source.ts',
      { code: 'CONFIG_SINK_BROKEN', fix: 'build it, and name the .js that comes of it' },
    ],
    [
      'a folder that is no package',
      './bare',
      {
        code: 'CONFIG_SINK_MISSING',
        expected: './bare is a folder whose package.json names no file that is there',
        fix: 'name the file itself, such as ./bare/index.js, or build the package',
      },
    ],
    [
      'a package that was not built',
      './unbuilt/',
      { fix: 'name the file itself, such as ./unbuilt/index.js, or build the package' },
    ],
    ['a name that no package can have', '../../etc passwd', { code: 'CONFIG_SINK_MISSING' }],
  ];
  test.each(cases)('%s', async (_, type, problem) => {
    expect(await loadPlugin(type, folder)).toMatchObject({ problem });
  });
});
