/** Whatever is in the journal is found by its id, whether or not the ids of that time are still kept. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import type { Checkpoint } from './checkpoint.ts';
import { hashIds } from './id-table.ts';
import { openJournal } from './open.ts';
import { readJournal } from './read-only.ts';
import { openStore, type Store } from './store.ts';

const HOUR = 3_600_000;
const NOW = 100 * HOUR;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface FindEntryWorld {
  readonly path: string;
  /** Sets the clock. */
  at(ms: number): void;
  commit(entries: readonly Entry[], checkpoint?: Partial<Checkpoint>, again?: boolean): Promise<void>;
  /** For each id the event's text, `left` or `unknown`, as one reader says. */
  find(...ids: readonly string[]): Promise<readonly string[]>;
}

/** A journal without lanes: what is older than an hour may leave. */
async function world(): Promise<FindEntryWorld> {
  let nowMs = NOW;
  const path = mkdtempSync(join(tmpdir(), 'find-entry-'));
  const runtime = {
    now: () => nowMs,
    elapsedMs: () => nowMs,
    sleep: () => Promise.resolve(),
    random: () => 0,
    log: () => undefined,
  };
  const config = { path: join(path, 'data'), max_bytes: 64 << 20, retention: HOUR, create: 'auto' as const };
  const journal = await openJournal(config, runtime);
  const sources = ['acme', 'other'].map((name) => ({ name, feeds: ['organization'] as const }));
  await journal.configure({ sources, lanes: [] });
  closing.push(async () => {
    await journal.close();
    rmSync(path, { recursive: true });
  });
  return {
    path: config.path,
    at: (ms) => {
      nowMs = ms;
    },
    commit: async (entries, checkpoint = {}, again = false) => {
      const advance = (): Checkpoint => ({ ...START, ...checkpoint });
      const commit = { feed: 'organization', advance, entries, again } as const;
      await journal.source(entries[0]?.source ?? 'acme').commit(commit, new AbortController().signal);
    },
    find: async (...ids) => {
      const reader = await readJournal(config.path);
      try {
        const found = [];
        for (const id of ids) found.push(await reader.find(id));
        return found.map((one) => (one.kind === 'entry' ? one.entry.raw : one.kind));
      } finally {
        await reader.close();
      }
    },
  };
}

const START: Checkpoint = {
  version: 1,
  startSeconds: 0,
  startProvisional: false,
  done: [],
  passes: { sweep: 0 },
};

/** So that every id before now is forgotten. */
const FORGETTING = { idsNeededFrom: (NOW + HOUR) / 1000 };

function entry(id: string, change: Partial<Entry> = {}): Entry {
  const common = { source: 'acme', feed: 'organization', dialect: 'audit_logs', type: 'login.succeeded' } as const;
  return { id, timeMs: NOW - HOUR, receivedMs: NOW, ...common, raw: `{"id":${JSON.stringify(id)}}`, ...change };
}

const KINDS = [
  { name: 'while its id is kept', forgotten: false },
  { name: 'when its id is forgotten', forgotten: true },
];

