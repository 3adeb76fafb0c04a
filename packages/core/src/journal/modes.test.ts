/** Whatever a journal's life leaves on the disk is its owner's alone, though the umask keeps nobody out. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compactJournal } from './care/compact.ts';
import { DamageWorld } from './damage/damage.test.world.ts';
import { keepEvidence } from './evidence.ts';
import { openJournal } from './open.ts';
import { readJournal } from './read-only.ts';

let world: DamageWorld;
let usual: number;
beforeEach(async () => {
  usual = process.umask(0);
  world = new DamageWorld();
  await world.make();
});
afterEach(() => {
  world.remove();
  process.umask(usual);
});

/** The folder and all below that somebody else may enter, read or write. */
function open(folder: string): readonly string[] {
  const below = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path));
  const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
  return [folder, ...below].filter((path) => !/^[67]00$/.test(modeOf(path))).map((path) => `${path} ${modeOf(path)}`);
}

const lives: readonly (readonly [sentence: string, leaves: RegExp, live: () => Promise<void>])[] = [
  ['written, and closed', /^data\.mdb$/, async () => undefined],
  [
    'compacted',
    /^data\.mdb$/,
    async () => {
      await compactJournal(world.config);
    },
  ],
  [
    'set aside as damaged, with what came over of it',
    /^set-aside\/[^/]+\/data\.mdb$/,
    async () => {
      world.flip(40);
      await (await world.opened()).close();
    },
  ],
  [
    'read, from a copy that has no lock',
    /^data\.mdb$/,
    async () => {
      rmSync(world.file('lock.mdb'));
      await (await readJournal(world.config.path)).close();
    },
  ],
  [
    'with an answer that nobody could read',
    /^unreadable\/.*\.body$/,
    async () => {
      keepEvidence(world.config.path, { source: 'acme', condition: 'no_JSON', body: Buffer.from('x'), atMs: 0 });
    },
  ],
  [
    'brought over from an older format',
    /^data\.mdb$/,
    async () => {
      const { path } = world.config;
      const older = join(import.meta.dirname, '__fixtures__/format-1');
      rmSync(path, { recursive: true });
      mkdirSync(path, { mode: 0o700 });
      writeFileSync(join(path, 'journal.json'), readFileSync(join(older, 'journal.json')), { mode: 0o600 });
      writeFileSync(join(path, 'data.mdb'), gunzipSync(readFileSync(join(older, 'data.mdb.gz'))), { mode: 0o600 });
      await (await openJournal({ ...world.config, max_bytes: 64 << 20 }, world.runtime)).close();
      expect(world.codes).toContain('JOURNAL_MIGRATED');
    },
  ],
];

test.each(lives)('%s', async (_sentence, leaves, live) => {
  await live();
  const left = readdirSync(world.config.path, { recursive: true, encoding: 'utf8' });
  expect(left.some((path) => leaves.test(path))).toBe(true);
  expect(open(world.config.path)).toEqual([]);
});

test('a file that others may read is seen', () => {
  writeFileSync(world.file('other'), '');
  expect(open(world.config.path)).toEqual([`${world.file('other')} 666`]);
});
