import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { isGood, type Reading, readConfigText } from '../config/read.ts';
import { LiveConfig } from './live-config.ts';

const folders: string[] = [];
const watching: LiveConfig[] = [];
afterEach(() => {
  for (const secrets of watching.splice(0)) secrets.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A source whose key and a sink whose path are files, a sink without one, and what is reopened with what. */
async function world(prepare: (folder: string) => void, fail: (what: string) => void = () => undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-secrets-'));
  folders.push(folder);
  prepare(folder);
  const text = JSON.stringify({
    sources: { acme: { type: 'openai', api_key: `\${file:${folder}/key}` } },
    http: { token: `\${file:${folder}/token}` },
    sinks: { disk: { type: 'file', path: `\${file:${folder}/path}` }, other: { type: 'file', path: 'x' } },
  });
  const reading = await readConfigText({ file: 'relay.yaml', text, env: {} });
  if (!isGood(reading)) throw new Error(JSON.stringify(reading.problems));
  const reopened: string[] = [];
  const codes: string[] = [];
  const hidden: string[] = [];
  let told = (): void => undefined;
  const again = async (): Promise<Reading> => {
    fail('reading');
    return reading.again();
  };
  const secrets = new LiveConfig({
    reading: { ...reading, again },
    relay: {
      reopenSource: (name, config) => {
        fail(`source ${name}`);
        reopened.push(`source ${name} ${config.api_key}`);
        told();
      },
      reopenSink: async (name, config) => {
        fail(`sink ${name}`);
        reopened.push(`sink ${name} ${Object(config).path}`);
        told();
      },
      change: () => Promise.reject(new Error('the text stays as it is')),
    },
    follow: 'secrets',
    graceMs: 0,
    hide: ({ secrets }) => hidden.push(...secrets),
    clean: (words) => words,
    setLevel: () => undefined,
    log: (_level, code) => codes.push(code),
    now: () => 0,
    sleep: async () => undefined,
  });
  watching.push(secrets);
  /** Resolves when something has been reopened after `change`. */
  const after = (change: () => void): Promise<void> =>
    new Promise((resolve) => {
      told = resolve;
      change();
    });
  return { folder, secrets, reopened, codes, hidden, after };
}

const plain = (folder: string): void => {
  writeFileSync(join(folder, 'key'), 'old-key\n');
  writeFileSync(join(folder, 'path'), 'old-path\n');
  writeFileSync(join(folder, 'token'), 'the-old-token-of-http\n');
};

test('a changed file reopens the source that names it, and nothing else', async () => {
  const { folder, after, reopened, hidden } = await world(plain);
  await after(() => {
    writeFileSync(join(folder, 'key.new'), 'new-key\n');
    renameSync(join(folder, 'key.new'), join(folder, 'key'));
  });
  expect(reopened).toEqual(['source acme new-key']);
  expect(hidden).toContain('new-key');
});

test('a changed file reopens the sink that names it, and nothing else', async () => {
  const { folder, after, reopened } = await world(plain);
  await after(() => {
    writeFileSync(join(folder, 'path.new'), 'new-path\n');
    renameSync(join(folder, 'path.new'), join(folder, 'path'));
  });
  expect(reopened).toEqual(['sink disk new-path']);
});

test('the swap of a symlink beside the file, as Kubernetes does it, is seen', async () => {
  const version = (folder: string, name: string, key: string): void => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'key'), key);
    writeFileSync(join(folder, name, 'path'), 'same');
    writeFileSync(join(folder, name, 'token'), 'the-same-token-of-http');
    symlinkSync(name, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  const { folder, after, reopened } = await world((at) => {
    version(at, '..1', 'old-key');
    for (const file of ['key', 'path', 'token']) symlinkSync(join('..data', file), join(at, file));
  });
  await after(() => version(folder, '..2', 'new-key'));
  expect(reopened).toEqual(['source acme new-key']);
});

test('a changed token of the port is the one that is asked for, and reopens nothing', async () => {
  const { folder, secrets, reopened, codes, hidden } = await world(plain);
  writeFileSync(join(folder, 'token'), 'the-new-token-of-http\n');
  await secrets.refresh();
  expect(secrets.current().http.token).toBe('the-new-token-of-http');
  expect({ reopened, codes }).toEqual({ reopened: [], codes: ['SECRET_CHANGED'] });
  expect(hidden).toContain('the-new-token-of-http');
});

test('a refresh without a change reopens nothing', async () => {
  const { secrets, reopened, codes } = await world(plain);
  await Promise.all([secrets.refresh(), secrets.refresh()]);
  expect(reopened).toEqual([]);
  expect(codes).toEqual([]);
});

test('a file that cannot be read any more leaves the old secret in use, and what comes back is taken', async () => {
  const { folder, secrets, reopened, codes, after } = await world(plain);
  rmSync(join(folder, 'key'));
  await secrets.refresh();
  expect(reopened).toEqual([]);
  expect(codes).toContain('SECRET_UNREADABLE');
  await after(() => writeFileSync(join(folder, 'key'), 'new-key'));
  expect(reopened.at(-1)).toBe('source acme new-key');
});

test('a change during a reading is read too', async () => {
  const { folder, secrets, reopened } = await world(plain);
  const first = secrets.refresh();
  writeFileSync(join(folder, 'key'), 'new-key');
  await Promise.all([first, secrets.refresh()]);
  expect(reopened).toEqual(['source acme new-key']);
});

test.each([
  ['reading', 'SECRET_UNREADABLE'],
  ['source acme', 'SOURCE_NOT_REOPENED'],
  ['sink disk', 'SINK_NOT_REOPENED'],
])('a failure of %s is a line in the log, ends nothing, and is tried again', async (failing, code) => {
  let fails = true;
  const { folder, secrets, reopened, codes } = await world(plain, (what) => {
    if (fails && what === failing) throw new Error('broken');
  });
  writeFileSync(join(folder, 'key'), 'new-key');
  writeFileSync(join(folder, 'path'), 'new-path');
  await secrets.refresh();
  expect(codes).toContain(code);
  fails = false;
  await secrets.refresh();
  expect(new Set(reopened)).toEqual(new Set(['source acme new-key', 'sink disk new-path']));
  expect(reopened).toHaveLength(2);
});
