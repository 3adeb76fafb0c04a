import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Runtime } from '../runtime.ts';
import type { JournalConfig } from './config.ts';
import type { Journal } from './journal.ts';
import { openJournal } from './open.ts';
import { claim } from './ownership.ts';
import { readJournal } from './read-only.ts';
import { openStore } from './store.ts';

const runtime: Runtime = {
  now: () => 0,
  elapsedMs: () => 0,
  sleep: () => Promise.resolve(),
  random: () => 0,
  log: () => undefined,
};
const ACME = { name: 'acme', feeds: ['organization', 'tenant'] } as const;
const checkpoint = { version: 1, startSeconds: 0, startProvisional: false, done: [], passes: {} } as const;
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function config(change: Partial<JournalConfig> = {}): JournalConfig {
  const folder = mkdtempSync(join(tmpdir(), 'open-'));
  folders.push(folder);
  return { path: join(folder, 'data'), max_bytes: 16 << 20, retention: 0, create: 'auto', ...change };
}

/** A journal that was opened and closed once, its folder then changed by hand. */
async function used(change: (path: string) => void): Promise<JournalConfig> {
  const existing = config();
  await (await openJournal(existing, runtime)).close();
  change(existing.path);
  return existing;
}

const refusals: readonly (readonly [
  sentence: string,
  code: string,
  make: () => JournalConfig | Promise<JournalConfig>,
])[] = [
  ['no folder where none may be created', 'JOURNAL_MISSING', () => config({ create: 'never' })],
  [
    'a folder with other files',
    'JOURNAL_FOREIGN',
    () => {
      const other = config();
      mkdirSync(other.path);
      writeFileSync(join(other.path, 'notes.txt'), 'mine');
      return other;
    },
  ],
  ['a marker without data', 'JOURNAL_EMPTY', () => used((path) => rmSync(join(path, 'data.mdb')))],
  ['a marker with data of no length', 'JOURNAL_EMPTY', () => used((path) => truncateSync(join(path, 'data.mdb')))],
  [
    'a marker of a newer format',
    'JOURNAL_NEWER',
    () => used((path) => writeFileSync(join(path, 'journal.json'), '{"format":3,"state":"ready"}')),
  ],
  [
    'a marker that is no JSON',
    'JOURNAL_DAMAGED',
    () => used((path) => appendFileSync(join(path, 'journal.json'), '}')),
  ],
  [
    'data that is none of LMDB',
    'JOURNAL_DAMAGED',
    () => used((path) => writeFileSync(join(path, 'data.mdb'), Buffer.alloc(1 << 16, 7))),
  ],
  ['data that was cut short', 'JOURNAL_DAMAGED', () => used((path) => truncateSync(join(path, 'data.mdb'), 8192))],
  [
    'a path too long for a socket',
    'JOURNAL_PATH_TOO_LONG',
    () => {
      const long = config();
      return { ...long, path: join(long.path, 'x'.repeat(110)) };
    },
  ],
];

test.each(refusals)('%s is refused with %s', async (_sentence, code, make) => {
  await expect(openJournal(await make(), runtime)).rejects.toMatchObject({ code });
});

test('a refused folder is left as it was', async () => {
  const emptied = await used((path) => rmSync(join(path, 'data.mdb')));
  const before = readdirSync(emptied.path);
  await expect(openJournal(emptied, runtime)).rejects.toThrow('data is gone');
  expect(readdirSync(emptied.path)).toEqual(before);
});

test('a crash before the first data was written leaves a folder that is new again', async () => {
  const crashed = config();
  mkdirSync(crashed.path);
  writeFileSync(join(crashed.path, 'journal.json'), '{"format":1,"state":"new"}');
  const journal = await openJournal(crashed, runtime);
  expect(journal.stats().entries).toBe(0);
  await journal.close();
});

test('a crash before the marker was written leaves a folder that is new again', async () => {
  const crashed = config();
  mkdirSync(crashed.path);
  for (const name of ['owner.sock', 'owner.0a1b', 'journal.json.new']) writeFileSync(join(crashed.path, name), '');
  await (await openJournal(crashed, runtime)).close();
});

test('a new folder that cannot be claimed gets no marker', async () => {
  const busy = config();
  mkdirSync(busy.path);
  const owner = await claim(busy.path);
  await expect(openJournal(busy, runtime)).rejects.toMatchObject({ code: 'JOURNAL_HELD' });
  expect(readdirSync(busy.path)).toEqual(['owner.sock']);
  await owner.release();
});

