/** A journal that a commit from before checksums has written is read whole by today's code, wherever its migration is cut off. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test, vi } from 'vitest';
import type { Runtime } from '../runtime.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Journal, JournaledEntry } from './journal.ts';
import { migrate } from './migrate.ts';
import { openJournal } from './open.ts';
import { readJournal } from './read-only.ts';
import { openStore, type Store } from './store.ts';
import type { Key, Table } from './table.ts';

/** The process ends at the call of this number, before it or after it: whatever it calls later is never done. */
const cut = vi.hoisted(() => ({ at: Number.POSITIVE_INFINITY, when: 'before', calls: 0 }));

vi.mock('node:fs', async (load) => {
  const real = await load<typeof import('node:fs')>();
  const mortal = <T extends (...given: never[]) => unknown>(call: T): T => {
    const called = (...given: Parameters<T>): unknown => {
      cut.calls += 1;
      if (cut.calls > cut.at || (cut.calls === cut.at && cut.when === 'before')) throw new Error('killed');
      const result = call(...given);
      if (cut.calls === cut.at) throw new Error('killed');
      return result;
    };
    return called as T;
  };
  const { fsyncSync, mkdirSync, renameSync, rmSync, writeFileSync } = real;
  const changed = { fsyncSync, mkdirSync, renameSync, rmSync, writeFileSync };
  return {
    ...real,
    ...Object.fromEntries(Object.entries(changed).map(([name, call]) => [name, mortal(call as never)])),
  };
});

const FIXTURE = join(dirname(fileURLToPath(import.meta.url)), '__fixtures__', 'format-1');
const ACME = { name: 'acme', feeds: ['organization', 'tenant'] } as const;
const LANES = ['archive', 'picky', 'down'].map((name) => ({ name, startFrom: 'beginning' }) as const);
const never = new AbortController().signal;

type Values = Readonly<Record<string, { readonly values: number; readonly sha256: string }>>;

const folders: string[] = [];
let codes: string[] = [];
const runtime: Runtime = {
  now: () => 0,
  elapsedMs: () => 0,
  sleep: () => Promise.resolve(),
  random: () => 0,
  log: (_level, code) => codes.push(code),
};

