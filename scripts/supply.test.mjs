import { describe, expect, test } from 'vitest';
import { auditVerdict, billOf, neededBy, packagesAmong } from './supply.mjs';

const lock = {
  packages: {
    '': { version: '0.0.0' },
    'packages/agent': {
      name: 'audit-relay',
      version: '0.1.0',
      dependencies: { zod: '^4', a: '1', '@x/core': '1' },
      peerDependencies: { simulator: '1' },
      peerDependenciesMeta: { simulator: { optional: true } },
    },
    'packages/core': { name: '@x/core', version: '1.0.0', optionalDependencies: { native: '1' } },
    'node_modules/@x/core': { link: true, resolved: 'packages/core' },
    'node_modules/zod': { version: '4.6.7', dev: true },
    'node_modules/a': { version: '1.0.0', dependencies: { zod: '^3' } },
    'node_modules/a/node_modules/zod': { version: '3.0.0' },
    'node_modules/native': { version: '1.1.0', optional: true },
    'node_modules/simulator': { version: '1.0.0' },
    'node_modules/vitest': { version: '4.0.0', dev: true },
    'packages/agent/node_modules/preact': { version: '11.0.0', dev: true, dependencies: { small: '1' } },
    'node_modules/small': { version: '1.0.0', dev: true },
    'node_modules/uplot': { version: '1.6.32', dev: true },
  },
};
/** What stands in the agent's own files, and what that needs. */
const BUNDLED = ['preact@11.0.0', 'small@1.0.0', 'uplot@1.6.32'];
const NEEDED = ['zod@4.6.7', 'zod@3.0.0', 'a@1.0.0', 'native@1.1.0', ...BUNDLED];
const needed = new Set(NEEDED);

/** @param {readonly string[]} parts As `name@version`; each depends on all. */
function bill(parts) {
  const components = parts.map((part) => {
    const at = part.lastIndexOf('@');
    return { 'bom-ref': part, name: part.slice(0, at), version: part.slice(at + 1) };
  });
  const dependencies = parts.map((ref) => ({ ref, dependsOn: parts }));
  return { bomFormat: 'CycloneDX', components, dependencies };
}

test('what a package needs is all that it leads to, by whatever way, and no tool', () => {
  expect([...neededBy(lock, ['packages/agent'])].sort()).toEqual(NEEDED.toSorted());
});

test('what the agent carries in its own files is a part of it, and of nothing else', () => {
  expect([...neededBy(lock, ['packages/agent'])]).toEqual(expect.arrayContaining(BUNDLED));
  expect([...neededBy(lock, ['packages/core'])]).toEqual(['native@1.1.0']);
});

test('what stands in the agent’s files and in no lockfile is not passed over', () => {
  const { 'node_modules/uplot': _, ...packages } = lock.packages;
  expect(() => neededBy({ packages }, ['packages/agent'])).toThrow('lacks uplot');
});

test('whose code a bundle holds is seen by its modules', () => {
  const modules = [
    '/w/packages/agent/page/src/main.tsx',
    '/w/node_modules/preact/hooks/dist/hooks.mjs',
    '/w/node_modules/preact/dist/preact.mjs',
    '/w/node_modules/a/node_modules/@x/deep/index.js',
    '/w/node_modules/uplot/dist/uPlot.min.css',
    '\0vite/modulepreload-polyfill.js',
  ];
  expect(packagesAmong(modules)).toEqual(['@x/deep', 'preact', 'uplot']);
});

describe('a bill of materials', () => {
  test('is cut to what is needed', () => {
    const cut = billOf(bill([...NEEDED, 'vitest@4.0.0']), needed);
    expect(cut).toEqual(bill(NEEDED));
  });
  test('that lacks one version of two is refused', () => {
    const lacking = bill(NEEDED.filter((part) => part !== 'zod@3.0.0'));
    expect(() => billOf(lacking, needed)).toThrow('lacks zod@3.0.0');
  });
  test('is none in another format', () => {
    expect(() => billOf({ ...bill(NEEDED), bomFormat: 'SPDX' }, needed)).toThrow('no CycloneDX');
  });
});

describe('an audit', () => {
  const found = (/** @type {string} */ severity) =>
    JSON.stringify({ vulnerabilities: { a: { name: 'a', severity, range: '<1' } } });
  test.each([
    ['nothing', '{"vulnerabilities":{}}', 'clean'],
    ['what is of no weight', found('low'), 'clean'],
    ['what weighs', found('moderate'), 'vulnerable'],
    ['what weighs most', found('critical'), 'vulnerable'],
    ['a registry without advisories', '{"message":"405","error":{"summary":"","detail":""}}', 'not answered'],
    ['no answer', '', 'not answered'],
  ])('that finds %s', (_, output, verdict) => {
    expect(auditVerdict(output).verdict).toBe(verdict);
  });
  test('that was not made says so loudly', () => {
    expect(auditVerdict('').lines.join('\n')).toMatch(/^!{78}\n!! NOT AUDITED/);
  });
});
