/** How often the ids of an hour are read from the disk: once, however many they are, for as long as the source is about there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Entry } from '../entry.ts';
import { SeenIds } from './seen-ids.ts';
import { openStore, type Store } from './store.ts';

const HOUR_MS = 3_600_000;
const NOON = Date.UTC(2026, 0, 1, 12);
/** Less than the hundreds of ids of an hour take here. */
const BYTES = 1_024;
let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seen-ids-kept-'));
  store = openStore({ path: folder, mode: 'write' });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function entriesAt(source: string, timeMs: number, count: number): readonly Entry[] {
  const rest = {
    type: 't',
    timeMs,
    receivedMs: timeMs,
    source,
    feed: 'organization',
    dialect: 'audit_logs',
    raw: '{}',
  };
  return Array.from({ length: count }, (_, n) => ({ id: `${source}-${timeMs}-${n}`, ...rest }) as Entry);
}

/** The ids that `commit` takes are new; `reads` counts the hours that were read from the disk. */
function counted(): {
  readonly seen: SeenIds;
  readonly reads: () => number;
  commit(source: string, entries: readonly Entry[]): number;
} {
  const ranges = vi.spyOn(store.seen, 'getRange');
  const seen = new SeenIds(store, { bytes: BYTES });
  let first = 0;
  const commit = (source: string, entries: readonly Entry[]): number => {
    first += entries.length;
    return store.transaction(() => {
      const fresh = seen.fresh(source, entries);
      seen.remember(source, first, fresh);
      return fresh.entries.length;
    });
  };
  // Backwards is all of a source, at its start.
  const reads = (): number => ranges.mock.calls.filter(([range]) => range?.reverse !== true).length;
  return { seen, reads, commit };
}

test('an hour of more ids than fit is read once, and known in all of them', () => {
  const { reads, commit } = counted();
  for (let minute = 0; minute < 30; minute += 1) {
    const entries = entriesAt('acme', NOON + minute * 60_000, 40);
    expect(commit('acme', entries)).toBe(40);
    // As each poll reads the last minutes again.
    expect(commit('acme', entries)).toBe(0);
  }
  expect(reads()).toBe(1);
});

test('after a restart all of it is known, however many commits it came in', () => {
  const before = counted();
  const minutes = Array.from({ length: 30 }, (_, minute) => entriesAt('acme', NOON + minute * 60_000, 40));
  for (const entries of minutes) before.commit('acme', entries);
  expect(counted().commit('acme', minutes.flat())).toBe(0);
});

test('what was remembered in a transaction that is undone is not known', () => {
  const seen = new SeenIds(store);
  const entries = entriesAt('acme', NOON, 40);
  const remember = (): number => {
    const fresh = seen.fresh('acme', entries);
    seen.remember('acme', 1, fresh);
    return fresh.entries.length;
  };
  const undone = new Error('undone');
  const undo = (): never => {
    remember();
    throw undone;
  };
  expect(() => store.transaction(undo)).toThrow(undone);
  seen.drop();
  expect(store.transaction(remember)).toBe(40);
});

test('polls that look back across the border of an hour read neither side of it again', () => {
  const { reads, commit } = counted();
  const before = entriesAt('acme', NOON - 1_000, 200);
  commit('acme', before);
  for (let second = 0; second < 20; second += 1) {
    expect(commit('acme', [...before, ...entriesAt('acme', NOON + second * 1_000, 20)])).toBe(20);
  }
  expect(reads()).toBe(2);
});

test('no source has to make room for another', () => {
  const { reads, commit } = counted();
  const sources = ['acme', 'other', 'third'];
  for (let minute = 0; minute < 5; minute += 1)
    for (const source of sources) commit(source, entriesAt(source, NOON + minute * 60_000, 100));
  expect(reads()).toBe(sources.length);
});

test('a backfill that goes from hour to hour keeps the last two', () => {
  const { reads, commit } = counted();
  for (let hour = 0; hour < 6; hour += 1) commit('acme', entriesAt('acme', NOON + hour * HOUR_MS, 100));
  expect(reads()).toBe(6);
  commit('acme', [...entriesAt('acme', NOON + 4 * HOUR_MS, 100), ...entriesAt('acme', NOON + 5 * HOUR_MS, 100)]);
  expect(reads()).toBe(6);
  commit('acme', entriesAt('acme', NOON, 100));
  expect(reads()).toBe(7);
});

test('a source that is gone takes no memory, the others keep theirs, and once it is back all of it is known', () => {
  const { seen, reads, commit } = counted();
  const [acme, other] = [entriesAt('acme', NOON, 40), entriesAt('other', NOON, 40)];
  expect([commit('acme', acme), commit('other', other), reads()]).toEqual([40, 40, 2]);
  seen.keepOnly(['other']);
  expect([commit('other', other), reads()]).toEqual([0, 2]);
  expect([commit('acme', acme), reads()]).toEqual([0, 3]);
});
