/** Values that were changed, moved or make no sense: named, at the start and while the journal is open. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Journal } from './journal.ts';
import { openJournal } from './open.ts';
import { readJournal } from './read-only.ts';
import { openStore, type Store } from './store.ts';

const NEVER = new AbortController().signal;
const ACME = { name: 'acme', feeds: ['organization'] } as const;
const logged: string[] = [];
let folder: string;
let path: string;

const runtime = {
  now: () => 0,
  elapsedMs: () => 0,
  sleep: async () => undefined,
  random: () => 0,
  log: (_level: string, code: string) => void logged.push(code),
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'damage-'));
  path = join(folder, 'journal');
  logged.length = 0;
  const journal = await opened();
  await fill(journal, 5);
  await fill(journal, 8);
  const letter = { lane: 'siem', reason: 'no', kind: 'rejected', attempts: 1, atMs: 0 } as const;
  await journal.deadLetters.add([{ ...letter, entry: entry(1) }]);
  await journal.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function opened(): Promise<Journal> {
  const journal = await openJournal({ path, max_bytes: 16 << 20, retention: 1e12, create: 'auto' }, runtime);
  await journal.configure({ sources: [ACME], lanes: [{ name: 'siem', startFrom: 'beginning' }] });
  return journal;
}

function entry(number: number): Entry {
  const origin = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  return { id: `e${number}`, type: 't', timeMs: number * 1000, receivedMs: 0, ...origin, raw: '{}' };
}

async function fill(journal: Journal, count: number): Promise<void> {
  const done = [{ from: 0, to: 10 }];
  const checkpoint: Checkpoint = { version: 1, startSeconds: 0, startProvisional: false, done, passes: {} };
  const entries = Array.from({ length: count }, (_, number) => entry(number));
  await journal.source('acme').commit({ feed: 'organization', advance: () => checkpoint, entries }, NEVER);
}

/** Writes as the journal does, so that checksums are right: only the sense is wrong. */
async function write(change: (store: Store) => void): Promise<void> {
  const store = openStore({ path, mode: 'write' });
  store.transaction(() => {
    change(store);
  });
  await store.close();
}

/** Changes the bytes of a value, or moves it to another key, behind the journal's back. */
async function spoil(table: string, change: (raw: RawTable) => void): Promise<void> {
  const root = open({ path, maxDbs: 12, overlappingSync: false });
  // As bytes, which is what `spoil` is about.
  const raw = root.openDB({ name: table, encoding: 'binary' }) as unknown as RawTable;
  root.transactionSync(() => {
    change(raw);
  });
  await root.close();
}

interface RawTable {
  getRange(): Iterable<{ readonly key: unknown; readonly value: Buffer }>;
  put(key: unknown, value: Uint8Array): unknown;
  remove(key: unknown): unknown;
}

function only({ getRange }: RawTable, self: RawTable): { readonly key: unknown; readonly value: Buffer } {
  const [first] = [...getRange.call(self)];
  if (first === undefined) throw new Error('empty');
  return { key: first.key, value: Buffer.from(first.value) };
}

const refused = (): Promise<unknown> =>
  openJournal({ path, max_bytes: 16 << 20, retention: 0, create: 'auto' }, runtime);

describe('one bit of a value', () => {
  test.for(['meta', 'checkpoints', 'cursors', 'seen', 'letters', 'letter-ids'])('in %s', async (table) => {
    await spoil(table, (raw) => {
      const { key, value } = only(raw, raw);
      value.writeUInt8(value.readUInt8(value.length - 2) ^ 1, value.length - 2);
      raw.put(key, value);
    });
    await expect(refused()).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED', message: expect.stringContaining(table) });
    await expect(readJournal(path)).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });
});

describe('a value under another key', () => {
  test.for<{ table: string; key: unknown }>([
    { table: 'checkpoints', key: ['acne', 'organization'] },
    { table: 'cursors', key: 'sjem' },
    { table: 'seen', key: ['acme', 7, 1] },
  ])('in $table', async ({ table, key: other }) => {
    await spoil(table, (raw) => {
      const { key, value } = only(raw, raw);
      raw.remove(key);
      raw.put(other, value);
    });
    await expect(refused()).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });
});

test.for(['checkpoints', 'cursors', 'seen', 'chunks'])('a key of %s that is none of ours', async (table) => {
  await spoil(table, (raw) => {
    const { key, value } = only(raw, raw);
    raw.remove(key);
    raw.put(2n ** 63n, value);
  });
  await expect(refused()).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
});

