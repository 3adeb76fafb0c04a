import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import type { Runtime } from '../runtime.ts';
import type { Journal, JournaledEntry, Position } from './journal.ts';
import { openJournal } from './open.ts';
import { counted, firstUnsettled, joinSettled, lawOf, type Settled } from './settled.ts';

const ACME = { name: 'acme', feeds: ['organization', 'tenant'] } as const;
const NEVER = new AbortController().signal;
const ENTRIES = 40;

describe('what was found settled, joined with what the lane saves', () => {
  const found = (...settled: [number, number][]): Settled => ({ position: 2, settled });
  const many = Array.from({ length: 50 }, (_, index): [number, number] => [10 + index * 4, 11 + index * 4]);
  const cases: readonly (readonly [string, Settled, Settled, Settled])[] = [
    ['is kept past the new position', found([8, 9]), { position: 4, settled: [] }, { position: 4, settled: [[8, 9]] }],
    [
      'is left out where the position has passed it',
      found([4, 5]),
      { position: 7, settled: [] },
      { position: 7, settled: [] },
    ],
    [
      'moves the position across a range that touches it',
      found([4, 5]),
      { position: 3, settled: [] },
      { position: 5, settled: [] },
    ],
    ['moves it across several', found([4, 5]), { position: 3, settled: [[6, 9]] }, { position: 9, settled: [] }],
    [
      'is covered by a range around it',
      found([6, 7]),
      { position: 2, settled: [[5, 8]] },
      { position: 2, settled: [[5, 8]] },
    ],
    [
      'is one range where two touch',
      found([6, 7]),
      { position: 2, settled: [[8, 9]] },
      { position: 2, settled: [[6, 9]] },
    ],
    [
      'stands in order',
      found([8, 8]),
      { position: 2, settled: [[5, 5]] },
      {
        position: 2,
        settled: [
          [5, 5],
          [8, 8],
        ],
      },
    ],
  ];
  test.each(cases)('%s', (_sentence, before, ...[saved, joined]) => {
    expect(joinSettled(before, saved)).toEqual(joined);
  });

  test('what became of entries is added up where ranges meet or are passed, and forgotten with those that are', () => {
    const { counts, settled } = joinSettled(
      {
        position: 2,
        counts: { acked: 2 },
        settled: [
          [4, 4, { acked: 1 }],
          [8, 9, { acked: 1, dead_lettered: 1 }],
        ],
      },
      {
        position: 3,
        counts: { 'excluded.when': 1 },
        settled: [
          [10, 10, { acked: 1 }],
          [20, 21, { acked: 2 }],
        ],
      },
    );
    expect(counts).toEqual({ acked: 3, 'excluded.when': 1 });
    expect(settled).toEqual([
      [8, 10, { acked: 2, dead_lettered: 1 }],
      [20, 21, { acked: 2 }],
    ]);
    const ranges = many.map(([first, last]) => [first, last, { acked: 2 }] as const);
    const later = ranges.map(([first, last, of]) => [first + 500, last + 500, of] as const);
    const cut = joinSettled({ position: 2, counts: {}, settled: ranges }, { position: 2, settled: later });
    expect(lawOf({ ...cut, reach: 0, uncounted: 2 }, { oldest: 1, next: 1_001 })).toMatchObject({
      acked: 128,
      journaled: 998,
      held: 870,
    });
  });

  test('a cursor that was not counted is counted from where it is', () => {
    const before = {
      position: 10,
      settled: [
        [12, 13],
        [20, 20],
      ],
      reach: 30,
    } as const;
    const present = { oldest: 1, next: 31 };
    expect(lawOf(before, present)).toBeUndefined();
    expect(lawOf(counted(before), present)).toEqual({
      journaled: 17,
      acked: 0,
      deadLettered: 0,
      excluded: {},
      held: 17,
    });
    const since = joinSettled(counted(before), { position: 11, counts: { acked: 1 }, settled: [] });
    expect(lawOf({ ...counted(before), ...since }, present)).toMatchObject({ journaled: 17, acked: 1, held: 16 });
    expect(counted(counted(before))).toEqual(counted(before));
  });

  test('is cut to the first 64 ranges', () => {
    const saved = { position: 2, settled: many.map(([first, last]): [number, number] => [first + 500, last + 500]) };
    const { settled } = joinSettled({ position: 2, settled: many }, saved);
    expect(settled).toEqual([...many, ...saved.settled.slice(0, 14)]);
  });
});

describe('what is in the journal of what a lane has not settled', () => {
  const cursor = {
    position: 10,
    settled: [
      [12, 13, { acked: 2 }],
      [20, 20, { acked: 1 }],
    ],
    reach: 30,
    counts: { acked: 10 },
    uncounted: 0,
  } as const;
  test.each<{ what: string; oldest: number; unreadable?: { first: number; end: number }; shown: object }>([
    { what: 'all of it', oldest: 1, shown: { held: 17 } },
    { what: 'all of it, and nothing else', oldest: 11, shown: { held: 17 } },
    { what: 'all but one', oldest: 12, shown: { held: 16, gone: 1 } },
    { what: 'not what was settled besides', oldest: 13, shown: { held: 16, gone: 1 } },
    { what: 'half of it', oldest: 20, shown: { held: 10, gone: 7 } },
    { what: 'nothing', oldest: 31, shown: { held: 0, gone: 17 } },
    { what: 'a damaged chunk', oldest: 1, unreadable: { first: 9, end: 15 }, shown: { held: 15, unreadable: 2 } },
    {
      what: 'a damaged chunk after what is gone',
      oldest: 12,
      unreadable: { first: 12, end: 31 },
      shown: { held: 0, gone: 1, unreadable: 16 },
    },
  ])('$what', ({ oldest, unreadable, shown }) => {
    const law = lawOf(cursor, { oldest, next: 31, unreadable });
    expect(law).toEqual({ journaled: 30, acked: 13, deadLettered: 0, excluded: {}, ...shown });
  });

  test.each<[first: number, settled: [number, number][]]>([
    [11, []],
    [11, [[12, 13]]],
    [
      13,
      [
        [11, 12],
        [14, 15],
      ],
    ],
  ])('begins at %i after 10 and %j', (first, settled) => {
    expect(firstUnsettled({ position: 10, settled })).toBe(first);
  });
});

