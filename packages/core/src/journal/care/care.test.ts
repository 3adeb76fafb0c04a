/** A journal that is checked, made smaller and exported: by a person, while an agent runs or not. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Entry } from '../../entry.ts';
import {
  commit,
  DamageWorld,
  ENTRIES,
  entry,
  numbersOf,
  owed,
  range,
  SETTLED,
  START,
} from '../damage/damage.test.world.ts';
import { readJournal } from '../read-only.ts';
import { openStore } from '../store.ts';
import { checkJournal } from './check.ts';
import { compactJournal } from './compact.ts';
import { type Selection, salvagedEntries } from './entries.ts';

let world: DamageWorld;
beforeEach(async () => {
  world = new DamageWorld();
  await world.make();
});
afterEach(() => world.remove());

/** Changes what stands in the newest chunk. */
function spoilEntries(): void {
  const store = openStore({ path: world.config.path, mode: 'read' });
  const [value = Buffer.alloc(0)] = [...store.chunks.getRange({ reverse: true, limit: 1 })].map((one) =>
    Buffer.from(one.value),
  );
  void store.close();
  world.flip(readFileSync(world.dataFile).indexOf(value.subarray(20, 60)) + 10);
}

test('a whole journal is counted and called whole, beside an agent too', async () => {
  const counts = {
    entries: ENTRIES,
    deadLetters: 2,
    malformedRecords: 0,
    lanes: 2,
    damaged: [],
    starts: 'read',
    setAside: [],
  };
  expect(await checkJournal(world.config.path)).toMatchObject({ verdict: 'whole', running: false, ...counts });
  const journal = await world.opened();
  expect(await checkJournal(world.config.path)).toMatchObject({ verdict: 'whole', running: true, ...counts });
  await journal.close();
});

test('an entry whose bytes have changed is named, and the others are counted', async () => {
  spoilEntries();
  const found = await checkJournal(world.config.path);
  expect(found).toMatchObject({ verdict: 'entries_damaged', entries: ENTRIES - 20, damaged: [ENTRIES - 19] });
  expect(found.problem).toContain('chunks');
});

test('of a journal that does not open it says why, and what can still be read', async () => {
  world.flip(40);
  const found = await checkJournal(world.config.path);
  expect(found).toMatchObject({ verdict: 'damaged', problem: expect.stringContaining('meta page') });
  expect(found.salvageable?.entries).toBeGreaterThanOrEqual(ENTRIES);
});

async function exported(selection: Selection): Promise<readonly number[]> {
  const reader = await readJournal(world.config.path);
  const found: Entry[] = [];
  for await (const one of reader.entries(selection)) found.push(one);
  await reader.close();
  return found.map(({ id }) => Number(id.slice(1)));
}

test.each<readonly [sentence: string, selection: Selection, numbers: readonly number[]]>([
  ['all', {}, range(0, ENTRIES)],
  ['from a second on, that included', { from: START + 90 }, range(90, ENTRIES)],
  ['up to a second, that not included', { to: START + 5 }, range(0, 5)],
  ['a time within', { from: START + 7, to: START + 9 }, [7, 8]],
  ['of a source', { source: 'acme', to: START + 2 }, [0, 1]],
  ['of another source', { source: 'other' }, []],
])('entries: %s', async (_sentence, selection, numbers) => {
  expect(await exported(selection)).toEqual(numbers);
});

test('entries come beside an agent that writes, each once and in order', async () => {
  const journal = await world.opened();
  const reader = await readJournal(world.config.path);
  const found: string[] = [];
  for await (const { id } of reader.entries({})) {
    found.push(id);
    if (found.length === 30) await commit(journal, ENTRIES, ENTRIES + 10);
  }
  await reader.close();
  await journal.close();
  expect(found).toEqual(range(0, ENTRIES + 10).map((number) => `e${number}`));
});

test('what is salvaged of a damaged journal is all of it that is whole, text by text', async () => {
  world.flip(40);
  const found = new Map<string, string>();
  for await (const { id, raw } of salvagedEntries(world.config.path, {})) found.set(id, raw);
  expect(found).toEqual(new Map(range(0, ENTRIES).map((number) => [entry(number).id, entry(number).raw])));
});

/** Entries that come and leave, so that the file has free pages; afterwards as `make` has left it. */
async function grow(): Promise<void> {
  const store = openStore({ path: world.config.path, mode: 'write' });
  const keys = range(0, 400).map((number) => [1_000_000 + number, 1_000_000 + number, 0] as const);
  store.transaction(() => {
    for (const key of keys) store.chunks.put(key, Buffer.alloc(8_000, 'x'));
  });
  store.transaction(() => {
    for (const key of keys) store.chunks.remove(key);
  });
  await store.close();
}

test('compacting gives the room back, keeps all of it, and nobody takes the file for an older copy', async () => {
  await grow();
  // As the last close has left it.
  await (await world.opened()).close();
  world.logged.length = 0;
  const { beforeBytes, afterBytes } = await compactJournal(world.config);
  expect(beforeBytes).toBeGreaterThan(3 << 20);
  expect(afterBytes).toBeLessThan(1 << 20);
  expect(statSync(world.dataFile).size).toBe(afterBytes);
  expect(statSync(world.dataFile).mode & 0o777).toBe(0o600);
  expect(readdirSync(world.config.path)).not.toContain('compacting');
  const journal = await world.opened();
  expect(world.codes).not.toContain('JOURNAL_RESTORED');
  const left = await owed(journal, 'siem');
  expect(numbersOf(left)).toEqual(range(SETTLED, ENTRIES));
  expect([...journal.deadLetters.list('siem')]).toHaveLength(2);
  await journal.close();
  expect(await checkJournal(world.config.path)).toMatchObject({ verdict: 'whole', entries: ENTRIES });
});

test('an older copy that nobody has seen yet stays one', async () => {
  const copy = mkdtempSync(join(tmpdir(), 'copy-'));
  cpSync(world.config.path, copy, { recursive: true });
  cpSync(join(copy, 'data.mdb'), world.dataFile);
  rmSync(copy, { recursive: true });
  await compactJournal(world.config);
  await (await world.opened()).close();
  expect(world.codes).toContain('JOURNAL_RESTORED');
});

test('compacting is refused while an agent runs, and of a damaged journal; both stay as they were', async () => {
  const journal = await world.opened();
  await expect(compactJournal(world.config)).rejects.toMatchObject({ code: 'JOURNAL_HELD' });
  await journal.close();
  world.flip(40);
  const bytes = readFileSync(world.dataFile);
  await expect(compactJournal(world.config)).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  expect(readFileSync(world.dataFile).equals(bytes)).toBe(true);
  expect(existsSync(world.file('set-aside'))).toBe(false);
});

test('a compaction that was cut off leaves what the next one throws away', async () => {
  mkdirSync(world.file('compacting'));
  writeFileSync(world.file('compacting/data.mdb'), 'half');
  const journal = await world.opened();
  expect(numbersOf(await owed(journal, 'lake'))).toEqual(range(SETTLED, ENTRIES));
  await journal.close();
  await compactJournal(world.config);
  expect(existsSync(world.file('compacting'))).toBe(false);
});
