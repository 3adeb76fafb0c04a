/**
 * What runs with an admin key carries no test code: from the product's entries no module is reached that is part of an
 * emulator, a fixture, the test kit or the simulator, however it is imported; and none of them is a dependency.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NOT_FOR_PRODUCTION = ['openai-simulator', 'sink-testkit'];
const TEST_CODE = /\.test\.|__fixtures__|\/emulator\/|\/examples\/|packages\/(openai-simulator|sink-testkit)\//;
/** As a text: static, dynamic, and by `new URL` where a module is handed to a worker or a child. */
const NAMED = /(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)(['"`])(?<name>\.{1,2}\/[^'"`]+\.js)\1/g;

const product = readdirSync(join(ROOT, 'packages')).filter((name) => !NOT_FOR_PRODUCTION.includes(name));

/** Every module of its own package that an entry leads to, as a path from the root. */
function reached(entry: string): readonly string[] {
  const found = new Set<string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path) || !existsSync(path)) continue;
    found.add(path);
    const from = dirname(path);
    for (const { groups } of readFileSync(path, 'utf8').matchAll(NAMED))
      waiting.push(join(from, groups?.['name'] ?? ''));
  }
  return [...found].map((path) => relative(ROOT, path));
}

describe.each(product)('packages/%s', (name) => {
  const folder = join(ROOT, 'packages', name);

  test('reaches no test code from its entry', () => {
    const modules = reached(join(folder, 'dist/index.js'));
    expect(modules.filter((path) => TEST_CODE.test(path))).toEqual([]);
    // Otherwise nothing was looked at.
    const written = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' }).map((path) => `/${path}`);
    const own = written.filter((path) => path.endsWith('.ts') && !TEST_CODE.test(path)).length;
    expect(modules.length).toBeGreaterThan(own / 3);
  });

  test('depends on none of it', () => {
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly dependencies?: Readonly<Record<string, string>>;
    };
    const wanted = [
      ...NOT_FOR_PRODUCTION.map((one) => `@audit-relay/${one}`),
      'vitest',
      'fast-check',
      'testcontainers',
    ];
    expect(Object.keys(dependencies).filter((one) => wanted.includes(one))).toEqual([]);
  });
});