/** Lives of a lane: in each it reads so many entries, settles some of them in any order, and ends. */
const lives = fc.array(
  fc.record({ read: fc.integer({ min: 1, max: ENTRIES }), settles: fc.array(fc.nat(ENTRIES), { maxLength: 15 }) }),
  { minLength: 1, maxLength: 5 },
);

test('what a saved cursor called settled is never given again, and all else is', async () => {
  await fc.assert(
    fc.asyncProperty(lives, async (several) => {
      const folder = mkdtempSync(join(tmpdir(), 'settled-'));
      try {
        await check(join(folder, 'data'), several);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 12 },
  );
});

test('refusals in a row are kept across a start and a moved reach, until a cursor says that there are none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'journal-settled-'));
  const path = join(folder, 'data');
  const found: number[] = [];
  for (const refusals of [0, 7, 100, 0]) {
    const journal = await openFilled(path);
    const lane = journal.lane('siem');
    found.push(lane.refusals);
    await lane.save({ settled: [], refusals });
    await lane.extend(10);
    await journal.close();
  }
  rmSync(folder, { recursive: true, force: true });
  expect(found).toEqual([0, 0, 7, 100]);
});

/** Beside a set of ids as the plain model of all that is settled. */
async function check(
  path: string,
  several: readonly { readonly read: number; readonly settles: readonly number[] }[],
): Promise<void> {
  const settled = new Set<string>();
  for (const { read, settles } of several) {
    const journal = await openFilled(path);
    const lane = journal.lane('siem');
    const expected = ids()
      .filter((id) => !settled.has(id))
      .slice(0, read);
    const given: JournaledEntry[] = [];
    while (given.length < expected.length) given.push(...(await lane.read(1, NEVER)));
    expect(given.map(({ entry: { id } }) => id)).toEqual(expected);
    const indexes = new Set(settles.filter((index) => index < given.length));
    for (const index of indexes) settled.add(given[index]?.entry.id ?? '');
    await lane.save(cursorOf(given, indexes));
    const { law } = journal.stats().lanes['siem'] ?? {};
    const dead = [...settled].filter(isDead).length;
    expect(law).toEqual({
      journaled: ENTRIES,
      acked: settled.size - dead,
      deadLettered: dead,
      excluded: {},
      held: ENTRIES - settled.size,
    });
    await journal.close();
  }
}

/** As a lane saves it: it counts what it was given, so a range may span entries that it was not. */
function cursorOf(
  given: readonly JournaledEntry[],
  indexes: ReadonlySet<number>,
): Parameters<ReturnType<Journal['lane']>['save']>[0] {
  const settled: { first: Position; last: Position; counts: Record<string, number> }[] = [];
  const counts: Record<string, number> = {};
  let position: Position | undefined;
  for (const [index, one] of given.entries()) {
    if (!indexes.has(index)) continue;
    const range = settled.at(-1);
    const way = isDead(one.entry.id) ? 'dead_lettered' : 'acked';
    if (index === 0 || (position !== undefined && position === given[index - 1]?.position)) {
      position = one.position;
      oneMore(counts, way);
    } else if (range !== undefined && range.last === given[index - 1]?.position) {
      range.last = one.position;
      oneMore(range.counts, way);
    } else settled.push({ first: one.position, last: one.position, counts: { [way]: 1 } });
  }
  return { ...(position !== undefined && { position }), settled, counts };
}

function oneMore(counts: Record<string, number>, way: string): void {
  counts[way] = (counts[way] ?? 0) + 1;
}

const isDead = (id: string): boolean => id.endsWith('3');

function ids(): readonly string[] {
  return Array.from({ length: ENTRIES }, (_, index) => `e${index}`);
}

/** A journal of `ENTRIES` entries and a lane; the entries are committed at the first opening alone. */
async function openFilled(path: string): Promise<Journal> {
  const runtime: Runtime = {
    now: () => 0,
    elapsedMs: () => 0,
    sleep: () => Promise.resolve(),
    random: () => 0,
    log: () => undefined,
  };
  const journal = await openJournal({ path, max_bytes: 16 << 20, retention: 1e12, create: 'auto' }, runtime);
  await journal.configure({ sources: [ACME], lanes: [{ name: 'siem', startFrom: 'beginning' }] });
  const commit = { feed: 'organization', advance: () => START, entries: ids().map(entry) } as const;
  await journal.source('acme').commit(commit, NEVER);
  return journal;
}

const START = { version: 1, startSeconds: 0, startProvisional: false, done: [], passes: {} } as const;

function entry(id: string): Entry {
  const common = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  return { id, type: 't', timeMs: 0, receivedMs: 0, ...common, raw: `{"id":"${id}"}` };
}
