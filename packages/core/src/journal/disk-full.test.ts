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

/** What throws when the writer calls it, once it is set. */
type Fault = 'restore' | 'release' | 'isFull' | 'committed' | 'undone';

/** A writer on a disk that takes nothing while `full()`; `slept` is called when the writer waits for room. */
function world(full: () => boolean, slept: (signal: AbortSignal) => void = () => undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'full-'));
  folders.push(folder);
  const real = openStore({ path: folder, mode: 'write' });
  real.transaction(() =>
    real.meta.put('state', {
      format: 1,
      owner: 'me',
      next: 1,
      offset: 0,
      maxBytes: 0,
      sources: [],
      lanes: [],
      deadLetters: {},
      oddities: {},
    }),
  );
  const transaction: Store['transaction'] = (write) =>
    real.transaction(() => {
      const value = write();
      if (full()) throw Object.assign(new Error('No space left on device'), { code: 28 });
      return value;
    });
  const store: Store = Object.assign(Object.create(real), { transaction });
  const codes: string[] = [];
  const sleep: Runtime['sleep'] = async (_ms, signal) => slept(signal);
  const runtime: Runtime = {
    now: () => 0,
    elapsedMs: () => 0,
    sleep,
    random: () => 0,
    log: (_level, code) => codes.push(code),
  };
  const ends: string[] = [];
  const faults = new Set<Fault>();
  const run = <T>(fault: Fault, what: () => T): T => {
    if (faults.has(fault)) throw Object.assign(new Error('Read-only file system'), { code: 'EROFS' });
    return what();
  };
  const held = new Ballast(folder);
  const writer = new Writer({
    store,
    owner: 'me',
    ballast: {
      restore: () => run('restore', () => held.restore()),
      release: () => run('release', () => held.release()),
      isFull: (error) => run('isFull', () => held.isFull(error)),
    },
    runtime,
    onEnd: (end) => run(end, () => ends.push(end)),
    lost: new AbortController(),
  });
  const put =
    (position: number): (() => Decision<number>) =>
    () => ({
      write: () => real.cursors.put('siem', { position, settled: [], reach: 0 }),
      value: position,
    });
  return { writer, put, codes, ends, faults, real, ballast: join(folder, 'ballast') };
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

describe('an error of the disk beside the journal', () => {
  const cases: readonly (readonly [sentence: string, fault: Fault, full: boolean, cursor: string])[] = [
    ['when the space held back is given up', 'release', true, 'EROFS'],
    ['when it is asked whether the disk is full', 'isFull', true, 'EROFS'],
    ['when an undone transaction is tidied up', 'undone', true, 'EROFS'],
    ['when a committed transaction is measured', 'committed', false, 'saved'],
  ];
  test.each(cases)('%s ends what was asked for and not the writer', async (_sentence, fault, ...[full, outcome]) => {
    let filled = full;
    const { writer, put, faults, real } = world(() => filled);
    faults.add(fault);
    expect(await outcomeOf(writer.run('reserve', put(1)))).toBe(outcome);
    filled = false;
    faults.clear();
    expect(await outcomeOf(writer.run('reserve', put(2)))).toBe('saved');
    await writer.close();
    await real.close();
  });

  test('when the space held back cannot be restored refuses entries and takes cursors', async () => {
    let full = true;
    const { writer, put, faults, real } = world(() => full);
    expect(await outcomeOf(writer.run('entries', put(1)))).toBe('DISK_FULL');
    full = false;
    faults.add('restore');
    expect(await outcomeOf(writer.run('entries', put(2)))).toBe('EROFS');
    expect(await outcomeOf(writer.run('reserve', put(3)))).toBe('saved');
    await writer.close();
    await real.close();
  });
});

describe('a writer that is closed on a full disk', () => {
  const cases: readonly (readonly [sentence: string, stays: boolean, outcome: string])[] = [
    ['saves a cursor into the space held back', false, 'saved'],
    ['gives up a cursor that has no space there either', true, 'JOURNAL_CLOSED'],
  ];
  test.each(cases)('%s', async (_sentence, stays, outcome) => {
    const { writer, put, real, ballast } = world(() => stays || existsSync(ballast));
    const saving = outcomeOf(writer.run('reserve', put(1)));
    await writer.close();
    expect(await saving).toBe(outcome);
    await real.close();
  });
});

test('a task that makes its transaction fail does not take the others of its group along', async () => {
  const { writer, put, ends, real } = world(() => false);
  const bad = writer.run<number>('reserve', () => ({
    write: () => {
      throw new Error('bad');
    },
    value: 0,
  }));
  const outcomes = [put(1), put(2)].map((save) => outcomeOf(writer.run('reserve', save)));
  await expect(bad).rejects.toThrow('bad');
  expect(await Promise.all(outcomes)).toEqual(['saved', 'saved']);
  expect([real.cursors.get('siem')?.position, ends]).toEqual([2, ['undone', 'undone', 'committed', 'committed']]);
  await real.close();
});

/** `saved`, or the code of what was thrown. */
function outcomeOf(saving: Promise<number>): Promise<string> {
  return saving.then(
    () => 'saved',
    (error: { readonly code: string }) => error.code,
  );
}

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
