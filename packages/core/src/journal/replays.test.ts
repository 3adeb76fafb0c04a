/** Replays in the embedded journal: which entries, in which order, across closes and evictions, apart from every cursor. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import type { Runtime } from '../runtime.ts';
import type { Journal, JournaledEntry } from './journal.ts';
import { openJournal } from './open.ts';
import { readJournal } from './read-only.ts';
import type { LaneReplays, ReplayRequest } from './replay.ts';

const NEVER = new AbortController().signal;
const ALL: ReplayRequest = { fromMs: 0, toMs: 1e9, overwrite: false };
const ended: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'replays-'));
  ended.push(() => rmSync(path, { recursive: true, force: true }));
  return join(path, 'data');
}

async function opened(path: string, retention: number = 1e9): Promise<Journal> {
  const sleep = (): Promise<void> => Promise.resolve();
  const runtime: Runtime = { now: () => 77, elapsedMs: () => 0, sleep, random: () => 0, log: () => undefined };
  const journal = await openJournal({ path, max_bytes: 16 << 20, retention, create: 'auto' }, runtime);
  ended.push(() => journal.close());
  const lanes = [
    { name: 'siem', startFrom: 'beginning' },
    { name: 'lake', startFrom: 'beginning' },
  ] as const;
  await journal.configure({ sources: [{ name: 'acme', feeds: ['organization', 'tenant'] }], lanes });
  return journal;
}

/** One commit; each entry is named by its time. */
async function commit(journal: Journal, timesMs: readonly number[], receivedMs: number = 1): Promise<void> {
  const place = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  const entries = timesMs.map(
    (timeMs): Entry => ({ id: `e${timeMs}`, type: 't', timeMs, receivedMs, ...place, raw: `{"id":"e${timeMs}"}` }),
  );
  const advance = (): never =>
    ({ version: 1, startSeconds: 0, startProvisional: false, done: [], passes: {} }) as never;
  await journal.source('acme').commit({ feed: 'organization', advance, entries }, NEVER);
}

/** The lane settles its next `count` entries, all but those at the indexes `but`. */
async function settle(journal: Journal, count: number, but: readonly number[] = []): Promise<void> {
  const lane = journal.lane('siem');
  const read: JournaledEntry[] = [];
  while (read.length < count) read.push(...(await lane.read(1e6, NEVER)));
  await lane.extend(0);
  const some = read.slice(0, count).map(({ position }, index) => ({ position, done: !but.includes(index) }));
  const until = some.findIndex(({ done }) => !done);
  const position = some.at(until < 0 ? -1 : until - 1)?.position;
  const settled = some
    .slice(until < 0 ? count : until)
    .filter(({ done }) => done)
    .map(({ position: at }) => ({ first: at, last: at, counts: { acked: 1 } }));
  const counts = { acked: until < 0 ? count : until };
  await lane.save({ ...(until !== 0 && position !== undefined && { position }), settled, counts });
}

/** Takes all that comes, as a lane does, and gives the ids; ends with `isLast`. */
async function taken(replays: LaneReplays, maxBytes: number = 1e6): Promise<readonly string[]> {
  const ids: string[] = [];
  const acked = { count: 0, position: {} };
  for (;;) {
    const { askedMs, entries, isLast } = await replays.next(maxBytes, NEVER);
    ids.push(...entries.map(({ entry }) => entry.id));
    const last = entries.at(-1);
    if (last !== undefined) acked.position = { position: last.position };
    acked.count += entries.length;
    await replays.save({ askedMs, ...acked.position, counts: { acked: acked.count }, isOver: isLast });
    if (isLast) return ids;
  }
}

