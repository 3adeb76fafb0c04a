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
  'wrap-ansi',
];
const KEPT_BY_SEVERAL: readonly string[] = ['commander', 'nanotar', 'pino', 'prom-client', 'undici', 'yaml', 'zod'];

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const wanted = readdirSync(join(ROOT, 'packages')).flatMap((folder) => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'packages', folder, 'package.json'), 'utf8')) as Manifest;
  const all = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies });
  return all.filter(([name]) => !name.startsWith('@audit-relay/')).map(([name, range]) => ({ folder, name, range }));
});

test('every dependency of the product is one that was looked at, and none is listed in vain', () => {
  expect([...new Set(wanted.map(({ name }) => name))].sort()).toEqual([...KEPT_BY_ONE, ...KEPT_BY_SEVERAL].sort());
});

test('what one person keeps is pinned exactly', () => {
  const loose = wanted.filter(({ name, range }) => KEPT_BY_ONE.includes(name) && !/^\d+\.\d+\.\d+$/.test(range));
  expect(loose).toEqual([]);
});

test('new versions are taken only after some days, and none from a git repository', () => {
  const settings = readFileSync(join(ROOT, '.npmrc'), 'utf8').split('\n');
  const [, days] = /^min-release-age=(\d+)$/m.exec(settings.join('\n')) ?? [];
  expect(Number(days)).toBeGreaterThanOrEqual(3);
  expect(settings).toContain('allow-git=none');
});
