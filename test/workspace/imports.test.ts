/**
 * Which package may import which of ours. The limits keep a sink installable without the engine, and the contract
 * free of code: what needs more than its package allows stands in the wrong package.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CONTRACT = '@audit-relay/sink';
/** What HTTP sinks and the source need alike: a fault of the network is judged by one code. */
const NETWORK = '@audit-relay/sink-http';
const TEST_KIT = '@audit-relay/sink-testkit';

/** Every form in which a module names another, with `type` where the whole statement is erased. */
const IMPORT =
  /(?:\b(?:import|export)\s+(?<erased>type\s)?[^;'"`]*?\bfrom\s*|\bimport\s*\(?\s*)(?<quote>['"`])(?<name>[^'"`]+)\k<quote>/g;

/** One module of one package: its path from the root, such as `packages/core/src/relay.ts`, and its text. */
interface Module {
  readonly path: string;
  readonly text: string;
}

/** The packages of ours that a folder's product code may import. */
function allowedFor(folder: string, path: string): readonly string[] {
  if (folder === 'agent') return ['@audit-relay/core', CONTRACT, NETWORK];
  if (folder === 'sink-http') return [CONTRACT];
  if (folder === 'journal-kafka') return ['@audit-relay/core/journal', NETWORK, '@audit-relay/sink-kafka/connection'];
  // The kit itself judges sinks by raw sockets and needs no client; its example is a sink.
  if (folder === 'sink-testkit' && !path.includes('/examples/')) return [CONTRACT];
  if (folder === 'core' || folder.startsWith('sink-')) return [CONTRACT, NETWORK];
  return [];
}

/** What a module does that its package must not, one sentence each. */
function violations({ path, text }: Module): readonly string[] {
  const [, folder = ''] = path.split('/');
  const isTest = path.endsWith('.test.ts') || path.includes('/__fixtures__/');
  const allowed = isTest ? [...allowedFor(folder, path), TEST_KIT] : allowedFor(folder, path);
  return [...text.matchAll(IMPORT)].flatMap(({ groups }) => {
    const name = groups?.['name'] ?? '';
    const wrong = name.startsWith('.') ? leaves(path, name) : forbidden(name, allowed);
    if (wrong) return [`${path} imports ${name}: ${wrong}`];
    if (folder !== 'sink' || name.startsWith('.')) return [];
    return name === 'zod' && groups?.['erased'] ? [] : [`${path} imports ${name}: the contract takes zod's types only`];
  });
}

function leaves(path: string, name: string): string | undefined {
  const home = path.split('/').slice(0, 2).join('/');
  return normalize(join(path, '..', name)).startsWith(`${home}/`) ? undefined : "another package's file";
}

function forbidden(name: string, allowed: readonly string[]): string | undefined {
  if (!/^(?:@audit-relay\/|audit-relay(?:\/|$))/.test(name)) return undefined;
  if (allowed.includes(name)) return undefined;
  return `only ${allowed.join(' and ') || 'nothing of ours'} may be imported here`;
}

function modulesOf(folder: string): readonly Module[] {
  return ['src', 'bin'].flatMap((part) => {
    const paths = listed(join('packages', folder, part)).filter((path) => /\.[jt]s$/.test(path));
    return paths.map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
  });
}

/** The files below a folder, as paths from the root; none where there is no such folder. */
function listed(folder: string): readonly string[] {
  try {
    return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path));
  } catch {
    return [];
  }
}

describe('every module keeps to what its package may import', () => {
  test.each(readdirSync(join(ROOT, 'packages')))('packages/%s', (folder) => {
    const modules = modulesOf(folder);

    expect(modules).not.toEqual([]);
    expect(modules.flatMap(violations)).toEqual([]);
  });
});