afterEach(() => {
  cut.at = Number.POSITIVE_INFINITY;
  codes = [];
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** The journal as it was left. */
function older(): string {
  const folder = mkdtempSync(join(tmpdir(), 'older-'));
  folders.push(folder);
  cpSync(join(FIXTURE, 'journal.json'), join(folder, 'journal.json'));
  writeFileSync(join(folder, 'data.mdb'), gunzipSync(readFileSync(join(FIXTURE, 'data.mdb.gz'))));
  return folder;
}

const open = (path: string): Promise<Journal> =>
  openJournal({ path, max_bytes: 64 << 20, retention: 0, create: 'never' }, runtime);

async function inStore<T>(path: string, read: (store: Store) => T): Promise<T> {
  const store = openStore({ path, mode: 'read' });
  try {
    return read(store);
  } finally {
    await store.close();
  }
}

/** As the fixture's README says; of the state, what both formats have. */
function valuesOf(store: Store): Values {
  const { format: _format, ...state } = store.meta.get('state') ?? {};
  const tables = [
    'chunks',
    'checkpoints',
    'seen',
    'cursors',
    'deadLetters',
    'deadLetterIds',
    'malformedRecords',
  ] as const;
  const found = tables.map((name) => [name, hashed(name, store[name] as unknown as Table<Key, unknown>)] as const);
  expect(state).toMatchObject({ next: 302, lanes: ['archive', 'picky', 'down'], deadLetters: { picky: 1 } });
  return Object.fromEntries(found);
}

function hashed(name: string, table: Table<Key, unknown>): Values[string] {
  const hash = createHash('sha256');
  let values = 0;
  for (const { key, value } of table.getRange()) {
    values += 1;
    const shown = name === 'chunks' ? [key[0], key[2]] : key;
    const text = value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
    hash.update(`${JSON.stringify([shown, text])}\n`);
  }
  return { values, sha256: hash.digest('hex') };
}

function written(): Values {
  // Written by the commit that wrote the journal.
  const { meta: _meta, ...tables } = JSON.parse(readFileSync(join(FIXTURE, 'values.json'), 'utf8')) as Values;
  return tables;
}

/** All that the lane has not settled. */
async function heldBy(journal: Journal, name: string, count: number): Promise<readonly JournaledEntry[]> {
  const lane = journal.lane(name);
  const held: JournaledEntry[] = [];
  while (held.length < count) held.push(...(await lane.read(1 << 20, never)));
  return held;
}

test('every value is there, byte for byte, and nothing of the way is left', async () => {
  const path = older();
  await migrate(path, runtime);
  expect(await inStore(path, valuesOf)).toEqual(written());
  expect(existsSync(join(path, 'migrating'))).toBe(false);
  expect(codes).toEqual(['JOURNAL_MIGRATING', 'JOURNAL_MIGRATED']);
});

test('an agent goes on with it: what was held is held, what was sent is not sent again, known ids stay known', async () => {
  const path = older();
  const journal = await open(path);
  const starts = await journal.configure({ sources: [ACME], lanes: LANES });
  expect(starts).toEqual({ archive: 'ready', picky: 'ready', down: 'ready' });
  const picky = await heldBy(journal, 'picky', 201);
  const down = await heldBy(journal, 'down', 301);
  expect([picky.length, down.length]).toEqual([201, 301]);
  expect(picky.every(({ replay }) => replay)).toBe(true);
  const letters = [...journal.deadLetters.list('picky')];
  expect(letters.map(({ entry, reason }) => [entry.id, reason])).toEqual([
    ['audit_log-cBoUkdtQZggovMcoQyRWrAG7', 'no sevens'],
  ]);
  expect([...journal.deadLetters.malformedRecords('acme')]).toHaveLength(2);
  const entries = down.map(({ entry }) => entry);
  expect(new Set(entries.map(({ id }) => id)).size).toBe(301);
  const source = journal.source('acme');
  const fresh = entries.slice(0, 1).map((entry) => ({ ...entry, id: 'audit_log-new' }));
  const advance = (checkpoint: Checkpoint | undefined): Checkpoint => {
    if (checkpoint === undefined) throw new Error('the checkpoint is gone');
    return checkpoint;
  };
  const result = await source.commit({ feed: 'organization', entries: [...entries, ...fresh], advance }, never);
  expect([result.journaled.map(({ id }) => id), result.duplicates]).toEqual([['audit_log-new'], 301]);
  await journal.close();
  await (await open(path)).close();
  expect(codes.filter((code) => code.startsWith('JOURNAL_MIGRAT'))).toEqual(['JOURNAL_MIGRATING', 'JOURNAL_MIGRATED']);
  expect(codes).not.toContain('JOURNAL_RESTORED');
});

test('who only reads it is told to start the agent, and changes nothing', async () => {
  const path = older();
  const before = readFileSync(join(path, 'data.mdb'));
  await expect(readJournal(path)).rejects.toMatchObject({
    code: 'JOURNAL_OLDER',
    message: expect.stringContaining('start the agent'),
  });
  expect(readFileSync(join(path, 'data.mdb')).equals(before)).toBe(true);
});

test('a version that knows format 1 alone refuses it from then on', async () => {
  const path = older();
  await migrate(path, runtime);
  expect(JSON.parse(readFileSync(join(path, 'journal.json'), 'utf8'))).toMatchObject({ format: 2 });
});

test.each(['before', 'after'])('killed %s any of its calls, the next start has it whole', async (when) => {
  cut.when = when;
  let cuts = 0;
  for (let at = 1; ; at += 1) {
    const path = older();
    Object.assign(cut, { calls: 0, at });
    const died = await migrate(path, runtime).then(
      () => false,
      () => true,
    );
    cut.at = Number.POSITIVE_INFINITY;
    await migrate(path, runtime);
    expect(await inStore(path, valuesOf), `cut at call ${at}`).toEqual(written());
    expect(readdirSync(path).toSorted()).toEqual(['data.mdb', 'journal.json', 'lock.mdb']);
    if (!died) break;
    cuts += 1;
  }
  expect(cuts).toBeGreaterThan(12);
});

test('what a kill has left half copied is begun again', async () => {
  const path = older();
  mkdirSync(join(path, 'migrating'));
  writeFileSync(join(path, 'migrating', 'data.mdb'), readFileSync(join(path, 'data.mdb')).subarray(0, 20_000));
  await migrate(path, runtime);
  expect(await inStore(path, valuesOf)).toEqual(written());
});

test('a damaged one is refused and left as it is', async () => {
  const path = older();
  const data = readFileSync(join(path, 'data.mdb'));
  const text = '"position":100';
  expect(data.includes(text)).toBe(true);
  // Wherever LMDB has a copy of the page.
  for (let at = data.indexOf(text); at >= 0; at = data.indexOf(text, at)) data.write('"position":1x0', at);
  writeFileSync(join(path, 'data.mdb'), data);
  await expect(open(path)).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  expect(readFileSync(join(path, 'data.mdb')).equals(data)).toBe(true);
  expect(existsSync(join(path, 'migrating'))).toBe(false);
  await expect(open(path)).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
});