describe('it gives', () => {
  test.each<{ name: string; request: Partial<ReplayRequest>; ids: readonly string[] }>([
    { name: 'all that the lane is done with', request: {}, ids: ['e10', 'e30', 'e20', 'e40'] },
    {
      name: 'what happened from the begin on, up to before the end',
      request: { fromMs: 20, toMs: 40 },
      ids: ['e30', 'e20'],
    },
    { name: 'nothing where nothing happened', request: { fromMs: 31, toMs: 40 }, ids: [] },
  ])('$name, in journal order', async ({ request, ids }) => {
    const journal = await opened(folder());
    await commit(journal, [10, 30]);
    await commit(journal, [20, 40, 25]);
    await settle(journal, 4);
    const { law } = journal.stats().lanes['siem'] ?? {};
    await journal.replays.begin('siem', { ...ALL, ...request });
    expect(await taken(journal.replays.lane('siem'))).toEqual(ids);
    const { replays, replayed, lanes } = journal.stats();
    const counts = { acked: ids.length };
    expect(replays['siem']).toMatchObject({ entries: 4, passed: 4, counts, left: 0, endedMs: 77 });
    expect(replayed).toEqual(ids.length === 0 ? { siem: {} } : { siem: counts });
    expect(lanes['siem']?.law).toEqual(law);
    expect(lanes['lake']?.behindEntries).toBe(5);
  });

  test('what the lane has settled past its position, and leaves out what it has not: that goes by itself', async () => {
    const journal = await opened(folder());
    await commit(journal, [1, 2, 3, 4, 5, 6, 7]);
    await settle(journal, 6, [1, 3, 4]);
    await journal.replays.begin('siem', ALL);
    expect(await taken(journal.replays.lane('siem'))).toEqual(['e1', 'e3', 'e6']);
  });

  test('a portion at a time, of the bytes that are asked for', async () => {
    const journal = await opened(folder());
    await commit(journal, [1, 2, 3]);
    await settle(journal, 3);
    await journal.replays.begin('siem', ALL);
    const replays = journal.replays.lane('siem');
    const { entries, isLast } = await replays.next(1, NEVER);
    expect([entries.map(({ entry: { id } }) => id), isLast]).toEqual([['e1'], false]);
    expect(await taken(replays, 1)).toEqual(['e2', 'e3']);
  });

  test('what was given and is not settled once more after a restart, and what is settled no more', async () => {
    const path = folder();
    const journal = await opened(path);
    await commit(journal, [1, 2, 3, 4]);
    await settle(journal, 4);
    await journal.replays.begin('siem', { ...ALL, toMs: 4 });
    const { askedMs, entries } = await journal.replays.lane('siem').next(1e6, NEVER);
    const [first] = entries;
    const position = first === undefined ? {} : { position: first.position };
    await journal.replays.lane('siem').save({ askedMs, ...position, counts: { acked: 1 }, isOver: false });
    const replays = journal.replays.lane('siem');
    await replays.next(1e6, NEVER);
    await replays.save({ askedMs, ...position, counts: { acked: 1 }, isOver: false });
    await journal.close();
    const again = await opened(path);
    expect(await taken(again.replays.lane('siem'))).toEqual(['e2', 'e3']);
    expect(again.stats().replayed).toEqual({ siem: { acked: 3 } });
  });

  test('nothing until somebody asks', async () => {
    const journal = await opened(folder());
    await commit(journal, [1]);
    await settle(journal, 1);
    const next = journal.replays.lane('siem').next(1e6, NEVER);
    await journal.replays.begin('lake', ALL);
    await journal.replays.begin('siem', ALL);
    expect((await next).entries.map(({ entry: { id } }) => id)).toEqual(['e1']);
  });
});

describe('a request', () => {
  test('for the same as the one under way is that one, and for anything else it is refused', async () => {
    const journal = await opened(folder());
    await commit(journal, [1]);
    await settle(journal, 1);
    const asked = await journal.replays.begin('siem', ALL);
    expect(await journal.replays.begin('siem', { ...ALL })).toBe(asked);
    for (const other of [
      { ...ALL, fromMs: 1 },
      { ...ALL, toMs: 2 },
      { ...ALL, overwrite: true },
    ]) {
      await expect(journal.replays.begin('siem', other)).rejects.toMatchObject({ code: 'REPLAY_RUNNING' });
    }
    await taken(journal.replays.lane('siem'));
    expect(await journal.replays.begin('siem', ALL)).toBeGreaterThan(asked);
  });

  test('that is ended gives no more, saves no more, and says so', async () => {
    const journal = await opened(folder());
    await commit(journal, [1, 2]);
    await settle(journal, 2);
    const askedMs = await journal.replays.begin('siem', ALL);
    const replays = journal.replays.lane('siem');
    const { ended: end } = await replays.next(1, NEVER);
    expect(await journal.replays.end('siem')).toBe(true);
    expect(end.aborted).toBe(true);
    await replays.save({ askedMs, counts: { acked: 2 }, isOver: true });
    expect(journal.stats().replays['siem']).toMatchObject({ passed: 0, counts: {}, problem: 'somebody ended it' });
    expect(await journal.replays.end('siem')).toBe(false);
    await journal.replays.begin('siem', ALL);
    expect(await taken(replays)).toEqual(['e1', 'e2']);
  });

  test('of a lane that cannot go on is refused', async () => {
    const journal = await opened(folder());
    await expect(journal.replays.begin('nobody', ALL)).rejects.toMatchObject({ code: 'ENTRIES_GONE' });
  });
});

test('what leaves the journal before it comes to it is counted', async () => {
  const path = folder();
  const journal = await opened(path, 0);
  await commit(journal, [1, 2]);
  await commit(journal, [3]);
  for (const name of ['siem', 'lake']) {
    const lane = journal.lane(name);
    const read = await lane.read(1e6, NEVER);
    const position = read.at(-1)?.position;
    await lane.save({ ...(position !== undefined && { position }), settled: [], counts: { acked: 3 } });
  }
  await journal.replays.begin('siem', ALL);
  // Retention is nothing here: a commit takes along what every lane has passed.
  await commit(journal, [4], 100);
  expect(await taken(journal.replays.lane('siem'))).toEqual([]);
  expect(journal.stats().replays['siem']).toMatchObject({ entries: 3, passed: 3, left: 3, endedMs: 77 });
});

