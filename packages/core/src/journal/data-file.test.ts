/** A data file may end before its last page and be whole, and it may lack a page; the second must never reach LMDB. */
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import { checkDataFile } from './data-file.ts';
import type { Journal } from './journal.ts';
import { openJournal } from './open.ts';
import { readJournal } from './read-only.ts';
import { openStore, type Store } from './store.ts';

const PAGE_BYTES = 4096;
const EVENTS = 300;

const runtime = {
  now: () => 0,
  elapsedMs: () => 0,
  sleep: async () => undefined,
  random: () => 0,
  log: () => undefined,
};
let folder: string;
let path: string;
let file: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'data-file-'));
  path = join(folder, 'journal');
  file = join(path, 'data.mdb');
  const journal = await open();
  await journal.configure({
    sources: [{ name: 'acme', feeds: ['organization'] }],
    lanes: [{ name: 'lane', startFrom: 'beginning' }],
  });
  // More than one chunk, and some of them on pages of their own.
  for (let commit = 0; commit < 3; commit += 1) await write(journal, commit);
  await journal.close();
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(): Promise<Journal> {
  return openJournal({ path, max_bytes: 16 << 20, retention: 0, create: 'auto' }, runtime);
}

async function write(journal: Journal, commit: number): Promise<void> {
  const entries = Array.from({ length: EVENTS / 3 }, (_, n): Entry => {
    const id = `e${commit}-${n}`;
    const noise = Array.from({ length: 20 }, (__, at) => ((n + 1) * (at + 7) * 0x9e3779b1).toString(36)).join('');
    return {
      id,
      type: 'login.succeeded',
      timeMs: n * 1000,
      receivedMs: 0,
      source: 'acme',
      feed: 'organization',
      dialect: 'audit_logs',
      raw: JSON.stringify({ id, noise }),
    };
  });
  const checkpoint = { version: 1, startSeconds: 0, startProvisional: false, done: [], passes: {} } as const;
  await journal
    .source('acme')
    .commit({ feed: 'organization', advance: () => checkpoint, entries }, new AbortController().signal);
}

/** Everything that is there, in its order. */
async function idsIn(journal: Journal): Promise<readonly string[]> {
  const lane = journal.lane('lane');
  const ids: string[] = [];
  while (ids.length < journal.stats().entries) {
    ids.push(...(await lane.read(1 << 20, new AbortController().signal)).map(({ entry }) => entry.id));
  }
  return ids;
}

/** The end of the file by LMDB's own count, in bytes. */
function endByCount(): number {
  const bytes = readFileSync(file);
  const metas = [0, PAGE_BYTES].map((at) => ({
    last: bytes.readBigUInt64LE(at + 144),
    transaction: bytes.readBigUInt64LE(at + 152),
  }));
  const newest = metas.reduce((a, b) => (b.transaction > a.transaction ? b : a));
  return (Number(newest.last) + 1) * PAGE_BYTES;
}

async function change(write: (store: Store) => void): Promise<void> {
  const store = openStore({ path, mode: 'write' });
  // Nothing is returned: a transaction waits for a promise, and that of a `put` waits for its transaction.
  store.transaction(() => {
    write(store);
  });
  await store.close();
  truncateSync(file, endOfWritten());
}

/** Behind the last page that LMDB has written: then comes the room for more. */
function endOfWritten(): number {
  const bytes = readFileSync(file);
  let end = Math.floor(bytes.length / PAGE_BYTES) * PAGE_BYTES;
  while (/^[rom ]+$/.test(bytes.toString('latin1', end - PAGE_BYTES, end))) end -= PAGE_BYTES;
  return end;
}

/** Pages that one transaction both takes and frees are never written. */
function takeAndFree({ seen }: Store): void {
  const key = ['acme', 0, 9_999] as const;
  seen.put(key, new Uint8Array(100 * PAGE_BYTES));
  seen.remove(key);
}

describe('a file that ends before its last page', () => {
  test('is whole when what it lacks is free', async () => {
    await change(takeAndFree);
    expect(statSync(file).size).toBeLessThan(endByCount());
    const journal = await open();
    expect(await idsIn(journal)).toHaveLength(EVENTS);
    // What was free is used again.
    await write(journal, 3);
    await journal.close();
    await (await readJournal(path)).close();
  });

  test.for<{ name: string; write: (store: Store) => void }>([
    {
      name: 'the end of a large value',
      write: ({ seen }) => seen.put(['acme', 1, 1], new Uint8Array(40 * PAGE_BYTES)),
    },
    {
      name: 'one of many small values',
      write: ({ seen }) => {
        for (let n = 0; n < 200; n += 1) seen.put(['acme', n, 1], new Uint8Array(1_000));
      },
    },
  ])('is damaged when it lacks $name', async ({ write: fill }) => {
    await change(fill);
    truncateSync(file, statSync(file).size - PAGE_BYTES);
    await expect(open()).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
    await expect(readJournal(path)).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });
});

test('wherever a file is cut, it is refused or can be read and written whole', async () => {
  await change(takeAndFree);
  const whole = join(folder, 'whole');
  cpSync(path, whole, { recursive: true });
  const { size } = statSync(file);
  let readable = 0;
  // A missing page that gets past the check ends this process.
  for (let length = size - PAGE_BYTES / 2; length > 0; length -= PAGE_BYTES / 2) {
    cpSync(whole, path, { recursive: true });
    truncateSync(file, length);
    try {
      checkDataFile(file);
    } catch (error) {
      expect(error).toMatchObject({ code: 'JOURNAL_DAMAGED' });
      continue;
    }
    readable += 1;
    const journal = await open();
    expect(await idsIn(journal)).toHaveLength(EVENTS);
    await write(journal, 3);
    await journal.close();
  }
  expect(readable).toBeGreaterThan(0);
});
