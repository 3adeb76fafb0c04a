/** A configuration that is meant to harm whoever reads it: it ends soon, with a problem, and runs nothing. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { SILENT } from '../process-io.test.fixture.ts';
import { folder, read, SINKS, SOURCES } from './read.test.fixture.ts';
import { readConfig } from './read.ts';

const each = (count: number, text: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => text(n)).join('');
const multiplying = (levels: number, width: number): string =>
  `a0: &a0 [x]\n${each(levels, (n) => `a${n + 1}: &a${n + 1} [${each(width, () => `*a${n},`)}]\n`)}`;

const cases: readonly [name: string, text: string, problem: RegExp][] = [
  ['aliases that multiply by nine', multiplying(12, 9), /aliases .* multiply/],
  ['aliases that double thirty times', multiplying(30, 2), /aliases .* multiply/],
  ['thousands of aliases of one value', `a: &a x\nb: [${'*a,'.repeat(20_000)}]\n`, /aliases .* multiply/],
  [
    'thousands of anchors, each with its alias',
    each(500, (n) => `k${n}: &n${n} x\nl${n}: *n${n}\n`),
    /aliases .* multiply/,
  ],
  ['a value that holds itself', `${SOURCES}${SINKS}name: &a [*a]\n`, /inside the very value/],
  [
    'a map that holds itself, further down',
    `${SINKS}sources: &a\n  acme: { type: openai, b: { c: *a } }\n`,
    /inside the very value/,
  ],
  [
    'types of other languages',
    `${SOURCES}${SINKS}name: !!js/function "function () { throw 1 }"\n`,
    /read as the name of a type/,
  ],
  [
    'an object of another language',
    `${SOURCES}${SINKS}name: !!python/object/apply:os.system ["false"]\n`,
    /read as the name of a type/,
  ],
  ['bytes', `${SOURCES}${SINKS}name: !!binary "aGVsbG8="\n`, /f:\d+:\d+ {2}/],
  [
    'a type that a directive defines',
    `%TAG ! tag:example.com,2000:\n---\n${SOURCES}${SINKS}name: !x y\n`,
    /read as the name of a type/,
  ],
  ['lists in lists', `${SOURCES}${SINKS}name: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`, /f:\d+:\d+ {2}/],
  ['maps in maps', `${SOURCES}${SINKS}name: ${'{ a: '.repeat(5_000)}x${'}'.repeat(5_000)}\n`, /f:\d+:\d+ {2}/],
  ['blocks in blocks', `${SOURCES}${SINKS}${each(400, (n) => `${' '.repeat(n)}a:\n`)}`, /unknown key/],
  ['substitutions that never end', `${SOURCES}${SINKS}name: "${'${'.repeat(20_000)}"\n`, /is no substitution/],
  [
    'prototypes',
    `${SOURCES}${SINKS}__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 1 } }\n`,
    /__proto__ {2}unknown key/,
  ],
  [
    'prototypes further down',
    `${SINKS}sources:\n  __proto__: { polluted: 1 }\n  acme: { type: openai, api_key: a, __proto__: { polluted: 1 } }\n`,
    /f:\d+:\d+ {2}/,
  ],
];
test.each(cases)('%s', async (_, text, problem) => {
  const { config, lines } = await read(text);
  expect(config).toBeUndefined();
  expect(lines.join('\n')).toMatch(problem);
  expect(Object('polluted').polluted).toBeUndefined();
});

test.each([
  ['a map for a key', 'sinks: { { api_key: canary }: 1 }\n'],
  ['a list for a key, further down', 'sources:\n  acme:\n    ? [canary]\n    : 1\n'],
])('%s is told as a problem, and by nobody else on stderr', async (_, text) => {
  const said = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  onTestFinished(() => said.mockRestore());
  const { config } = await read(text);
  expect(config).toBeUndefined();
  expect(said.mock.calls).toEqual([]);
});

test('what aliases are for is taken', async () => {
  const { config, lines } = await read(
    `${SOURCES}sinks:\n  a: { type: file, path: a, batch: &batch { max_events: 7 } }\n  b: { type: file, path: b, batch: *batch }\n`,
  );
  expect(lines).toEqual([]);
  expect(config?.sinks['b']?.lane.batch).toEqual(config?.sinks['a']?.lane.batch);
});

test('a variable holds neither an alias nor a substitution', async () => {
  const env = { KEY: '*name ${HOME} ${file:/etc/passwd} !!js/function x' };
  writeFileSync(
    join(folder, 'variable.yaml'),
    `name: "\${KEY}"\n${SINKS}sources:\n  acme: { type: openai, api_key: "\${KEY}" }\n`,
  );
  const { problems, secrets } = await readConfig(join(folder, 'variable.yaml'), { ...SILENT, env });
  expect(problems.map(({ code }) => code)).toEqual(['CONFIG_BAD_CREDENTIAL']);
  expect(secrets).toEqual([env.KEY]);
});

test.each(['/dev/zero', 'large.yaml'])('%s, which is too large, is read to the bound and no further', async (file) => {
  writeFileSync(join(folder, 'large.yaml'), 'x'.repeat(300_000));
  const { problems } = await readConfig(join(folder, file).replace(/^.*(?=\/dev\/)/, ''), SILENT);
  expect(problems.map(({ expected }) => expected)).toEqual([expect.stringMatching(/EFBIG.*more than 256 KiB/)]);
});

test('a secret file without an end is told as that', async () => {
  const { lines } = await read(`${SINKS}sources:\n  acme: { type: openai, api_key: "\${file:/dev/zero}" }\n`);
  expect(lines).toEqual([expect.stringContaining('/dev/zero cannot be read (EFBIG)')]);
});

test('nothing is loaded but what a type names', async () => {
  const loaded = join(folder, 'loaded.txt');
  const module = (name: string): string =>
    `import { appendFileSync } from 'node:fs';\nappendFileSync(${JSON.stringify(loaded)}, '${name} ');\nexport const sink = { type: '${name}', limits: () => ({}), open: async () => ({}), configSchema: { safeParse: () => ({ success: true, data: {} }) } };\n`;
  const packages = ['@audit-relay/sink-bait', '@audit-relay/sink-named', 'audit-relay-sink-bait', 'bait', 'kinesis'];
  for (const name of packages) {
    const place = join(folder, 'node_modules', name);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), JSON.stringify({ name, type: 'module', exports: './index.js' }));
    writeFileSync(join(place, 'index.js'), module(name));
  }
  const { config } = await read(
    `${SOURCES}sinks:\n  a: { type: named, note: bait }\n  b: { type: file, path: kinesis }\n`,
  );
  expect(Object.keys(config?.sinks ?? {})).toEqual(['a', 'b']);
  for (const type of [
    '../bait',
    '@audit-relay/../bait',
    '@audit-relay/sink-named/../sink-bait',
    'bait/index.js',
    'node:fs',
    'data:text/javascript,1',
    'https://example.com/x.js',
    'file:///x.js',
  ])
    await read(`${SOURCES}sinks:\n  a: { type: "${type}" }\n`);
  expect(readFileSync(loaded, 'utf8').trim()).toBe('@audit-relay/sink-named');
});