describe('a module is found out when it imports', () => {
  test.each([
    {
      name: 'core from a sink',
      path: 'packages/sink-kafka/src/sink.ts',
      text: `import { x } from '@audit-relay/core';`,
    },
    {
      name: 'one sink from another',
      path: 'packages/sink-kafka/src/a.ts',
      text: `import '@audit-relay/sink-datadog';`,
    },
    { name: 'itself by name', path: 'packages/sink-http/src/a.ts', text: `import { x } from '${NETWORK}';` },
    {
      name: 'the network from the kit itself',
      path: 'packages/sink-testkit/src/peer.ts',
      text: `import '${NETWORK}';`,
    },
    { name: 'the network into the contract', path: 'packages/sink/src/index.ts', text: `export * from '${NETWORK}';` },
    { name: 'the agent from core', path: 'packages/core/src/a.ts', text: `export * from 'audit-relay';` },
    { name: 'the test kit outside tests', path: 'packages/core/src/a.ts', text: `import { x } from '${TEST_KIT}';` },
    {
      name: 'all of the core from a journal',
      path: 'packages/journal-kafka/src/a.ts',
      text: `import { x } from '@audit-relay/core';`,
    },
    {
      name: 'anything of ours from the simulator',
      path: 'packages/openai-simulator/src/a.ts',
      text: `import '${CONTRACT}';`,
    },
    {
      name: 'the inside of a package',
      path: 'packages/agent/src/a.ts',
      text: `await import('@audit-relay/core/dist/x.js');`,
    },
    {
      name: "another package's file",
      path: 'packages/agent/src/a.ts',
      text: `import { x } from '../../core/src/x.ts';`,
    },
    { name: 'code of zod into the contract', path: 'packages/sink/src/index.ts', text: `import { z } from 'zod';` },
    {
      name: 'a Node module into the contract',
      path: 'packages/sink/src/index.ts',
      text: `import type { A } from 'node:fs';`,
    },
    { name: 'over several lines', path: 'packages/core/src/a.ts', text: `import {\n  x,\n  y,\n} from 'audit-relay';` },
  ])('$name', ({ path, text }) => {
    expect(violations({ path, text })).toHaveLength(1);
  });

  test.each([
    {
      name: 'the contract from a sink',
      path: 'packages/sink-kafka/src/a.ts',
      text: `import type { X } from '${CONTRACT}';`,
    },
    { name: 'the network from a sink', path: 'packages/sink-kafka/src/a.ts', text: `import { x } from '${NETWORK}';` },
    {
      name: "the network from the kit's example",
      path: 'packages/sink-testkit/src/examples/webhook.ts',
      text: `import { x } from '${NETWORK}';`,
    },
    { name: 'the network from core', path: 'packages/core/src/a.ts', text: `import { x } from '${NETWORK}';` },
    { name: 'the test kit in a test', path: 'packages/core/src/a.test.ts', text: `import { x } from '${TEST_KIT}';` },
    {
      name: 'the test kit in what tests are made of',
      path: 'packages/core/src/__fixtures__/a.ts',
      text: `import { x } from '${TEST_KIT}';`,
    },
    {
      name: "zod's types from the contract",
      path: 'packages/sink/src/index.ts',
      text: `import type { ZodType } from 'zod';`,
    },
    { name: 'its own files', path: 'packages/core/src/lane/a.ts', text: `import { x } from '../journal/b.ts';` },
  ])('but not $name', ({ path, text }) => {
    expect(violations({ path, text })).toEqual([]);
  });
});

/** Of the engine: what stands behind knows nothing of what stands before it. */
const LAYERS = [
  { part: 'packages/core/src/journal/', before: 'packages/core/src/source/' },
  { part: 'packages/core/src/lane/', before: 'packages/core/src/source/' },
  { part: 'packages/core/src/normalize/', before: 'packages/core/src/source/' },
  { part: 'packages/core/src/event.ts', before: 'packages/core/src/normalize/' },
];

function importsOf({ path, text }: Module): readonly string[] {
  return [...text.matchAll(IMPORT)].map(({ groups }) => normalize(join(path, '..', groups?.['name'] ?? '')));
}

test.each(LAYERS)('$part imports nothing of $before', ({ part, before }) => {
  const modules = modulesOf('core').filter(({ path }) => path.startsWith(part));
  expect(modules.length).toBeGreaterThan(0);
  const wrong = modules.flatMap((module) => importsOf(module).filter((name) => name.startsWith(before)));
  expect(wrong).toEqual([]);
});
