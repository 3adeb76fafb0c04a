/** A damaged journal is set aside and a new one takes its place: what was owed comes over, or is read again. */
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../store.ts';
import {
  commit,
  DamageWorld,
  ENTRIES,
  NOW_MS,
  numbersOf,
  owed,
  range,
  SETTLED,
  START,
  settle,
} from './damage.test.world.ts';

let world: DamageWorld;
beforeEach(async () => {
  world = new DamageWorld();
  await world.make();
});
afterEach(() => world.remove());

/** What is left to be read of it differs; that no lane is owed less than the API still has to give does not. */
const damages: readonly (readonly [sentence: string, damage: () => void, comesOver: 'all' | 'some' | 'nothing'])[] = [
  ['a bit of the first meta page', () => world.flip(40), 'all'],
  ['a bit of the number of the last page', () => world.flip(144), 'all'],
  [
    'both meta pages gone',
    () =>
      writeFileSync(world.dataFile, Buffer.concat([Buffer.alloc(8192), readFileSync(world.dataFile).subarray(8192)])),
    'all',
  ],
  ['cut in the middle', () => truncateSync(world.dataFile, Math.floor(world.end() / 8192) * 4096), 'some'],
  ['cut within a page', () => truncateSync(world.dataFile, world.rootPage() + 100), 'some'],
  ['a torn page', () => world.tear(world.rootPage() + 2048), 'some'],
  ['foreign garbage', () => writeFileSync(world.dataFile, 'x'.repeat(100_000)), 'nothing'],
  ['an empty file', () => truncateSync(world.dataFile, 0), 'nothing'],
  ['its file missing', () => rmSync(world.dataFile), 'nothing'],
  ['its marker garbage', () => writeFileSync(world.file('journal.json'), 'x'), 'all'],
  ['its marker missing', () => rmSync(world.file('journal.json')), 'all'],
];

describe.each(damages)('%s', (_sentence, damage, comesOver) => {
  test('is refused by default, and nothing is touched', async () => {
    damage();
    const before = readdirSync(world.config.path).toSorted();
    await expect(world.opened({ on_damage: 'refuse' })).rejects.toMatchObject({ code: /^JOURNAL_(DAMAGED|EMPTY)$/ });
    expect(readdirSync(world.config.path).toSorted()).toEqual(before);
  });

  test('is set aside: the start stays, what was owed comes over or is read again, as replay', async () => {
    damage();
    const journal = await world.opened();
    const checkpoint = journal.source('acme').checkpoint('organization');
    expect(checkpoint).toMatchObject({ startSeconds: START, startProvisional: false });
    // What no lookback reads again and every lane had: of it alone nothing needs to be read again.
    expect(checkpoint?.done ?? []).toEqual([]);
    const lake = await owed(journal, 'lake');
    expect(new Set(numbersOf(lake)).size).toBe(lake.length);
    expect(lake.every(({ replay }) => replay)).toBe(true);
    if (comesOver === 'all') expect(numbersOf(lake)).toEqual(range(SETTLED, ENTRIES));
    if (comesOver === 'nothing') expect(lake).toEqual([]);
    // The API has it all, and gives it again.
    await commit(journal, 0, ENTRIES);
    expect(numbersOf(await owed(journal, 'siem'))).toEqual(range(0, ENTRIES));
    expect(world.codes).toContain('JOURNAL_SET_ASIDE');
    const [set] = journal.stats().setAside ?? [];
    expect(set).toMatchObject({ code: expect.stringMatching(/^JOURNAL_/), atMs: NOW_MS });
    expect(statSync(set?.path ?? '').mode & 0o777).toBe(0o700);
    await journal.close();
    // The alarm stands until the folder is taken away.
    const next = await world.opened();
    expect(next.stats().setAside).toHaveLength(1);
    rmSync(set?.path ?? '', { recursive: true });
    expect(next.stats().setAside).toBeUndefined();
    await next.close();
  });
});

test('dead letters come over, and those that were asked to go again still are', async () => {
  world.flip(40);
  const journal = await world.opened();
  const kept = [...journal.deadLetters.list('siem')].map(({ entry: { id }, retryMs }) => [id, retryMs !== undefined]);
  expect(kept).toEqual([
    ['e3', false],
    ['e4', true],
  ]);
  await journal.close();
});

test('what every lane had and no lookback reads again is not read again, but for dead letters', async () => {
  const before = await world.opened();
  for (const lane of ['siem', 'lake']) await settle(before, lane, ENTRIES - SETTLED);
  await before.close();
  rmSync(world.dataFile);
  const journal = await world.opened();
  expect(journal.source('acme').checkpoint('organization')?.done).toEqual([
    { from: START, to: START + 3 },
    { from: START + 5, to: START + 30 },
  ]);
  await journal.close();
});

describe('an entry whose bytes have changed', () => {
  /** In the raw deflate of the newest chunk, which no tree depends on. */
  const spoil = (): void => {
    const store = openStore({ path: world.config.path, mode: 'read' });
    const [value = new Uint8Array()] = [...store.chunks.getRange({ reverse: true, limit: 1 })].map((one) =>
      Buffer.from(one.value),
    );
    void store.close();
    world.flip(readFileSync(world.dataFile).indexOf(value.subarray(20, 60)) + 10);
  };

  test('ends the agent where it may be set aside, and the next start does so', async () => {
    spoil();
    const journal = await world.opened();
    await expect(owed(journal, 'siem')).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
    expect(journal.lost.reason).toMatchObject({ code: 'JOURNAL_DAMAGED' });
    await journal.close();
    const next = await world.opened();
    expect(world.codes).toContain('JOURNAL_SET_ASIDE');
    // The chunk that is lost comes by the API; the others were brought over.
    expect(numbersOf(await owed(next, 'siem'))).toEqual(range(SETTLED, ENTRIES - 20));
    await commit(next, 0, ENTRIES);
    expect(numbersOf(await owed(next, 'lake'))).toEqual(range(0, ENTRIES));
    await next.close();
  });

  test('ends its lane alone where it may not', async () => {
    spoil();
    const journal = await world.opened({ on_damage: 'refuse' });
    await expect(owed(journal, 'siem')).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
    expect(journal.lost.aborted).toBe(false);
    await journal.close();
    const next = await world.opened({ on_damage: 'refuse' });
    await next.close();
    expect(world.codes).not.toContain('JOURNAL_SET_ASIDE');
  });
});