describe.each(KINDS)('an event is found $name', ({ forgotten }) => {
  test('wherever it stands in whichever commit, and no other is', async () => {
    const ids = fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }), {
      minLength: 1,
      maxLength: 40,
    });
    const commits = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 90 });
    await fc.assert(
      fc.asyncProperty(ids, commits, fc.integer({ min: 0, max: 5 }), async (names, sizes, hours) => {
        const { commit, find } = await world();
        const left = names.map((id, index) => entry(id, { timeMs: NOW - (index % (hours + 1)) * HOUR }));
        for (const size of sizes) if (left.length > 0) await commit(left.splice(0, size));
        const journaled = names.slice(0, names.length - left.length);
        if (forgotten) await commit([], FORGETTING);
        expect(await find(...journaled)).toEqual(journaled.map((id) => `{"id":${JSON.stringify(id)}}`));
        expect(await find(...left.map(({ id }) => id))).toEqual(left.map(() => 'unknown'));
      }),
      { numRuns: 10 },
    );
  });

  test('among thousands, in commits of several chunks and of one event', async () => {
    const { commit, find } = await world();
    const many = Array.from({ length: 2500 }, (_, index) => entry(`many-${index}`));
    await commit(many);
    for (let index = 0; index < 100; index += 1) await commit([entry(`single-${index}`)]);
    if (forgotten) await commit([], FORGETTING);
    const singles = Array.from({ length: 100 }, (_, index) => `single-${index}`);
    const ids = ['many-0', 'many-1000', 'many-2499', ...singles];
    expect(await find(...ids)).toEqual(ids.map((id) => `{"id":"${id}"}`));
  });

  test('in a commit of more chunks than are read at a time', async () => {
    const { commit, find } = await world();
    const ids = Array.from({ length: 200 }, (_, index) => `a-${index}`);
    // Entries of two origins do not share a chunk.
    await commit(ids.map((id, index) => entry(id, { organization: { id: `org-${index % 2}` } })));
    if (forgotten) await commit([], FORGETTING);
    expect(await find(...ids)).toEqual(ids.map((id) => `{"id":"${id}"}`));
  });

  test('in its newest copy', async () => {
    const { commit, find } = await world();
    await commit([entry('a', { raw: '{"id":"a","n":1}' })]);
    await commit([entry('b')]);
    await commit([entry('a', { raw: '{"id":"a","n":2}' })], {}, true);
    await commit([entry('c')]);
    if (forgotten) await commit([], FORGETTING);
    expect(await find('a')).toEqual(['{"id":"a","n":2}']);
  });

  test('in the source that journaled it last', async () => {
    const { commit, find } = await world();
    await commit([entry('a', { source: 'other', raw: '{"id":"a","of":"other"}' })]);
    await commit([entry('a', { raw: '{"id":"a","of":"acme"}' })]);
    if (forgotten) {
      await commit([], FORGETTING);
      await commit([entry('z', { source: 'other' })], FORGETTING);
    }
    expect(await find('a')).toEqual(['{"id":"a","of":"acme"}']);
  });
});

describe('an event that has left', () => {
  test('is known to have been there as long as its id is kept', async () => {
    const { at, commit, find } = await world();
    await commit([entry('a')]);
    at(NOW + 3 * HOUR);
    await commit([entry('b', { receivedMs: NOW + 3 * HOUR })]);
    expect(await find('a', 'b')).toEqual(['left', '{"id":"b"}']);
    await commit([], FORGETTING);
    expect(await find('a')).toEqual(['unknown']);
  });

  test('is known among many', async () => {
    const { at, commit, find } = await world();
    const ids = Array.from({ length: 150 }, (_, index) => `a-${index}`);
    for (const id of ids) await commit([entry(id)]);
    at(NOW + 3 * HOUR);
    // Some hundred chunks leave with a commit.
    for (const id of ['b', 'c']) await commit([entry(id, { receivedMs: NOW + 3 * HOUR })]);
    expect(await find(...ids)).toEqual(ids.map(() => 'left'));
  });

  test('is not taken for one whose hash stands across two others', async () => {
    const { commit, find, path } = await world();
    await commit([entry('a')]);
    const pad = Buffer.alloc(8, 7);
    const hash = Buffer.from(hashIds(['between']).buffer);
    write(path, ({ seen }) => seen.put(['acme', 1, 1], Buffer.concat([pad, hash, pad])));
    expect(await find('between')).toEqual(['unknown']);
    write(path, ({ seen }) => seen.put(['acme', 1, 1], Buffer.concat([pad, hash, pad, hash])));
    expect(await find('between')).toEqual(['left']);
  });

  test('is not looked for among what came after it', async () => {
    const { at, commit, find, path } = await world();
    await commit([entry('a')]);
    at(NOW + 3 * HOUR);
    await commit([entry('b', { receivedMs: NOW + 3 * HOUR })]);
    damage(path, 2);
    expect(await find('a')).toEqual(['left']);
    await expect(find('b')).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });
});

/** Makes the chunk of this entry unreadable. */
function damage(path: string, first: number): void {
  write(path, ({ chunks }) => {
    for (const { key } of chunks.getRange({ start: [first], limit: 1 })) chunks.put(key, Buffer.alloc(99, 1));
  });
}

/** Behind the journal's back. */
function write(path: string, change: (store: Store) => unknown): void {
  const store = openStore({ path, mode: 'write' });
  store.transaction(() => void change(store));
  closing.push(() => store.close());
}
