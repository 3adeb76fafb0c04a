/** `starts.json` and the journal beside it: whichever is damaged, missing or behind, no feed begins at "now". */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Checkpoint } from '../checkpoint.ts';
import type { JournalConfig } from '../config.ts';
import { openJournal } from '../open.ts';
import { claim } from '../ownership.ts';
import { BEFORE_ALL, DamageWorld, NEVER, owed, START } from './damage.test.world.ts';
import { readStarts, type Starts, writeStarts } from './starts.ts';

let world: DamageWorld;
beforeEach(async () => {
  world = new DamageWorld();
  await world.make();
});
afterEach(() => world.remove());

const startOf = async (change: Partial<JournalConfig> = {}): Promise<number | undefined> => {
  const journal = await world.opened(change);
  const { startSeconds } = journal.source('acme').checkpoint('organization') ?? {};
  await journal.close();
  return startSeconds;
};

/** What stands in `starts.json`, changed. */
function say(change: (starts: Starts) => Starts): void {
  const found = readStarts(world.config.path);
  if (found.kind !== 'read') throw new Error(found.kind);
  writeStarts(world.config.path, change(found.starts));
}

const withStart = (change: object): void =>
  say(({ lanes, sources }) => {
    const { acme = { feeds: {} } } = sources;
    const organization = {
      startSeconds: START,
      startProvisional: false,
      settled: [],
      ...acme.feeds.organization,
      ...change,
    };
    return { lanes, sources: { acme: { ...acme, feeds: { organization } } } };
  });
const without = (name: string): void => rmSync(world.file(name));
const garble = (name: string): void => writeFileSync(world.file(name), '{"what":"audit-relay starts","format":1}');

/** By the table of decision 0030. */
const disagreements: readonly (readonly [
  sentence: string,
  change: () => void,
  start: number,
  code: string | undefined,
])[] = [
  ['starts.json missing: it is written anew', () => without('starts.json'), START, undefined],
  ['starts.json damaged: it is written anew, and said', () => garble('starts.json'), START, 'STARTS_DAMAGED'],
  [
    'an earlier start than the journal, which is an older copy',
    () => withStart({ startSeconds: START - 500 }),
    START - 500,
    'STARTS_TAKEN',
  ],
  ['a later start than the journal', () => withStart({ startSeconds: START + 500 }), START, undefined],
  ['an earlier start that still waits', () => withStart({ startSeconds: 5, startProvisional: true }), START, undefined],
  [
    'both damaged: the start that can be read of the journal',
    () => {
      garble('starts.json');
      world.flip(40);
    },
    START,
    'STARTS_DAMAGED',
  ],
  [
    'starts.json missing, and the journal damaged',
    () => {
      without('starts.json');
      world.flip(40);
    },
    START,
    'JOURNAL_SET_ASIDE',
  ],
  [
    'starts.json damaged, and the journal gone: all that the API has',
    () => {
      garble('starts.json');
      without('data.mdb');
    },
    BEFORE_ALL,
    'STARTS_TAKEN',
  ],
  [
    'both gone: all that the API has',
    () => {
      without('starts.json');
      without('data.mdb');
    },
    BEFORE_ALL,
    'STARTS_TAKEN',
  ],
  [
    'all gone but starts.json',
    () => {
      for (const name of ['data.mdb', 'lock.mdb', 'journal.json']) without(name);
    },
    START,
    'STARTS_TAKEN',
  ],
];

test.each(disagreements)('%s', async (_sentence, ...[change, start, code]) => {
  change();
  expect(await startOf()).toBe(start);
  if (code !== undefined) expect(world.codes).toContain(code);
  else expect(world.codes).not.toContain('STARTS_TAKEN');
  const found = readStarts(world.config.path);
  expect(found.kind === 'read' && found.starts.sources['acme']?.feeds.organization?.startSeconds).toBe(start);
});