test('a journal that is refused once its data is open is closed again', async () => {
  const newer = await used(() => undefined);
  const change = async (format: number): Promise<void> => {
    const store = openStore({ path: newer.path, mode: 'write' });
    store.transaction(() => {
      const state = store.meta.get('state');
      if (state !== undefined) store.meta.put('state', { ...state, format });
    });
    await store.close();
  };
  await change(3);
  await expect(openJournal(newer, runtime)).rejects.toMatchObject({ code: 'JOURNAL_NEWER' });
  expect(mapped(newer.path)).toBe(false);
  await change(2);
  await (await openJournal(newer, runtime)).close();
});

/** Whether this process still holds the data file, by Linux' own list. */
function mapped(path: string): boolean {
  return existsSync('/proc/self/maps') && readFileSync('/proc/self/maps', 'utf8').includes(path);
}

test('a second opening is refused while the first lives, and fine after it', async () => {
  const shared = config();
  const journal = await openJournal(shared, runtime);
  await expect(openJournal(shared, runtime)).rejects.toMatchObject({ code: 'JOURNAL_HELD' });
  await journal.close();
  await (await openJournal(shared, runtime)).close();
});

test('a socket that nobody listens to is no owner', async () => {
  const left = await used((path) => writeFileSync(join(path, 'owner.sock'), ''));
  await (await openJournal(left, runtime)).close();
});

test('whoever lost the journal to another writes nothing more', async () => {
  const shared = config();
  const journal = await openJournal(shared, runtime);
  const store = openStore({ path: shared.path, mode: 'write' });
  store.transaction(() => {
    const state = store.meta.get('state');
    if (state !== undefined) store.meta.put('state', { ...state, owner: 'another' });
  });
  const commit = journal
    .source('acme')
    .commit({ feed: 'tenant', advance: () => checkpoint, entries: [] }, new AbortController().signal);
  await expect(commit).rejects.toMatchObject({ code: 'JOURNAL_LOST' });
  expect(journal.source('acme').checkpoint('tenant')).toBeUndefined();
  expect(journal.lost.reason).toMatchObject({ code: 'JOURNAL_LOST' });
  await journal.close();
});

test('nobody but the owner of the files can read them', async () => {
  const shared = config();
  const journal = await openJournal(shared, runtime);
  expect(statSync(shared.path).mode & 0o777).toBe(0o700);
  const modes = readdirSync(shared.path).map((name) => [name, statSync(join(shared.path, name)).mode & 0o777]);
  expect(modes.filter(([, mode]) => mode !== 0o600)).toEqual([]);
  await journal.close();
});

test('a damaged chunk is named when a lane comes to it, and not skipped', async () => {
  const signal = new AbortController().signal;
  const path = await used(() => undefined);
  const fill = async (journal: Journal): Promise<void> => {
    await journal.configure({ sources: [ACME], lanes: [{ name: 'siem', startFrom: 'beginning' }] });
    const entry = {
      id: 'needle',
      type: 't',
      timeMs: 0,
      receivedMs: 0,
      source: 'acme',
      feed: 'tenant',
      dialect: 'audit_logs',
      raw: '{}',
    } as const;
    await journal.source('acme').commit({ feed: 'tenant', advance: () => checkpoint, entries: [entry] }, signal);
    await journal.close();
  };
  await fill(await openJournal(path, runtime));
  const journal = await openJournal(path, runtime);
  const store = openStore({ path: path.path, mode: 'write' });
  store.transaction(() => {
    const chunks = [...store.chunks.getRange()];
    for (const { key, value } of chunks) store.chunks.put(key, Buffer.concat([value, Buffer.from('x')]));
  });
  await store.close();
  // LMDB's snapshot for reading lasts for a turn of the loop.
  await new Promise((resolve) => setTimeout(resolve, 0));
  await expect(journal.lane('siem').read(100, signal)).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  await journal.close();
});

test('a reader of a folder without a journal says so and creates nothing', async () => {
  const { path } = config();
  await expect(readJournal(path)).rejects.toThrow('no journal');
  expect(existsSync(path)).toBe(false);
});

test('a copy of the folder is a journal', async () => {
  const shared = config();
  const journal = await openJournal(shared, runtime);
  const copy = `${shared.path}-copy`;
  cpSync(shared.path, copy, { recursive: true, filter: (name) => !name.endsWith('.sock') });
  await journal.close();
  await (await openJournal({ ...shared, path: copy }, runtime)).close();
  expect(readFileSync(join(copy, 'journal.json'), 'utf8')).toContain('ready');
});
