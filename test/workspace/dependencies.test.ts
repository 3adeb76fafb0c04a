/**
 * Each package that the product runs on has been looked at: one that a single person keeps is pinned exactly, since one
 * stolen account is all of it; the others follow their major version, for fixes. A new dependency fails until it stands here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** By who keeps it: as npm and its repository say, November 2026. */
const KEPT_BY_ONE: readonly string[] = [
  '@inquirer/checkbox',
  '@inquirer/input',
  '@marcbachmann/cel-js',
  'ansi-escapes',
  'cli-truncate',
  'fastest-levenshtein',
  'kafkajs',
  'lmdb',
  'log-update',
  're2js',
  'sparkly',
  'uplot',
  'wrap-ansi',
];
const KEPT_BY_SEVERAL: readonly string[] = [
  'commander',
  'nanotar',
  'pino',
  'preact',
  'prom-client',
  'undici',
  'yaml',
  'zod',
];

interface Manifest {
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const PAGE = join(ROOT, 'packages/agent/page/src');
/** What the status page is built of: tools by their place in the manifest, but in the files that users get all the same. */
const BUNDLED = new Set(
  readdirSync(PAGE)
    .filter((name) => !name.endsWith('.test.ts'))
    .flatMap((name) => librariesOf(readFileSync(join(PAGE, name), 'utf8'))),
);

/** Named by an import, but for what is of types alone. */
function librariesOf(source: string): readonly string[] {
  const lines = source.split('\n').filter((line) => !line.startsWith('import type'));
  const named = lines.map((line) => /^(?:import|.*\bfrom) '((?:@[^/']+\/)?[^./'][^/']*)/.exec(line)?.[1]);
  return named.filter((library) => library !== undefined);
}

function bundledBy(folder: string, { devDependencies = {} }: Manifest): readonly [name: string, range: string][] {
  if (folder !== 'agent') return [];
  return [...BUNDLED].map((name) => [name, devDependencies[name] ?? 'in no manifest']);
}

const wanted = readdirSync(join(ROOT, 'packages')).flatMap((folder) => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'packages', folder, 'package.json'), 'utf8')) as Manifest;
  const own = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies });
  const all = [...own, ...bundledBy(folder, manifest)];
  return all.filter(([name]) => !name.startsWith('@audit-relay/')).map(([name, range]) => ({ folder, name, range }));
});

test('every dependency of the product is one that was looked at, and none is listed in vain', () => {
  expect([...new Set(wanted.map(({ name }) => name))].sort()).toEqual([...KEPT_BY_ONE, ...KEPT_BY_SEVERAL].sort());
});

test('what one person keeps is pinned exactly', () => {
  const loose = wanted.filter(({ name, range }) => KEPT_BY_ONE.includes(name) && !/^\d+\.\d+\.\d+$/.test(range));
  expect(loose).toEqual([]);
});

test('what is built into the agent’s own files is pinned exactly, whoever keeps it: the file that users get is no range', () => {
  expect([...BUNDLED].sort()).toEqual(['preact', 'uplot']);
  const loose = wanted.filter(({ name, range }) => BUNDLED.has(name) && !/^\d+\.\d+\.\d+$/.test(range));
  expect(loose).toEqual([]);
});

test('new versions are taken only after some days, and none from a git repository', () => {
  const settings = readFileSync(join(ROOT, '.npmrc'), 'utf8').split('\n');
  const [, days] = /^min-release-age=(\d+)$/m.exec(settings.join('\n')) ?? [];
  expect(Number(days)).toBeGreaterThanOrEqual(3);
  expect(settings).toContain('allow-git=none');
});