test('starts.json alone is enough where damage is refused too, but not where no journal may be begun', async () => {
  for (const name of ['data.mdb', 'lock.mdb', 'journal.json']) without(name);
  await expect(world.opened({ on_damage: 'refuse', create: 'never' })).rejects.toMatchObject({
    code: 'JOURNAL_MISSING',
  });
  expect(await startOf({ on_damage: 'refuse' })).toBe(START);
});

test('a feed that an older copy does not know begins where it began, and all of the copy goes out as replay', async () => {
  const copy = join(world.folder, 'copy');
  cpSync(world.config.path, copy, { recursive: true });
  const after = await world.opened();
  const advance = (): Checkpoint => ({
    version: 1,
    startSeconds: START - 9,
    startProvisional: false,
    done: [],
    passes: {},
  });
  await after.source('acme').commit({ feed: 'tenant', advance, entries: [] }, NEVER);
  await after.close();
  cpSync(join(copy, 'data.mdb'), world.dataFile);
  const journal = await world.opened();
  expect(journal.source('acme').checkpoint('tenant')?.startSeconds).toBe(START - 9);
  expect((await owed(journal, 'siem')).every(({ replay }) => replay)).toBe(true);
  await journal.close();
});

describe('is never set aside', () => {
  const newer = (name: string): void => {
    const path = world.file(name);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"format":\d+/, '"format":99'));
  };
  test.each<readonly [sentence: string, code: string, make: () => unknown]>([
    ['a newer journal', 'JOURNAL_NEWER', () => newer('journal.json')],
    ['a journal with newer starts', 'JOURNAL_NEWER', () => newer('starts.json')],
    [
      'a damaged journal with newer starts',
      'JOURNAL_NEWER',
      () => {
        newer('starts.json');
        without('data.mdb');
      },
    ],
    [
      'one that another process holds',
      'JOURNAL_HELD',
      () => {
        world.flip(40);
        return claim(world.config.path);
      },
    ],
    [
      'a folder of something else',
      'JOURNAL_FOREIGN',
      () => {
        rmSync(world.config.path, { recursive: true });
        mkdirSync(world.config.path);
        writeFileSync(world.file('starts.json'), '[]');
      },
    ],
  ])('%s', async (_sentence, code, make) => {
    const made = await make();
    await expect(world.opened()).rejects.toMatchObject({ code });
    expect(readdirSync(world.config.path)).not.toContain('set-aside');
    if (made !== undefined) await (made as Awaited<ReturnType<typeof claim>>).release();
  });
});

test('three stand aside; the fourth is refused, and nothing of the three is touched', async () => {
  for (let time = 0; time < 3; time += 1) {
    rmSync(world.dataFile);
    expect(await startOf()).toBe(START);
  }
  rmSync(world.dataFile);
  await expect(world.opened()).rejects.toMatchObject({
    code: 'JOURNAL_DAMAGED',
    message: expect.stringContaining('stand aside already'),
  });
  expect(readdirSync(world.file('set-aside'))).toHaveLength(3);
});

test('sources that begin together are in starts.json when each is committed, and it is written for all of them at once', async () => {
  const names = Array.from({ length: 50 }, (_, index) => `org-${index}`);
  const journal = await openJournal(world.config, world.runtime);
  const sources = names.map((name) => ({ name, feeds: ['organization'] }) as const);
  await journal.configure({ sources: [...sources, { name: 'acme', feeds: ['organization', 'tenant'] }], lanes: [] });
  const before = statSync(world.file('starts.json')).ino;
  const advance = (): Checkpoint => ({ version: 1, startSeconds: 7, startProvisional: false, done: [], passes: {} });
  const written = new Set<number>();
  await Promise.all(
    names.map(async (name) => {
      await journal.source(name).commit({ feed: 'organization', advance, entries: [] }, NEVER);
      const found = readStarts(world.config.path);
      expect(found.kind === 'read' && found.starts.sources[name]?.feeds.organization?.startSeconds).toBe(7);
      // Each writing is a file of its own that is moved over the last.
      written.add(statSync(world.file('starts.json')).ino);
    }),
  );
  expect(written.has(before)).toBe(false);
  expect(written.size).toBe(1);
  await journal.close();
});
