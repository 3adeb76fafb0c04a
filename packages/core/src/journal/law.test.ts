/** The law of a lane whose entries are no longer all there: those that left, and those that cannot be read, are no part of what is held. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import type { Runtime } from '../runtime.ts';
import type { Journal, LaneLaw } from './journal.ts';
import { openJournal } from './open.ts';
import { readJournal } from './read-only.ts';

const NEVER = new AbortController().signal;
const SOURCES = [{ name: 'acme', feeds: ['organization'] }] as const;
const START = { version: 1, startSeconds: 0, startProvisional: false, done: [], passes: {} } as const;
let folder: string;
let path: string;
let journaled = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'law-'));
  path = join(folder, 'journal');
  journaled = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('entries that left while the lane was away are gone, and what is held is what it can still read', async () => {
  const journal = await opened(0);
  await configure(journal, 'away', 'here');
  await fill(journal, 4);
  const [first, ...rest] = await journal.lane('away').read(1 << 20, NEVER);
  const last = rest.at(-1);
  if (first === undefined || last === undefined) throw new Error('four entries are there');
  const third = { first: last.position, last: last.position, counts: { acked: 1 } };
  await journal.lane('away').save({ position: first.position, settled: [third], counts: { acked: 1 } });
  await configure(journal, 'here');
  await pass(journal, 'here');
  // Retention is over, so that this lets the first chunk go.
  await fill(journal, 5);
  await fill(journal, 6);
  expect(await configure(journal, 'away', 'here')).toEqual({ away: 'entries_gone', here: 'ready' });
  const law = { journaled: 15, acked: 2, deadLettered: 0, excluded: {}, held: 11, gone: 2 };
  expect([journal.stats().entries, lawOf(journal)]).toEqual([11, law]);
  await journal.close();
  const reader = await readJournal(path);
  expect(reader.stats().lanes['away']?.law).toEqual(law);
  await reader.close();
});

test('a chunk that is damaged is not held by the lane that comes to it next, and is by one that is before it', async () => {
  const journal = await opened(1e12);
  await configure(journal, 'away', 'here');
  await fill(journal, 4);
  await pass(journal, 'away');
  await fill(journal, 5);
  await fill(journal, 6);
  await journal.close();
  await spoilChunk(1);
  for (const running of [true, false]) {
    const found = running ? await opened(1e12) : await readJournal(path);
    const { away, here } = found.stats().lanes;
    const common = { journaled: 15, deadLettered: 0, excluded: {} };
    expect(away?.law).toEqual({ ...common, acked: 4, held: 6, unreadable: 5 });
    expect(here?.law).toEqual({ ...common, acked: 0, held: 15 });
    await found.close();
  }
});

test('looking at a damaged chunk ends nothing, also where the next start may set the journal aside', async () => {
  const journal = await opened(1e12);
  await configure(journal, 'away');
  await fill(journal, 3);
  await journal.close();
  await spoilChunk(0);
  const again = await opened(1e12, 'set_aside');
  expect([lawOf(again)?.unreadable, again.lost.aborted]).toEqual([3, false]);
  await again.close();
});

function opened(retention: number, onDamage: 'refuse' | 'set_aside' = 'refuse'): Promise<Journal> {
  const runtime: Runtime = {
    now: () => 1,
    elapsedMs: () => 0,
    sleep: () => Promise.resolve(),
    random: () => 0,
    log: () => undefined,
  };
  return openJournal({ path, max_bytes: 16 << 20, retention, create: 'auto', on_damage: onDamage }, runtime);
}

function configure(journal: Journal, ...lanes: readonly string[]): ReturnType<Journal['configure']> {
  return journal.configure({
    sources: SOURCES,
    lanes: lanes.map((name) => ({ name, startFrom: 'beginning' })),
  });
}

async function fill(journal: Journal, count: number): Promise<void> {
  const common = { type: 't', timeMs: 0, receivedMs: 0, source: 'acme', dialect: 'audit_logs' } as const;
  const entries = Array.from({ length: count }, (_, index): Entry => {
    const id = `e${journaled + index}`;
    return { ...common, id, feed: 'organization', raw: `{"id":"${id}"}` };
  });
  journaled += count;
  await journal.source('acme').commit({ feed: 'organization', advance: () => START, entries }, NEVER);
}

async function pass(journal: Journal, name: string): Promise<void> {
  const lane = journal.lane(name);
  const read = await lane.read(1 << 20, NEVER);
  const last = read.at(-1);
  if (last === undefined) throw new Error('something is there');
  await lane.save({ position: last.position, settled: [], counts: { acked: read.length } });
}

function lawOf(journal: Journal): LaneLaw | undefined {
  return journal.stats().lanes['away']?.law;
}

/** One bit of the chunk at `index`, behind the journal's back. */
async function spoilChunk(index: number): Promise<void> {
  const root = open({ path, maxDbs: 12, overlappingSync: false });
  // As bytes.
  const chunks = root.openDB({ name: 'chunks', encoding: 'binary' }) as unknown as {
    getRange(): Iterable<{ readonly key: unknown; readonly value: Buffer }>;
    put(key: unknown, value: Buffer): void;
  };
  const found = [...chunks.getRange()][index];
  if (found === undefined) throw new Error('no such chunk');
  const value = Buffer.from(found.value);
  value.writeUInt8(value.readUInt8(value.length - 1) ^ 1, value.length - 1);
  // A promise that is given back would keep the transaction open.
  root.transactionSync(() => {
    chunks.put(found.key, value);
  });
  await root.close();
}
