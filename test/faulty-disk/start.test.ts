/**
 * A start, and an end, on a disk that takes nothing: a journal that has begun is waited for with the port open; a first
 * start is refused at once.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { needed } from '../services/needed.ts';
import { type Call, type DiskError, faultyDiskLibrary } from './faulty-disk.ts';
import { DiskWorld } from './world.ts';

const library = needed({ name: 'gcc', get: faultyDiskLibrary });

let world: DiskWorld;
beforeEach(async () => {
  world = await DiskWorld.make({ library: library() });
  world.happen();
});
afterEach(() => world.remove());

async function delivered(): Promise<void> {
  await world.settled();
  expect(await world.end()).toMatchObject({ code: 0 });
}

test('a journal that has begun is waited for, whatever is refused, and a signal ends the waiting', async () => {
  world.begin();
  await delivered();
  const cases: readonly (readonly [Call, DiskError])[] = [
    ['create', 'ENOSPC'],
    ['write', 'EDQUOT'],
    ['open', 'EROFS'],
    ['meta', 'EIO'],
    ['rename', 'EROFS'],
  ];
  for (const [call, error] of cases) {
    world.disk.refuse({ error, calls: [call], under: world.journal });
    world.happen();
    const { seen } = world.begin();
    await seen(/"JOURNAL_DISK"/);
    expect(await world.readiness(503, new RegExp(`^not ready: .*${error}`))).toContain('cannot be written');
    expect((await world.get('/livez'))?.code).toBe(200);
    expect((await world.get('/status'))?.text).toContain(error);
    world.disk.heal();
    await world.readiness(200);
    await delivered();
  }
  world.disk.refuse({ error: 'ENOSPC', calls: ['create'], under: world.journal });
  await world.begin().seen(/"JOURNAL_DISK"/);
  expect(await world.end()).toMatchObject({ code: 0, talk: expect.stringContaining('"STOPPED"') });
  world.disk.heal();
  expect(await world.wrong()).toEqual([]);
});

test.each<[DiskError, Call]>([
  ['ENOSPC', 'write'],
  ['EROFS', 'create'],
])('a first start is refused at once with %s, and the next one makes the journal', async (error, call) => {
  world.disk.refuse({ error, calls: [call], under: world.journal });
  const { ended } = world.begin();
  expect(await ended).toMatchObject({ code: 1, talk: expect.stringMatching(/"JOURNAL_FOLDER"/) });
  world.disk.heal();
  world.begin();
  await delivered();
  expect(await world.wrong()).toEqual([]);
});

describe('the side file of starts', () => {
  test('that cannot be written is said and stops nothing, and stands there when the agent ends', async () => {
    const starts = join(world.journal, 'starts.json');
    world.disk.refuse({ error: 'ENOSPC', calls: ['write', 'create', 'open'], under: starts });
    const { seen } = world.begin();
    await seen(/"STARTS_UNWRITTEN".*ENOSPC|ENOSPC.*"STARTS_UNWRITTEN"/);
    await world.settled();
    expect(existsSync(starts)).toBe(false);
    world.disk.heal();
    await delivered();
    expect(readFileSync(starts, 'utf8')).toContain('"startSeconds"');
  });
});

test('an end while the disk takes nothing keeps what is journaled, and the next start goes on with it', async () => {
  world.begin();
  await world.settled();
  world.disk.refuse({ error: 'EIO', calls: ['write', 'create', 'rename', 'open', 'sync'], under: world.journal });
  world.happen();
  await world.readiness(503);
  expect(await world.end()).toMatchObject({ code: 0 });
  world.disk.heal();
  world.begin();
  await delivered();
  expect(await world.wrong()).toEqual([]);
});

test('a second signal on a full disk ends it at once, and loses nothing', async () => {
  world.begin();
  await world.settled();
  world.disk.refuse({ error: 'ENOSPC', calls: ['write', 'create'], under: world.journal });
  world.happen();
  await world.readiness(503);
  const { child, ended } = world.begun();
  child.kill('SIGTERM');
  child.kill('SIGINT');
  expect((await ended).code).not.toBe(null);
  world.disk.heal();
  world.begin();
  await delivered();
  expect(await world.wrong()).toEqual([]);
});
