/** What tests run against is built once, however many ask at the same time, and again when it failed. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cached } from './cache.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'audit-relay-cache-'));
  vi.stubEnv('AUDIT_RELAY_TEST_CACHE', root);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

/** Asks for a folder that holds one file; `builds` counts how often it was made. */
function ask(name: string, builds: { count: number }, fails = false): Promise<string> {
  return cached({
    name,
    ingredients: [name],
    build: async (folder) => {
      builds.count += 1;
      if (fails) throw new Error('no network');
      writeFileSync(join(folder, 'content'), name);
    },
  });
}

test('who asks at the same time gets the same folder, which is built once', async () => {
  const builds = { count: 0 };
  const folders = await Promise.all([ask('server', builds), ask('server', builds), ask('server', builds)]);
  expect(new Set(folders).size).toBe(1);
  expect(existsSync(join(folders[0] ?? '', 'content'))).toBe(true);
  expect(builds.count).toBe(1);
  expect(await ask('server', builds)).toBe(folders[0]);
  expect(builds.count).toBe(1);
});

test('a build that fails leaves nothing behind, and the next one tries again', async () => {
  const builds = { count: 0 };
  await expect(ask('server', builds, true)).rejects.toThrow('no network');
  expect(readdirSync(root)).toEqual([]);
  await ask('server', builds);
  expect(builds.count).toBe(2);
});

test('the lock of a process that was killed holds nobody up', async () => {
  // The highest number a process of Linux can have, and one more.
  writeFileSync(join(root, 'building.lock'), String(2 ** 22 + 1));
  const builds = { count: 0 };
  await ask('server', builds);
  expect(builds.count).toBe(1);
  expect(readdirSync(root)).toHaveLength(1);
});
