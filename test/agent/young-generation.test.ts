/** What the command says to V8 about its young generation takes effect, and nothing is said where Node was told a size. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

const resolve = createRequire(import.meta.url).resolve;
const BUILT = new URL('dist/young-generation.js', pathToFileURL(resolve('audit-relay/package.json')).href).href;
const CORE = pathToFileURL(resolve('@audit-relay/core')).href;
const MB = 2 ** 20;

/** How large it is, in bytes of both halves, at each of its steps; modules are what makes it grow otherwise. */
const SCRIPT = `
const { holdYoungGeneration, growYoungGeneration } = await import('${BUILT}');
const { getHeapSpaceStatistics } = await import('node:v8');
const sizes = [];
const look = () => sizes.push(getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size);
const work = () => {
  let kept = [];
  for (let n = 0; n < 600_000; n += 1) {
    kept.push({ n });
    if (kept.length > 150_000) kept = [];
  }
};
holdYoungGeneration();
await import('${CORE}');
look();
growYoungGeneration();
look();
work();
look();
console.log(JSON.stringify(sizes));
`;

function sizes(options: readonly string[]): readonly number[] {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const said = execFileSync(process.execPath, [...options, '--input-type=module', '--eval', SCRIPT], { env });
  // The script's own.
  return JSON.parse(String(said)) as readonly number[];
}

test('it grows when it is told to, to what --max-semi-space-size=4 would give it, and no further', () => {
  const [loaded = 0, ...rest] = sizes([]);
  expect(loaded).toBeLessThanOrEqual(2 * MB);
  expect(rest).toEqual([8 * MB, 8 * MB]);
});

test('where Node was told a size it has that', () => {
  expect(sizes(['--max-semi-space-size=16']).at(-1)).toBe(32 * MB);
});
