import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Entry, Feed } from '../entry.ts';
import type { Runtime } from '../runtime.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { JournalConfig } from './config.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { Journal, JournaledEntry } from './journal.ts';
import { openJournal } from './open.ts';
import { readJournal } from './read-only.ts';

const ACME = { name: 'acme', feeds: ['organization', 'tenant'] } as const;
const NEVER = new AbortController().signal;
const HOUR = 3_600_000;
const start: Checkpoint = { version: 1, startSeconds: 0, startProvisional: false, done: [], passes: {} };
const open: Journal[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const journal of open.splice(0)) await journal.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function entry(id: string, change: Partial<Entry> = {}): Entry {
  const common = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  return {
    id,
    type: 'login.succeeded',
    timeMs: 10 * HOUR,
    receivedMs: 10 * HOUR,
    ...common,
    raw: `{"id":"${id}"}`,
    ...change,
  };
}

interface Opened {
  readonly config: JournalConfig;
  readonly codes: string[];
  readonly runtime: Runtime;
  reopen(): Promise<Journal>;
}

/** A journal in a folder of its own, its log's codes, and a clock that stands still at `nowMs`. */
async function world(change: Partial<JournalConfig> = {}, nowMs = 10 * HOUR): Promise<Opened & { journal: Journal }> {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  folders.push(folder);
  const config = {
    path: join(folder, 'data'),
    max_bytes: 16 << 20,
    retention: 7 * 24 * HOUR,
    create: 'auto' as const,
    ...change,
  };
  const codes: string[] = [];
  const runtime: Runtime = {
    now: () => nowMs,
    elapsedMs: () => nowMs,
    sleep: () => Promise.resolve(),
    random: () => 0,
    log: (_level, code) => codes.push(code),
  };
  const reopen = async (): Promise<Journal> => {
    const journal = await openJournal(config, runtime);
    open.push(journal);
    return journal;
  };
  return { config, codes, runtime, reopen, journal: await reopen() };
}

async function commit(
  journal: Journal,
  entries: readonly Entry[],
  checkpoint: Partial<Checkpoint> = {},
): Promise<number> {
  const advance = (): Checkpoint => ({ ...start, ...checkpoint });
  const result = await journal.source('acme').commit({ feed: 'organization', advance, entries }, NEVER);
  return result.journaled.length;
}

function configure(journal: Journal, ...lanes: string[]): ReturnType<Journal['configure']> {
  return journal.configure({ sources: [ACME], lanes: lanes.map((name) => ({ name, startFrom: 'beginning' })) });
}

function idsOf(read: readonly JournaledEntry[]): readonly string[] {
  return read.map(({ entry: { id } }) => id);
}

describe('what was committed', () => {
  test('is read by a lane in order, with the very objects that were committed', async () => {
    const { journal } = await world();
    await configure(journal, 'siem');
    const entries = [entry('a'), entry('b')];
    await commit(journal, entries);
    const read = await journal.lane('siem').read(1000, NEVER);
    expect(read.map((one) => one.entry)).toEqual(entries);
    expect(read[0]?.entry).toBe(entries[0]);
  });

  test('is there after closing and opening again, with its checkpoint', async () => {
    const { journal, reopen } = await world();
    await configure(journal, 'siem');
    await commit(journal, [entry('a')], { startSeconds: 7 });
    await journal.close();
    const again = await reopen();
    expect(idsOf(await again.lane('siem').read(1000, NEVER))).toEqual(['a']);
    expect(again.source('acme').checkpoint('organization')?.startSeconds).toBe(7);
  });

  test('wakes a lane that waits', async () => {
    const { journal } = await world();
    await configure(journal, 'siem');
    const reading = journal.lane('siem').read(1000, NEVER);
    await commit(journal, [entry('a')]);
    expect(idsOf(await reading)).toEqual(['a']);
  });

  test('is read in parts of about maxBytes', async () => {
    const { journal } = await world();
    await configure(journal, 'siem');
    await commit(journal, [entry('a'), entry('b'), entry('c')]);
    const lane = journal.lane('siem');
    expect(idsOf(await lane.read(11, NEVER))).toEqual(['a', 'b']);
    expect(idsOf(await lane.read(11, NEVER))).toEqual(['c']);
  });
});