describe('what cannot be', () => {
  const cursor = { position: 0, settled: [], reach: 0 } as const;
  test.for<{ name: string; change: (store: Store) => void }>([
    { name: 'a cursor past the end', change: ({ cursors }) => cursors.put('siem', { ...cursor, position: 3500 }) },
    {
      name: 'a settled range past the end',
      change: ({ cursors }) => cursors.put('siem', { ...cursor, settled: [[3, 9]] }),
    },
    {
      name: 'a settled range before the position',
      change: ({ cursors }) => cursors.put('siem', { ...cursor, position: 3, settled: [[2, 4]] }),
    },
    { name: 'a position below zero', change: ({ cursors }) => cursors.put('siem', { ...cursor, position: -1 }) },
    { name: 'a lane without its cursor', change: ({ cursors }) => cursors.remove('siem') },
    {
      name: 'windows that are not in order',
      change: ({ checkpoints }) => {
        const known = checkpoints.get(['acme', 'organization']);
        const done = [{ from: 9, to: 5 }];
        if (known !== undefined) checkpoints.put(['acme', 'organization'], { ...known, done });
      },
    },
    {
      name: 'an end before what is journaled',
      change: ({ meta }) => {
        const state = meta.get('state');
        if (state !== undefined) meta.put('state', { ...state, next: 1 });
      },
    },
    {
      name: 'a chunk that is missing',
      change: ({ chunks }) => {
        for (const key of [...chunks.getKeys()].slice(-1)) chunks.remove(key);
      },
    },
    {
      name: 'a chunk that is missing between two',
      change: ({ chunks, meta }) => {
        const state = meta.get('state');
        const [first, second] = [...chunks.getKeys()];
        if (first === undefined || second === undefined || state === undefined) throw new Error('there are two');
        // Where the second would stand after one more of the first one's size.
        const size = second[1] - first[1];
        const value = chunks.get(second) ?? new Uint8Array();
        chunks.remove(second);
        chunks.put([second[0] + 5, second[1] + size, 0], value);
        meta.put('state', { ...state, next: state.next + 5, offset: state.offset + size });
      },
    },
    { name: 'ids that are cut', change: ({ seen }) => seen.put(['acme', 0, 1], new Uint8Array(15)) },
    { name: 'fewer dead letters than counted', change: ({ deadLetters }) => deadLetters.remove(['siem', 1]) },
    { name: 'no state', change: ({ meta }) => meta.remove('state') },
  ])('$name', async ({ change }) => {
    await write(change);
    await expect(refused()).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });
});

describe('while it is open', () => {
  test('a value that is found damaged ends the journal in words, and nothing more is written', async () => {
    const journal = await opened();
    await spoil('seen', (raw) => {
      const { key, value } = only(raw, raw);
      raw.put(key, Buffer.from(value.map((byte, at) => (at === 9 ? byte ^ 4 : byte))));
    });
    await new Promise((resolve) => setTimeout(resolve, 0));
    await expect(fill(journal, 9)).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
    expect(journal.lost.reason).toMatchObject({ code: 'JOURNAL_DAMAGED', message: expect.stringContaining('seen') });
    expect(logged).toContain('JOURNAL_DAMAGED');
    await expect(journal.lane('siem').save({ settled: [] })).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
    await journal.close();
  });
});

describe('a folder that cannot be used', () => {
  const isRoot = process.getuid?.() === 0;
  test.for<{ name: string; make: () => string }>([
    {
      name: 'below a file',
      make: () => {
        writeFileSync(join(folder, 'file'), '');
        return join(folder, 'file', 'journal');
      },
    },
    {
      name: 'that is a file',
      make: () => {
        writeFileSync(join(folder, 'file'), '');
        return join(folder, 'file');
      },
    },
    {
      name: 'at a link that leads to itself',
      make: () => {
        symlinkSync(join(folder, 'round'), join(folder, 'round'));
        return join(folder, 'round', 'journal');
      },
    },
    {
      name: 'at a link to what is not there',
      make: () => {
        symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
        return join(folder, 'dangling', 'journal');
      },
    },
  ])('$name: JOURNAL_FOLDER, with a fix', async ({ make }) => {
    const options = { path: make(), max_bytes: 16 << 20, retention: 0, create: 'auto' } as const;
    await expect(openJournal(options, runtime)).rejects.toMatchObject({ code: 'JOURNAL_FOLDER' });
  });

  test.skipIf(isRoot)('that this user may not enter: JOURNAL_FOLDER', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o000);
    await expect(readJournal(join(closed, 'journal'))).rejects.toMatchObject({ code: 'JOURNAL_FOLDER' });
    chmodSync(closed, 0o700);
    expect(existsSync(closed)).toBe(true);
  });
});
