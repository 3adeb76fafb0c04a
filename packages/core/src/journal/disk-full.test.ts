/** A full disk, injected: the store's transaction throws what LMDB throws, until there is room again. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Runtime } from '../runtime.ts';
import { Ballast } from './ballast.ts';
import { openStore, type Store } from './store.ts';
import { type Decision, Writer } from './writer.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A writer on a disk that takes nothing while `full()`; `slept` is called when the writer waits for room. */
function world(full: () => boolean, slept: () => void = () => undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'full-'));
  folders.push(folder);
  const real = openStore(folder, 'write');
  real.transaction(() =>
    real.meta.put('state', { format: 1, owner: 'me', next: 1, offset: 0, maxBytes: 0, sources: [], lanes: [] }),
  );
  const transaction: Store['transaction'] = (write) =>
    real.transaction(() => {
      const value = write();
      if (full()) throw Object.assign(new Error('No space left on device'), { code: 28 });
      return value;
    });
  const store: Store = Object.assign(Object.create(real), { transaction });
  const codes: string[] = [];
  const sleep = async (): Promise<void> => slept();
  const runtime: Runtime = { now: () => 0, elapsedMs: () => 0, sleep, random: () => 0, log: (_level, code) => codes.push(code) };
  const ends: string[] = [];
  const writer = new Writer({
    store,
    owner: 'me',
    ballast: new Ballast(folder),
    runtime,
    onEnd: (end) => ends.push(end),
    lost: new AbortController(),
  });
  const put =
    (position: number): (() => Decision<number>) =>
    () => ({
      write: () => real.cursors.put('siem', { position, settled: [], reach: 0 }),
      value: position,
    });
  return { writer, put, codes, ends, real, ballast: join(folder, 'ballast') };
}

describe('a full disk', () => {
  test('refuses entries, undoes the whole transaction, and takes cursors from the space held back', async () => {
    let full = true;
    const { writer, put, codes, ends, real, ballast } = world(() => full && existsSync(ballast));
    const entries = writer.run('entries', put(1));
    const cursor = writer.run('reserve', put(2));
    await expect(entries).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(await cursor).toBe(2);
    expect(real.cursors.get('siem')?.position).toBe(2);
    expect([codes, ends]).toEqual([['DISK_FULL'], ['undone', 'committed']]);
    full = false;
    expect(await writer.run('entries', put(3))).toBe(3);
    expect([codes, existsSync(ballast)]).toEqual([['DISK_FULL', 'DISK_HAS_ROOM'], true]);
    await real.close();
  });

  test('without anything left to give up makes cursors wait and go on by themselves', async () => {
    let full = true;
    const { writer, put, real } = world(
      () => full,
      () => {
        full = false;
      },
    );
    expect(await writer.run('reserve', put(5))).toBe(5);
    expect(real.cursors.get('siem')?.position).toBe(5);
    await real.close();
  });
});

test('a refusal in a group leaves the others of the group in place', async () => {
  const { writer, put, real } = world(() => false);
  const refused = writer.run<number>('entries', () => {
    throw new Error('no');
  });
  const fine = writer.run('entries', put(1));
  await expect(refused).rejects.toThrow('no');
  expect(await fine).toBe(1);
  await real.close();
});

test('a closed writer takes nothing more', async () => {
  const { writer, put, real } = world(() => false);
  const last = writer.run('entries', put(1));
  await writer.close();
  expect(await last).toBe(1);
  await expect(writer.run('entries', put(2))).rejects.toMatchObject({ code: 'JOURNAL_CLOSED' });
  await real.close();
});
