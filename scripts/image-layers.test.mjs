import { describe, expect, test } from 'vitest';
import { isForRunning, layersOf, placeInImage, withoutMapComment } from './image-layers.mjs';

const lock = {
  packages: {
    '': { version: '0.0.0' },
    'packages/agent': { name: 'audit-relay', dependencies: { '@x/core': '1', commander: '1' } },
    'packages/agent/node_modules/commander': { version: '1.0.0' },
    'packages/core': { name: '@x/core', dependencies: { zod: '1' } },
    'packages/sink-a': { name: '@x/sink-a', dependencies: { zod: '1', shared: '1', own: '1' } },
    'packages/sink-b': { name: '@x/sink-b', dependencies: { shared: '1' }, devDependencies: { tool: '1' } },
    'packages/sink-http': { name: '@x/sink-http' },
    'packages/sink-testkit': { name: '@x/sink-testkit' },
    'packages/openai-simulator': { name: '@x/openai-simulator' },
    'node_modules/@x/core': { link: true, resolved: 'packages/core' },
    'node_modules/commander': { version: '2.0.0', dev: true },
    'node_modules/zod': { version: '1.0.0' },
    'node_modules/shared': { version: '1.0.0' },
    'node_modules/own': { version: '1.0.0' },
    'node_modules/tool': { version: '1.0.0', dev: true },
  },
};

test('each layer holds what no layer before it has, and tools are in none', () => {
  expect(layersOf(lock)).toEqual([
    {
      name: 'relay',
      folders: ['node_modules/zod', 'packages/agent', 'packages/agent/node_modules/commander', 'packages/core'],
    },
    { name: 'sink-a', folders: ['node_modules/own', 'node_modules/shared', 'packages/sink-a'] },
    { name: 'sink-b', folders: ['packages/sink-b'] },
    { name: 'simulator', folders: ['packages/openai-simulator'] },
  ]);
});

test.each([
  ['packages/agent', 'node_modules/audit-relay'],
  ['packages/agent/node_modules/commander', 'node_modules/audit-relay/node_modules/commander'],
  ['packages/core', 'node_modules/@x/core'],
  ['node_modules/zod', 'node_modules/zod'],
])('%s stands at %s', (folder, place) => {
  expect(placeInImage(lock, folder)).toBe(place);
});

describe('of a package’s files', () => {
  test.each([
    'index.js',
    'lib/a.cjs',
    'package.json',
    'data/x.json',
    'LICENSE.md',
    'lib/test/a.js',
    'NOTICE',
    'node.napi.glibc.node',
  ])('%s is for running', (path) => expect(isForRunning(path)).toBe(true));
  test.each([
    'index.d.ts',
    'a.d.mts',
    'src/a.ts',
    'a.js.map',
    'README.md',
    'license.d.ts',
    'src/lmdb.c',
    'node.napi.musl.node',
  ])('%s is not', (path) => expect(isForRunning(path)).toBe(false));
});

test('a comment that names a map goes, one that holds it stays', () => {
  const text = 'a();\n//# sourceMappingURL=a.js.map\nb();\n//# sourceMappingURL=data:x\n';
  expect(withoutMapComment(text)).toBe('a();\nb();\n//# sourceMappingURL=data:x\n');
});
