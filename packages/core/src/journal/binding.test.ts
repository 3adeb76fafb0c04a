/** A source's progress belongs to one log: what is refused, what is doubted, and what is kept to know it by. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Entry, FEEDS } from '../entry.ts';
import type { Origin } from './binding.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Journal, JournalSource } from './journal.ts';
import { openJournal } from './open.ts';

const ORIGIN: Origin = { dialect: 'audit_logs', baseUrl: 'https://a.example/v1', key: 'k1' };
const DONE: Checkpoint = {
  version: 1,
  startSeconds: 0,
  startProvisional: false,
  done: [{ from: 0, to: 900 }],
  passes: { sweep: 800 },
  idsNeededFrom: 100,
};
let folder: string;
let journal: Journal;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'binding-'));
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

async function configure(...sources: readonly Partial<JournalSource>[]): Promise<void> {
  const named = sources.map((source) => ({ name: 'acme', feeds: FEEDS, ...source }));
  await journal.configure({ sources: named, lanes: [] });
}

async function read(seconds: readonly number[], change: Partial<Entry> = {}): Promise<void> {
  const advance = (): Checkpoint => (seconds.length > 0 ? { ...DONE, sawEvent: true } : DONE);
  const entries = seconds.map((second): Entry => {
    const times = { timeMs: second * 1000, receivedMs: 0 };
    const origin = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
    return { id: `at-${second}`, type: 't', ...times, ...origin, raw: '{}', ...change };
  });
  const feed = change.feed ?? 'organization';
  await journal.source('acme').commit({ feed, advance, entries }, new AbortController().signal);
}

const org = (organization: string): Origin => ({ ...ORIGIN, organization });

describe('a source that has read', () => {
  test.for<{ name: string; before: Origin; now: Origin; outcome: string }>([
    {
      name: 'another dialect',
      before: ORIGIN,
      now: { ...ORIGIN, dialect: 'organization_logs' },
      outcome: 'SOURCE_CHANGED',
    },
    { name: 'another known organization', before: org('org-a'), now: org('org-b'), outcome: 'SOURCE_CHANGED' },
    { name: 'an organization that nobody named', before: ORIGIN, now: org('org-b'), outcome: 'sure' },
    { name: 'an organization that is no longer named', before: org('org-a'), now: ORIGIN, outcome: 'sure' },
    { name: 'the same', before: org('org-a'), now: org('org-a'), outcome: 'sure' },
    {
      name: 'through another URL',
      before: ORIGIN,
      now: { ...ORIGIN, baseUrl: 'https://b.example/v1' },
      outcome: 'base_url',
    },
    { name: 'with another key', before: ORIGIN, now: { ...ORIGIN, key: 'k2' }, outcome: 'api_key' },
  ])('$name: $outcome', async ({ before, now, outcome }) => {
    await configure({ origin: before });
    await read([5]);
    const said = await configure({ origin: now }).then(
      () => journal.source('acme').doubt(now)?.changed ?? 'sure',
      (error: { readonly code: string }) => error.code,
    );
    expect(said).toBe(outcome);
  });

  test('an organization is remembered though it was not named for a while', async () => {
    await configure({ origin: org('org-a') });
    await configure({ origin: ORIGIN });
    await expect(configure({ origin: org('org-b') })).rejects.toThrow('audit-relay journal adopt --source acme');
  });

  test('before it was bound is bound once', async () => {
    await configure({});
    await read([5]);
    await configure({ origin: org('org-a') });
    expect(journal.source('acme').doubt(org('org-a'))).toBeUndefined();
    await expect(configure({ origin: org('org-b') })).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  });
});

describe('to know the log by', () => {
  const elsewhere: Origin = { ...ORIGIN, baseUrl: 'https://b.example/v1' };
  const witnesses = (): readonly string[] =>
    journal
      .source('acme')
      .doubt(elsewhere)
      ?.witnesses.map(({ id }) => id) ?? [];

  test('the newest by time and the newest journaled are kept, of each feed', async () => {
    await configure({ origin: ORIGIN });
    for (const seconds of [[500], [1, 2], [3], [9_999_999], [4, 5]]) await read(seconds);
    await read([7], { feed: 'tenant' });
    expect(witnesses().toSorted()).toEqual(['at-5', 'at-500', 'at-7', 'at-9999999']);
  });

  test('nothing that has no time of its own, or an endless id', async () => {
    await configure({ origin: ORIGIN });
    await read([1], { timeGuessed: true });
    await read([2], { id: 'x'.repeat(600) });
    expect(journal.source('acme').doubt(elsewhere)).toMatchObject({ witnesses: [], isEmpty: false });
  });

  test('where no event was ever seen, all is read anew', async () => {
    await configure({ origin: ORIGIN });
    await read([]);
    const source = journal.source('acme');
    expect(source.doubt(elsewhere)).toMatchObject({ witnesses: [], isEmpty: true });
    await source.decideOrigin(elsewhere, 'anew');
    expect(source.doubt(elsewhere)).toBeUndefined();
    expect(source.checkpoint('organization')).toEqual({
      version: 1,
      startSeconds: 0,
      startProvisional: false,
      done: [],
      passes: { sweep: 800 },
    });
  });

  test('the same log through another URL keeps its progress', async () => {
    await configure({ origin: ORIGIN });
    await read([5]);
    const source = journal.source('acme');
    await source.decideOrigin(elsewhere, 'same');
    expect(source.doubt(elsewhere)).toBeUndefined();
    expect(source.doubt(ORIGIN)).toMatchObject({ changed: 'base_url' });
    expect(source.checkpoint('organization')?.done).toEqual(DONE.done);
  });

  test('another log stays another until a person says that it is the same', async () => {
    await configure({ origin: ORIGIN });
    await read([5]);
    const source = journal.source('acme');
    await source.decideOrigin(elsewhere, 'other');
    expect(source.doubt(elsewhere)).toMatchObject({ changed: 'base_url' });
    await journal.adopt({ acme: elsewhere });
    expect(source.doubt(elsewhere)).toBeUndefined();
    expect(source.doubt(ORIGIN)?.witnesses).toHaveLength(1);
  });
});

describe('a new name in place of another', () => {
  const elsewhere: Origin = { ...ORIGIN, baseUrl: 'https://b.example/v1' };
  test.for<{ name: string; before: Origin; now: Origin; found?: 'other'; outcome: string }>([
    { name: 'for the same log is a rename', before: ORIGIN, now: ORIGIN, outcome: 'SOURCE_RENAMED' },
    { name: 'for another URL may be one', before: ORIGIN, now: elsewhere, outcome: 'SOURCE_RENAMED' },
    {
      name: 'for what was found to be another log is none',
      before: ORIGIN,
      now: elsewhere,
      found: 'other',
      outcome: 'taken',
    },
    { name: 'for another organization is none', before: org('org-a'), now: org('org-b'), outcome: 'taken' },
    {
      name: 'for another dialect is none',
      before: ORIGIN,
      now: { ...ORIGIN, dialect: 'organization_logs' },
      outcome: 'taken',
    },
  ])('$name', async ({ before, now, found, outcome }) => {
    await configure({ origin: before });
    await read([5]);
    if (found !== undefined) await journal.source('acme').decideOrigin(now, found);
    const said = await configure({ name: 'globex', origin: now }).then(
      () => 'taken',
      (error: { readonly code: string }) => error.code,
    );
    expect(said).toBe(outcome);
  });
});