describe('an event that comes twice', () => {
  test('within one commit is journaled once', async () => {
    const { journal } = await world();
    expect(await commit(journal, [entry('a'), entry('a')])).toBe(1);
  });

  test('in two commits that are asked for at once is journaled once', async () => {
    const { journal } = await world();
    const counts = await Promise.all([commit(journal, [entry('a')]), commit(journal, [entry('a'), entry('b')])]);
    expect(counts).toEqual([1, 1]);
  });

  test('after a restart is journaled once', async () => {
    const { journal, reopen } = await world();
    await commit(journal, [entry('a')]);
    await journal.close();
    expect(await commit(await reopen(), [entry('a')])).toBe(0);
  });

  test('in the other feed of the same source is journaled once, of another source again', async () => {
    const { journal } = await world();
    await commit(journal, [entry('a')]);
    const advance = (): Checkpoint => start;
    const same = await journal.source('acme').commit({ feed: 'tenant', advance, entries: [entry('a')] }, NEVER);
    const other = await journal.source('else').commit({ feed: 'organization', advance, entries: [entry('a')] }, NEVER);
    expect([same.duplicates, other.duplicates]).toEqual([1, 0]);
  });

  test('without a usable time is journaled once whenever it is received', async () => {
    const { journal } = await world();
    await commit(journal, [entry('a', { timeGuessed: true })]);
    expect(await commit(journal, [entry('a', { timeGuessed: true, timeMs: 12 * HOUR })])).toBe(0);
  });

  const answered = { passes: { overlap: 0, sweep: 0 } };
  const letGo = { ...answered, idsNeededFrom: 11 * 3600 };
  const forgotten: readonly (readonly [
    sentence: string,
    feeds: readonly Feed[],
    tenant: Partial<Checkpoint>,
    again: number,
  ])[] = [
    ['is forgotten with its hour once every feed has let go', ACME.feeds, letGo, 1],
    ['is known while a feed that was answered has not let go', ACME.feeds, answered, 0],
    ['is forgotten whatever a feed that never was answered says', ACME.feeds, {}, 1],
    ['is forgotten whatever a feed that is no longer read says', ['organization'], answered, 1],
  ];
  test.each(forgotten)('%s', async (_sentence, feeds, ...[tenant, again]) => {
    const { journal } = await world();
    await journal.configure({ sources: [{ name: 'acme', feeds }], lanes: [] });
    const guessed = entry('guessed', { timeGuessed: true });
    await commit(journal, [entry('a'), guessed], answered);
    const advance = (): Checkpoint => ({ ...start, ...tenant });
    await journal.source('acme').commit({ feed: 'tenant', advance, entries: [] }, NEVER);
    await commit(journal, [], letGo);
    expect(await commit(journal, [entry('a')], letGo)).toBe(again);
    expect(await commit(journal, [guessed], letGo)).toBe(again);
  });

  const returns: readonly (readonly [
    sentence: string,
    away: readonly Feed[],
    tenant: Partial<Checkpoint>,
    organization: Partial<Checkpoint>,
    neededFrom: number | undefined,
  ])[] = [
    ['left out meanwhile reads nothing that the other has let go', ['organization'], answered, letGo, 11 * 3600],
    ['left out meanwhile reads all if the other has it', ['organization'], answered, answered, undefined],
    ['not left out reads all, whatever the other has let go', ACME.feeds, {}, letGo, undefined],
  ];
  test.each(returns)('of a feed %s', async (_sentence, away, ...[tenant, organization, neededFrom]) => {
    const { journal } = await world();
    const configureFeeds = (feeds: readonly Feed[]): Promise<unknown> =>
      journal.configure({ sources: [{ name: 'acme', feeds }], lanes: [] });
    await configureFeeds(ACME.feeds);
    const advance = (): Checkpoint => ({ ...start, ...tenant });
    await journal.source('acme').commit({ feed: 'tenant', advance, entries: [entry('a')] }, NEVER);
    await configureFeeds(away);
    await commit(journal, [], organization);
    await configureFeeds(ACME.feeds);
    expect(journal.source('acme').checkpoint('tenant')?.idsNeededFrom).toBe(neededFrom);
  });

  test('without a usable time is known as long as its hour of receipt is kept', async () => {
    const { journal, reopen } = await world();
    const kept = { ...answered, idsNeededFrom: 10 * 3600 };
    await commit(journal, [entry('a', { timeGuessed: true })], kept);
    await journal.close();
    expect(await commit(await reopen(), [entry('a', { timeGuessed: true, timeMs: 99 * HOUR })], kept)).toBe(0);
  });

  test('is not taken for known when its commit failed', async () => {
    const { journal } = await world();
    const advance = (): Checkpoint => {
      throw new Error('bad');
    };
    await expect(
      journal.source('acme').commit({ feed: 'organization', advance, entries: [entry('a')] }, NEVER),
    ).rejects.toThrow('bad');
    expect(await commit(journal, [entry('a')])).toBe(1);
  });
});

