/** A feed that is left out for days and put back: what it had journaled and not done is not journaled twice. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Entry, Feed } from '../entry.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Journal } from './journal.ts';
import { openJournal } from './open.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const NOW = 1000 * DAY;
const BOTH: readonly Feed[] = ['organization', 'tenant'];
let folder: string;
let journal: Journal;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'left-out-'));
  const runtime = {
    now: () => 0,
    elapsedMs: () => 0,
    sleep: async () => undefined,
    random: () => 0,
    log: () => undefined,
  };
  journal = await openJournal({ path: folder, max_bytes: 16 << 20, retention: 0, create: 'auto' }, runtime);
});
afterEach(async () => {
  await journal.close();
  rmSync(folder, { recursive: true, force: true });
});

const configure = (feeds: readonly Feed[]): Promise<unknown> =>
  journal.configure({ sources: [{ name: 'acme', feeds }], lanes: [] });

/** What is new of events at these seconds; a time of `undefined` is that of receipt, `at`. */
async function commit(
  feed: Feed,
  ids: Readonly<Record<string, number | undefined>>,
  checkpoint: Partial<Checkpoint>,
): Promise<readonly string[]> {
  const advance = (known: Checkpoint | undefined): Checkpoint => ({
    version: 1,
    startSeconds: NOW - DAY,
    startProvisional: false,
    done: [],
    passes: { sweep: NOW },
    ...known,
    ...checkpoint,
  });
  const entries = Object.entries(ids).map(([id, second = NOW]): Entry => {
    const isGuessed = ids[id] === undefined ? { timeGuessed: true as const } : {};
    const origin = { source: 'acme', feed, dialect: 'audit_logs' } as const;
    return { id, type: 't', timeMs: second * 1000, ...isGuessed, receivedMs: NOW * 1000, ...origin, raw: '{}' };
  });
  const { signal } = new AbortController();
  return (await journal.source('acme').commit({ feed, advance, entries }, signal)).journaled.map(({ id }) => id);
}

/** The organization's feed goes on alone, and says that it needs no ids from before. */
async function goOn(days: number): Promise<void> {
  for (let day = 1; day <= days; day += 1) {
    const now = NOW + day * DAY;
    await commit('organization', { [`o${day}`]: now }, { passes: { sweep: now }, idsNeededFrom: now - DAY });
  }
}

test.for<{ name: string; ids: Readonly<Record<string, number | undefined>> }>([
  { name: 'in the second that was still filling', ids: { a: NOW - 1, b: NOW } },
  { name: 'dated ahead', ids: { a: NOW + 200, b: NOW + 2 * DAY, c: NOW + 5000 * DAY } },
  { name: 'without a time', ids: { a: undefined } },
])('events $name', async ({ ids }) => {
  await configure(BOTH);
  await commit('organization', { o: NOW - HOUR }, { done: [{ from: NOW - DAY, to: NOW }], idsNeededFrom: NOW - DAY });
  const done = [{ from: NOW - DAY, to: NOW - 1 }];
  expect(await commit('tenant', ids, { done, idsNeededFrom: NOW - DAY })).toEqual(Object.keys(ids));
  await configure(['organization']);
  await goOn(9);
  await configure(BOTH);
  await goOn(10);
  expect(await commit('tenant', { ...ids, new: NOW + 3 * HOUR }, {})).toEqual(['new']);
});

test('what was kept for a feed that was left out stays when it is back and not answered yet', async () => {
  await configure(BOTH);
  await commit('tenant', {}, { passes: {} });
  await commit('organization', { o: NOW - HOUR }, { done: [{ from: NOW - DAY, to: NOW }], idsNeededFrom: NOW - DAY });
  await configure(['organization']);
  await configure(BOTH);
  await goOn(9);
  // Its first answer is of the other feed's list, as from a server that takes no notice of what is asked for.
  expect(await commit('tenant', { o: NOW - HOUR, new: NOW - HOUR }, {})).toEqual(['new']);
});

test('what a sweep would have read is read when the feed is back: an event that came late meanwhile is journaled, and none twice', async () => {
  await configure(BOTH);
  const done = [{ from: NOW - 3 * DAY, to: NOW - 1 }];
  await commit('tenant', { a: NOW - HOUR }, { startSeconds: NOW - 3 * DAY, done, idsNeededFrom: NOW - DAY });
  await configure(['organization']);
  await goOn(9);
  await configure(BOTH);
  expect(journal.source('acme').checkpoint('tenant')?.done).toEqual([{ from: NOW - 3 * DAY, to: NOW - DAY }]);
  await goOn(10);
  expect(await commit('tenant', { a: NOW - HOUR, late: NOW - HOUR }, {})).toEqual(['late']);
});

test('before the first sweep that is a day before the first answer, and never from before the start', async () => {
  await configure(BOTH);
  const done = [{ from: NOW - 9 * DAY, to: NOW - 1 }];
  await commit('tenant', {}, { startSeconds: NOW - 9 * DAY, done });
  await commit('organization', {}, { startSeconds: NOW - HOUR, done: [{ from: NOW - HOUR, to: NOW }] });
  await configure(['tenant']);
  expect(journal.source('acme').checkpoint('organization')?.done).toEqual([]);
  await configure(['organization']);
  expect(journal.source('acme').checkpoint('tenant')?.done).toEqual([{ from: NOW - 9 * DAY, to: NOW - DAY }]);
});

test('what is kept for a feed that is left out does not grow with what the other reads', async () => {
  await configure(BOTH);
  await commit('tenant', { a: NOW, z: NOW + 5000 * DAY }, { done: [{ from: NOW - DAY, to: NOW - 1 }] });
  await configure(['organization']);
  await goOn(9);
  expect(await commit('organization', { o1: NOW + DAY }, {})).toEqual(['o1']);
});

test('once the feed is back and has read that time, its ids are forgotten as all others', async () => {
  await configure(BOTH);
  await commit('tenant', { a: NOW }, { done: [{ from: NOW - DAY, to: NOW - 1 }], idsNeededFrom: NOW - DAY });
  await configure(['organization']);
  await goOn(5);
  await configure(BOTH);
  expect(journal.source('acme').checkpoint('tenant')?.halfRead).toEqual([{ from: NOW, to: NOW + HOUR }]);
  await commit('tenant', {}, { halfRead: [], idsNeededFrom: NOW + 4 * DAY });
  await goOn(6);
  expect(await commit('tenant', { a: NOW }, {})).toEqual(['a']);
});
