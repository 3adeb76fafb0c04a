/** Each deliberate bug still has its place in the sources, and its tests are there. That they fail is for `npm run test:mutants`. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { MUTANTS } from './mutants.ts';

const PACKAGES = fileURLToPath(new URL('../../packages/', import.meta.url));

test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
  '%s: stands in the sources once',
  (_name, mutant) => {
    const sources = join(PACKAGES, mutant.package ?? 'core', 'src');
    const text = readFileSync(join(sources, mutant.file), 'utf8');
    expect(text.split(mutant.from)).toHaveLength(2);
    expect(mutant.to).not.toBe(mutant.from);
    expect(mutant.tests.filter((path) => !existsSync(join(sources, path)))).toEqual([]);
  },
);

test('no two have one name', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});