describe('a cursor', () => {
  test('skips after a restart what it calls settled, and marks what is within the reach', async () => {
    const { journal, reopen } = await world();
    await configure(journal, 'siem');
    await commit(
      journal,
      ['a', 'b', 'c', 'd', 'e'].map((id) => entry(id)),
    );
    const lane = journal.lane('siem');
    await lane.extend(4);
    const [a, , c] = (await lane.read(1000, NEVER)).map(({ position }) => position);
    if (a === undefined || c === undefined) throw new Error('five were committed');
    await lane.save({ position: a, settled: [{ first: c, last: c }] });
    await journal.close();
    const read = await (await reopen()).lane('siem').read(1000, NEVER);
    expect(read.map((one) => [one.entry.id, one.replay])).toEqual([
      ['b', true],
      ['d', true],
      ['e', false],
    ]);
  });

  const reaches: readonly (readonly [
    sentence: string,
    lives: readonly (readonly [read: number, extend: readonly number[]])[],
    replays: readonly boolean[],
  ])[] = [
    ['with a reach past the end of the journal reaches to its end', [[2, [1000]]], [true, true, true, false]],
    ['whose reach was taken back reaches to the last entry read', [[2, [1000, 0]]], [true, true, false, false]],
    [
      'keeps the reach found at the start though less was read',
      [
        [2, [1000]],
        [1, [0]],
      ],
      [true, true, true, false],
    ],
  ];
  test.each(reaches)('%s', async (_sentence, lives, replays) => {
    const { journal, reopen } = await world();
    await configure(journal, 'siem');
    await commit(journal, [entry('a'), entry('b'), entry('c')]);
    let living = journal;
    for (const [read, extend] of lives) {
      const lane = living.lane('siem');
      for (let count = 0; count < read; count += 1) await lane.read(1, NEVER);
      for (const entries of extend) await lane.extend(entries);
      await living.close();
      living = await reopen();
    }
    await commit(living, [entry('d')]);
    expect((await living.lane('siem').read(1000, NEVER)).map(({ replay }) => replay)).toEqual(replays);
  });

  test('of a lane that was away while its entries left makes the lane start with entries_gone, and pins nothing', async () => {
    const { journal } = await world({ retention: 0 }, 20 * HOUR);
    await configure(journal, 'away', 'here');
    await commit(journal, [entry('a')]);
    await configure(journal, 'here');
    const [a] = await journal.lane('here').read(1000, NEVER);
    await journal.lane('here').save({ ...(a && { position: a.position }), settled: [] });
    await commit(journal, [entry('b')]);
    expect(await configure(journal, 'away', 'here')).toEqual({ away: 'entries_gone', here: 'ready' });
    const { pinnedBytes } = journal.stats();
    const [b] = await journal.lane('here').read(1000, NEVER);
    await journal.lane('here').save({ ...(b && { position: b.position }), settled: [] });
    expect(journal.stats().pinnedBytes).toBeLessThan(pinnedBytes);
    await expect(journal.lane('away').read(1000, NEVER)).rejects.toThrow('left the journal');
  });

  test('of a lane that is added later and starts from the beginning is before the oldest entry', async () => {
    const { journal } = await world();
    await configure(journal, 'first');
    await commit(journal, [entry('a')]);
    await configure(journal, 'first', 'later');
    await commit(journal, [entry('b')]);
    expect(idsOf(await journal.lane('later').read(1000, NEVER))).toEqual(['a', 'b']);
  });

  test('of a lane that starts from now is after the newest entry', async () => {
    const { journal } = await world();
    await commit(journal, [entry('a')]);
    await journal.configure({ sources: [ACME], lanes: [{ name: 'siem', startFrom: 'now' }] });
    await commit(journal, [entry('b')]);
    expect(idsOf(await journal.lane('siem').read(1000, NEVER))).toEqual(['b']);
  });
});