test('a second process counts what one would find', async () => {
  const path = folder();
  const journal = await opened(path);
  await commit(journal, [10, 30, 20, 40]);
  await settle(journal, 3);
  const reader = await readJournal(path);
  ended.push(() => reader.close());
  const filter = { when: undefined, normalization: undefined };
  expect(await reader.countReplayable('siem', { fromMs: 20, toMs: 50 }, filter)).toEqual({
    again: 2,
    excluded: 0,
    toGo: 1,
    firstMs: 20,
    lastMs: 40,
  });
  const none = { ...filter, when: 'event.action == "other"' };
  expect(await reader.countReplayable('siem', { fromMs: 0, toMs: 31 }, none)).toMatchObject({ again: 3, excluded: 3 });
  expect(await reader.countReplayable('fresh', { fromMs: 0, toMs: 1 }, filter)).toEqual({
    again: 0,
    excluded: 0,
    toGo: 0,
  });
  expect(reader.replayable()).toEqual({ left: 0, heldSinceMs: 1 });
});

test('over any time, with any portions and any restarts, each entry of it is given and counted once saved', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        timesMs: fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 25 }),
        span: fc.tuple(fc.nat(62), fc.nat(62)),
        moves: fc.array(fc.constantFrom('save', 'keep', 'restart'), { maxLength: 12 }),
        maxBytes: fc.integer({ min: 1, max: 60 }),
      }),
      async ({ timesMs, span: [a, b], moves: given, maxBytes }) => {
        const moves = [...given];
        const path = folder();
        let journal = await opened(path);
        await commit(journal, timesMs);
        await settle(journal, timesMs.length);
        const { law } = journal.stats().lanes['siem'] ?? {};
        const request = { fromMs: Math.min(a, b), toMs: Math.max(a, b), overwrite: false };
        await journal.replays.begin('siem', request);
        let replays = journal.replays.lane('siem');
        const ids = new Set<string>();
        let life: { position: object; count: number } = { position: {}, count: 0 };
        let isOver = false;
        while (!isOver) {
          const move = moves.shift() ?? 'save';
          if (move === 'restart') {
            await journal.close();
            journal = await opened(path);
            replays = journal.replays.lane('siem');
            life = { position: {}, count: 0 };
          }
          const { askedMs, entries, isLast } = await replays.next(maxBytes, NEVER);
          for (const { entry, position } of entries) {
            ids.add(entry.id);
            life = { position: { position }, count: life.count + 1 };
          }
          if (move === 'keep' && !isLast) continue;
          isOver = isLast;
          await replays.save({ askedMs, ...life.position, counts: { acked: life.count }, isOver });
        }
        const wanted = timesMs.filter((timeMs) => request.fromMs <= timeMs && timeMs < request.toMs);
        expect([...ids].toSorted()).toEqual(wanted.map((timeMs) => `e${timeMs}`).toSorted());
        const { acked = 0 } = journal.stats().replayed['siem'] ?? {};
        expect(acked).toBe(wanted.length);
        expect(journal.stats().lanes['siem']?.law).toEqual(law);
        await journal.close();
      },
    ),
    { numRuns: 30 },
  );
});

test('a lane that is added with a time keeps it, begins at the oldest entry, and is told what has left', async () => {
  const path = folder();
  const codes: string[] = [];
  const open = async (startFrom: object | 'beginning'): Promise<Journal> => {
    const runtime: Runtime = {
      now: () => 77,
      elapsedMs: () => 0,
      sleep: () => Promise.resolve(),
      random: () => 0,
      log: (_level, code) => codes.push(code),
    };
    const journal = await openJournal({ path, max_bytes: 16 << 20, retention: 0, create: 'auto' }, runtime);
    ended.push(() => journal.close());
    const lanes = [
      { name: 'siem', startFrom: 'beginning' },
      { name: 'late', startFrom },
    ] as Parameters<Journal['configure']>[0]['lanes'];
    await journal.configure({
      sources: [{ name: 'acme', feeds: ['organization'] }],
      lanes: startFrom === 'beginning' ? lanes.slice(0, 1) : lanes,
    });
    return journal;
  };
  const first = await open('beginning');
  await commit(first, [1, 2], 50);
  await settle(first, 2);
  // Retention is nothing: it takes along what was passed.
  await commit(first, [3], 60);
  await first.close();
  const second = await open({ fromMs: 2 });
  expect(codes).toContain('LANE_START_GONE');
  const lane = second.lane('late');
  expect(lane.fromMs).toBe(2);
  const [read] = await lane.read(1e6, NEVER);
  expect(read?.entry.id).toBe('e3');
  await lane.save({ ...(read && { position: read.position }), settled: [], counts: { acked: 1 } });
  await second.close();
  codes.length = 0;
  const third = await open({ fromMs: 1 });
  // It is there by now: what its configuration says of a start means nothing any more.
  expect([third.lane('late').fromMs, codes.includes('LANE_START_GONE')]).toEqual([2, false]);
});
