/**
 * The other disks of an agent, refusing: that of a file sink stops this sink alone, that of the log nothing. And disks that
 * really are full or read-only, where the system lets us mount some.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canMount, fillDisk, type SmallDisk, smallDisk } from '../agent/small-disk.ts';
import { needed } from '../services/needed.ts';
import { type Call, type DiskError, faultyDiskLibrary } from './faulty-disk.ts';
import { DiskWorld, until } from './world.ts';

const library = needed({ name: 'gcc', get: faultyDiskLibrary });
const ERRORS: readonly DiskError[] = ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'];

let world: DiskWorld | undefined;
afterEach(async () => {
  await world?.remove();
  world = undefined;
});

async function started(journal?: string): Promise<DiskWorld> {
  world = await DiskWorld.make({ library: library(), ...(journal !== undefined && { journal }) });
  world.happen();
  return world;
}

async function expectAllOnce(relay: DiskWorld): Promise<void> {
  await relay.settled();
  expect(await relay.end()).toMatchObject({ code: 0 });
  expect(await relay.wrong()).toEqual([]);
}

test('of a file sink, its lines or its index: this sink says so and waits, the other goes on, and the agent is ready', async () => {
  const relay = await started();
  relay.begin();
  await relay.settled();
  const calls: readonly Call[] = ['write', 'sync', 'meta'];
  for (const [error, call] of [
    ...calls.map((one) => ['EIO', one] as const),
    ...ERRORS.map((one) => [one, 'write'] as const),
  ]) {
    const { length } = relay.lake();
    relay.disk.refuse({ error, calls: [call], under: relay.fileFolder });
    relay.happen();
    expect(await relay.readiness(200, new RegExp(`sink lake: (retrying|blocked): .*${error}`))).toMatch(/^ready/);
    await until(() => relay.siemAtAll().size === (relay.truth().size / 3) * 2);
    relay.disk.heal();
    await relay.settled();
    expect(relay.lake()).toHaveLength(length + 3);
  }
  await expectAllOnce(relay);
});

test('of the log: nothing else waits, and what is missing of it is said once it can be', async () => {
  const relay = await started();
  const log = join(relay.fileFolder, 'log');
  relay.begin({ log });
  await relay.settled();
  for (const error of ERRORS) {
    relay.disk.refuse({ error, calls: ['write'], under: log });
    relay.happen();
    await until(() => relay.isDelivered() && relay.disk.refused > 0);
    await relay.readiness(200);
    const { length } = readFileSync(log, 'utf8');
    relay.disk.heal();
    await until(() => readFileSync(log, 'utf8').slice(length).includes('LOG_LINES_LOST'));
  }
  await expectAllOnce(relay);
});

describe.skipIf(!canMount())('a real disk', () => {
  let disk: SmallDisk | undefined;
  beforeEach(() => {
    disk = smallDisk('24m');
  });
  afterEach(async () => {
    await world?.remove();
    world = undefined;
    disk?.remove();
  });

  test('that is full, and full of nothing to give up: not ready, without a word of LMDB, and well again', async () => {
    const folder = disk?.folder ?? '';
    const relay = await started(join(folder, 'journal'));
    const { seen } = relay.begin();
    await relay.settled();
    const filler = join(folder, 'filler');
    fillDisk(folder, filler);
    // The space held back is given up for cursors, and taken too.
    for (let left = 200; left > 0; left -= 1) relay.happen();
    await seen(/"DISK_FULL"/);
    await relay.readiness(503, /no space left/);
    fillDisk(folder, `${filler}-2`);
    relay.happen();
    rmSync(filler);
    rmSync(`${filler}-2`);
    await relay.readiness(200);
    await relay.settled();
    expect((await relay.end()).talk).not.toMatch(/Write error|mdb_page/);
    expect(await relay.wrong()).toEqual([]);
  });

  test('that can only be read at a start: waited for until it can be written', async () => {
    const folder = disk?.folder ?? '';
    const relay = await started(join(folder, 'journal'));
    relay.begin();
    await relay.settled();
    await relay.end();
    remount(folder, 'ro');
    relay.happen();
    relay.begin();
    await relay.readiness(503, /EROFS/);
    remount(folder, 'rw');
    await relay.readiness(200);
    await expectAllOnce(relay);
  });
});

function remount(folder: string, how: 'ro' | 'rw'): void {
  const { status, stderr } = spawnSync('mount', ['-o', `remount,${how}`, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
