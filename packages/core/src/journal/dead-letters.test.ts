/** Dead letters in the embedded journal: retried, dropped, counted, across closes, and within the bound. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import type { Runtime } from '../runtime.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { Journal } from './journal.ts';
import { openJournal } from './open.ts';
import { readJournal } from './read-only.ts';

const NEVER = new AbortController().signal;
const ended: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'dead-letters-'));
  ended.push(() => rmSync(path, { recursive: true, force: true }));
  return join(path, 'data');
}

async function opened(path: string, maxBytes: number = 16 << 20): Promise<Journal> {
  const sleep = (): Promise<void> => Promise.resolve();
  const runtime: Runtime = { now: () => 77, elapsedMs: () => 0, sleep, random: () => 0, log: () => undefined };
  const journal = await openJournal({ path, max_bytes: maxBytes, retention: 0, create: 'auto' }, runtime);
  ended.push(() => journal.close());
  const feeds = ['organization', 'tenant'] as const;
  const lanes = [{ name: 'siem', startFrom: 'beginning' } as const];
  await journal.configure({ sources: [{ name: 'acme', feeds }], lanes });
  return journal;
}

function letter(id: string, padding: string = ''): DeadLetter {
  const place = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  const entry: Entry = { id, type: 't', timeMs: 1, receivedMs: 2, ...place, raw: JSON.stringify({ id, padding }) };
  return { lane: 'siem', entry, reason: 'no', kind: 'rejected', attempts: 2, firstMs: 3, atMs: 5 };
}

const key = (sequence: number): { lane: string; sequence: number } => ({ lane: 'siem', sequence });
const listed = ({ deadLetters }: Journal): readonly string[] =>
  [...deadLetters.list('siem')].map(
    ({ sequence, entry: { id }, retryMs }) => `${sequence} ${id}${retryMs ? ' again' : ''}`,
  );
const taken = async ({ deadLetters }: Journal, maxBytes: number = 1e6): Promise<readonly number[]> =>
  (await deadLetters.takeRetries('siem', maxBytes, NEVER)).map(({ sequence }) => sequence);

async function filled(...ids: readonly string[]): Promise<{ path: string; journal: Journal }> {
  const path = folder();
  const journal = await opened(path);
  await journal.deadLetters.add(ids.map((id) => letter(id)));
  return { path, journal };
}

test('the newest come first, of their lane alone, and none that was dropped', async () => {
  const { journal } = await filled('a', 'b', 'c', 'd');
  await journal.deadLetters.drop([key(3)]);
  const newest = [...journal.deadLetters.newest('siem')].map(({ sequence, entry }) => `${sequence} ${entry.id}`);
  expect(newest).toEqual(['4 d', '2 b', '1 a']);
  expect([...journal.deadLetters.newest('other')]).toEqual([]);
});

test('each has a sequence of its own, which none gets again, whatever is dropped and however often it is closed', async () => {
  const { path, journal } = await filled('a', 'b');
  expect(await journal.deadLetters.add([letter('b'), letter('c')])).toEqual([2, 3]);
  await journal.deadLetters.drop([key(3), key(2)]);
  await journal.close();
  const again = await opened(path);
  expect(await again.deadLetters.add([letter('b')])).toEqual([4]);
  expect(listed(again)).toEqual(['1 a', '4 b']);
});

describe('what is asked to go again', () => {
  test('is given once, in order, a portion at a time, and counted until it is done with', async () => {
    const { journal } = await filled('a', 'b', 'c', 'd');
    expect(await journal.deadLetters.retry([key(3), key(1), key(2), key(9), key(1)])).toBe(3);
    expect(journal.stats()).toMatchObject({ deadLetters: { siem: 4 }, retrying: { siem: 3 } });
    expect(await taken(journal, 1)).toEqual([1]);
    expect(await taken(journal)).toEqual([2, 3]);
    const stop = new AbortController();
    // It looks before it waits.
    const more = journal.deadLetters.takeRetries('siem', 1, stop.signal);
    stop.abort(new Error('there is none'));
    await expect(more).rejects.toThrow('there is none');
    await journal.deadLetters.settle('siem', [1], 'acked');
    await journal.deadLetters.settle('siem', [2], 'excluded.when');
    await journal.deadLetters.failAgain('siem', [
      { sequence: 3, reason: 'still', kind: 'too_large', attempts: 1, atMs: 9 },
    ]);
    expect(listed(journal)).toEqual(['3 c', '4 d']);
    const [third] = journal.deadLetters.list('siem');
    expect(third).toMatchObject({ reason: 'still', kind: 'too_large', attempts: 3, firstMs: 3, atMs: 9 });
    expect(journal.stats()).toMatchObject({
      deadLetters: { siem: 2 },
      retrying: {},
      retried: { siem: { acked: 1, 'excluded.when': 1 } },
    });
  });

  test('wakes a lane that waits for it, and can be asked for again once it came back', async () => {
    const { journal } = await filled('a');
    const waiting = taken(journal);
    await journal.deadLetters.retry([key(1)]);
    expect(await waiting).toEqual([1]);
    expect(await journal.deadLetters.retry([key(1)])).toBe(0);
    await journal.deadLetters.failAgain('siem', [
      { sequence: 1, reason: 'no', kind: 'rejected', attempts: 1, atMs: 9 },
    ]);
    expect(await journal.deadLetters.retry([key(1)])).toBe(1);
    expect(await taken(journal)).toEqual([1]);
  });

  test('is asked for still after a close in the middle', async () => {
    const { path, journal } = await filled('a', 'b', 'c');
    await journal.deadLetters.retry([key(1), key(2)]);
    expect(await taken(journal)).toEqual([1, 2]);
    await journal.deadLetters.settle('siem', [1], 'acked');
    await journal.close();
    const again = await opened(path);
    expect(again.stats()).toMatchObject({ retrying: { siem: 1 }, retried: { siem: { acked: 1 } } });
    expect(await taken(again)).toEqual([2]);
  });

  test('and is dropped is not given, nor kept when it comes back', async () => {
    const { journal } = await filled('a', 'b', 'c');
    await journal.deadLetters.retry([key(1), key(2), key(3)]);
    expect(await journal.deadLetters.drop([key(1)])).toBe(1);
    expect(await taken(journal)).toEqual([2, 3]);
    await journal.deadLetters.drop([key(2), key(3)]);
    await journal.deadLetters.failAgain('siem', [
      { sequence: 2, reason: 'no', kind: 'rejected', attempts: 1, atMs: 9 },
    ]);
    await journal.deadLetters.settle('siem', [3], 'acked');
    expect(journal.stats()).toMatchObject({ deadLetters: {}, retrying: {}, dropped: { siem: 3 } });
    expect(journal.stats().retried['siem']?.['acked'] ?? 0).toBe(0);
  });
});

test('a portion to go again is of as many bytes, whatever the characters', async () => {
  const { journal } = await filled();
  await journal.deadLetters.add([letter('a', '字'.repeat(40)), letter('b'), letter('c')]);
  await journal.deadLetters.retry([key(1), key(2), key(3)]);
  expect(await taken(journal, 100)).toEqual([1]);
});

test('what is dropped is counted apart, by lane, across closes; the count of the kept is right for the next start', async () => {
  const { path, journal } = await filled('a', 'b');
  expect(await journal.deadLetters.drop([key(1), key(1), key(7)])).toBe(1);
  await journal.close();
  const again = await opened(path);
  expect(again.stats()).toMatchObject({ deadLetters: { siem: 1 }, dropped: { siem: 1 } });
  // The same event may be set aside again: it is another letter.
  expect(await again.deadLetters.add([letter('a')])).toEqual([3]);
});

test('a record without an id that was dropped does not come back when the API shows it again', async () => {
  const path = folder();
  const journal = await opened(path);
  const start = { version: 1, startSeconds: 0, startProvisional: false, done: [], passes: {} } as const;
  const malformedRecords = [{ raw: '7', reason: 'no object', receivedMs: 1 }];
  const commit = { feed: 'organization', advance: () => start, entries: [], malformedRecords } as const;
  await journal.source('acme').commit(commit, NEVER);
  const [{ source = '', hash = '' } = {}] = journal.deadLetters.malformedRecords('acme');
  expect(
    await journal.deadLetters.drop([
      { source, hash },
      { source, hash },
    ]),
  ).toBe(1);
  expect(await journal.deadLetters.drop([{ source, hash }])).toBe(0);
  await journal.source('acme').commit(commit, NEVER);
  expect([...journal.deadLetters.malformedRecords('acme')]).toEqual([]);
  await journal.close();
  expect((await opened(path)).stats()).toMatchObject({ malformedRecords: {}, droppedMalformedRecords: { acme: 1 } });
});

test('where they fill the journal another has no room, until some are dropped', async () => {
  const journal = await opened(folder());
  const large = Array.from({ length: 500 }, (_, index) => letter(`e${index}`, 'x'.repeat(60_000)));
  let kept = 0;
  const fill = async (): Promise<void> => {
    for (const one of large.slice(kept)) {
      await journal.deadLetters.add([one]);
      kept += 1;
    }
  };
  await expect(fill()).rejects.toMatchObject({ code: 'DEAD_LETTERS_FULL' });
  expect(kept).toBeGreaterThan(200);
  await journal.deadLetters.drop(Array.from({ length: 50 }, (_, index) => key(index + 1)));
  const before = kept;
  await expect(fill()).rejects.toMatchObject({ code: 'DEAD_LETTERS_FULL' });
  expect(kept - before).toBeGreaterThan(40);
  expect(journal.stats()).toMatchObject({ deadLetters: { siem: kept - 50 }, dropped: { siem: 50 } });
});

test('a second process finds the letters of an event', async () => {
  const { path, journal } = await filled('a', 'b');
  const start = { version: 1, startSeconds: 0, startProvisional: false, done: [], passes: {} } as const;
  await journal.source('acme').commit({ feed: 'organization', advance: () => start, entries: [] }, NEVER);
  const reader = await readJournal(path);
  expect(reader.lettersOf('b')).toMatchObject([{ lane: 'siem', sequence: 2, entry: { id: 'b' } }]);
  expect(reader.lettersOf('c')).toEqual([]);
  await reader.close();
});