describe('a source', () => {
  const cases: readonly (readonly [string, readonly string[], boolean])[] = [
    ['that is new beside one that has gone is refused', ['renamed'], true],
    ['that is new beside those known is fine', ['acme', 'new'], false],
    ['that has gone alone is fine', [], false],
    ['that comes with another while one has gone is refused', ['x', 'y'], true],
  ];
  test.each(cases)('%s', async (_sentence, sources, refused) => {
    const { journal } = await world();
    await configure(journal);
    await commit(journal, []);
    const configuring = journal.configure({ sources: sources.map((name) => ({ ...ACME, name })), lanes: [] });
    if (refused) await expect(configuring).rejects.toMatchObject({ code: 'SOURCE_RENAMED' });
    else expect(await configuring).toEqual({});
  });
});

describe('dead letters', () => {
  const letter = (id: string): DeadLetter => ({
    lane: 'siem',
    entry: entry(id),
    reason: 'no',
    kind: 'rejected',
    attempts: 1,
    atMs: 5,
  });

  test('are kept once, oldest first, and counted by lane', async () => {
    const { journal, reopen } = await world();
    await journal.deadLetters.add([letter('b'), letter('a'), letter('b')]);
    await journal.deadLetters.add([letter('a')]);
    await journal.close();
    const again = await reopen();
    expect([...again.deadLetters.list('siem')].map((one) => one.entry.id)).toEqual(['b', 'a']);
    expect(again.stats().deadLetters).toEqual({ siem: 2 });
    await again.deadLetters.add([letter('c')]);
    expect(again.stats().deadLetters).toEqual({ siem: 3 });
  });

  test('of a source are kept once by their bytes', async () => {
    const { journal, reopen } = await world();
    const malformedRecords = [
      { raw: '7', reason: 'no object', receivedMs: 1 },
      { raw: '7', reason: 'no object', receivedMs: 2 },
    ];
    const add = { feed: 'organization', advance: () => start, entries: [], malformedRecords } as const;
    const { malformedRecords: added } = await journal.source('acme').commit(add, NEVER);
    expect(added).toMatchObject([
      { raw: '7', source: 'acme', id: expect.stringMatching(/^acme\/record-[0-9a-f]{12}$/) },
    ]);
    expect((await journal.source('acme').commit(add, NEVER)).malformedRecords).toEqual([]);
    expect([...journal.deadLetters.malformedRecords('acme')]).toEqual(added);
    await journal.close();
    expect((await reopen()).stats().malformedRecords).toEqual({ acme: 1 });
  });
});

test('a reader sees where the journal stands while it is held', async () => {
  const { journal, config } = await world();
  await configure(journal, 'siem');
  await commit(journal, [entry('a'), entry('b')]);
  const reader = await readJournal(config.path);
  expect(reader.stats()).toMatchObject({ entries: 2, lanes: { siem: { behindEntries: 2, behindSinceMs: 10 * HOUR } } });
  expect(reader.checkpoints()).toEqual({ acme: { organization: start } });
  await reader.close();
});

test('each step of the path is logged before and after it', async () => {
  const { journal, codes } = await world();
  await configure(journal, 'siem');
  await commit(journal, [entry('a')]);
  await journal.lane('siem').extend(1);
  await journal.lane('siem').save({ settled: [] });
  const committed = 'JOURNAL_COMMITTING JOURNAL_COMMITTED';
  expect(codes.join(' ')).toBe(
    `JOURNAL_CREATED ${committed} REACH_EXTENDING REACH_EXTENDED CURSOR_SAVING CURSOR_SAVED`,
  );
});
