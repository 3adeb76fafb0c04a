/**
 * A disk that is full, over its quota, read-only or unwell under a running agent: it is not ready and says why, nothing is
 * lost or doubled, and it goes on by itself when the disk is well, without anybody's doing.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needed } from '../services/needed.ts';
import { type Call, type DiskError, faultyDiskLibrary } from './faulty-disk.ts';
import { DiskWorld, until } from './world.ts';

const library = needed({ name: 'gcc', get: faultyDiskLibrary });

/** What `/readyz` and `status` say of each, and what is to be done. */
const WORDS: Readonly<Record<DiskError, RegExp>> = {
  ENOSPC: /ENOSPC.*make room|no space left.*free some/,
  EDQUOT: /EDQUOT.*quota.*make room|no space left.*free some/,
  EROFS: /EROFS.*mount it for writing/,
  EIO: /EIO.*see whether it is well/,
};
const ERRORS = Object.keys(WORDS) as DiskError[];
const CALLS: readonly Call[] = ['write', 'meta', 'sync'];

describe('the disk of the journal', () => {
  let world: DiskWorld;
  beforeAll(async () => {
    world = await DiskWorld.make({ library: library() });
    world.happen();
    world.begin();
    await world.settled();
  });
  afterAll(() => world.remove());

  const cases = CALLS.flatMap((call) => ERRORS.map((error) => ({ call, error })));
  test.each(cases)('refuses each $call with $error: not ready, alive, and well again', async ({ call, error }) => {
    const before = world.truth().size;
    world.disk.refuse({ error, calls: [call], under: world.journal });
    world.happen();
    expect(await world.readiness(503, WORDS[error])).toMatch(/^not ready: /);
    expect((await world.get('/livez'))?.code).toBe(200);
    expect(world.disk.refused).toBeGreaterThan(0);
    // What is not journaled is at no peer.
    expect(new Set(world.lake()).size).toBe(before);
    world.disk.heal();
    await world.readiness(200);
    await world.settled();
  });

  test.each(ERRORS)(
    'with %s keeps what became of a batch from being saved: the lane says so, and saves it',
    async (error) => {
      writeFileSync(world.hold, '');
      world.happen();
      await until(() => world.lake().length === world.truth().size);
      world.disk.refuse({ error, calls: ['sync'], under: world.journal });
      rmSync(world.hold);
      // Its dead letter and its cursor: the space held back takes neither.
      await world.readiness(503, WORDS[error]);
      expect((await world.get('/status'))?.text).toMatch(WORDS[error]);
      expect((await world.get('/metrics'))?.text).toMatch(/^audit_relay_journal_unwritable 1$/m);
      world.disk.heal();
      await world.readiness(200);
      await world.settled();
      expect((await world.get('/metrics'))?.text).toMatch(/^audit_relay_journal_unwritable 0$/m);
    },
  );

  test('is named by `status`, which ends with 1 meanwhile', async () => {
    world.disk.refuse({ error: 'EROFS', calls: ['sync'], under: world.journal });
    await world.readiness(503);
    expect(await world.command('status')).toMatchObject({ code: 1, out: expect.stringMatching(WORDS.EROFS) });
    world.disk.heal();
    await world.readiness(200);
  });

  test('through all of it each event is at each sink once, or a dead letter, and the figures say so', async () => {
    expect(await world.end()).toMatchObject({ code: 0 });
    expect(await world.wrong()).toEqual([]);
  });
});
