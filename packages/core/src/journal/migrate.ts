/**
 * Writes a journal of format 1, whose values have no checksums, anew in today's format. `open.ts` calls it once the folder
 * is claimed. The new files are made and read through beside the old ones, and take their place only then:
 *
 *   migrating/      the new files; thrown away and begun again when a start finds them without the mark
 *   the mark        in `journal.json`: the new files are whole and on disk, so that moving them is all that is left
 *
 * So wherever it is cut off, the next start finds the old journal or the new one, whole.
 */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findRoom, layLock } from '../lmdb/room.ts';
import type { Runtime } from '../runtime.ts';
import { syncFolder } from './damage/starts.ts';
import { verifyDataFile } from './data-file.ts';
import { DATA, LOCK, markMoving, markReady, migrationOf } from './folder.ts';
import { copyFormat1 } from './format-1.ts';
import { openStore } from './store.ts';
import { verifyFile, verifyValues } from './verify.ts';

export const BESIDE = 'migrating';
const PROGRESS_MS = 10_000;

export type MigrationRuntime = Pick<Runtime, 'log' | 'elapsedMs'>;

/**
 * Nothing to do for a journal of today's format. What an earlier start has begun is finished.
 * @throws RelayError `JOURNAL_DAMAGED`, or an Error with the system's `code` when there is no room for both journals; the
 *   old one is untouched then.
 */
export async function migrate(folder: string, runtime: MigrationRuntime): Promise<void> {
  const left = migrationOf(folder);
  const beside = join(folder, BESIDE);
  if (left === 'copy') {
    try {
      await makeAnew(folder, beside, runtime);
    } catch (error) {
      // What does not fit must not take the room of others as well.
      rmSync(beside, { recursive: true, force: true });
      throw error;
    }
    markMoving(folder);
    syncFolder(folder);
  }
  if (left !== 'none') {
    // Who still reads the old files keeps them, lock and data; who comes next finds the new pair.
    for (const name of [LOCK, DATA]) {
      if (existsSync(join(beside, name))) renameSync(join(beside, name), join(folder, name));
    }
    syncFolder(folder);
    markReady(folder);
    runtime.log('info', 'JOURNAL_MIGRATED', `the journal in ${folder} is written anew in today's format`, {
      path: folder,
    });
  }
  rmSync(beside, { recursive: true, force: true });
}

async function makeAnew(folder: string, beside: string, runtime: MigrationRuntime): Promise<void> {
  const report = reporter(folder, runtime);
  await verifyDataFile(join(folder, DATA));
  rmSync(beside, { recursive: true, force: true });
  mkdirSync(beside, { mode: 0o700 });
  findRoom(beside);
  layLock(beside);
  // LMDB takes an empty file as new, and keeps its mode.
  closeSync(openSync(join(beside, DATA), 'a', 0o600));
  const store = openStore({ path: beside, mode: 'write' });
  try {
    await copyFormat1(folder, store, report);
  } finally {
    await store.close();
  }
  await readThrough(beside);
  syncFolder(beside);
}

async function readThrough(folder: string): Promise<void> {
  const sizes = await verifyFile(folder);
  const store = openStore({ path: folder, mode: 'read' });
  try {
    await verifyValues(store, sizes);
  } finally {
    await store.close();
  }
}

/** Says at once that it begins, and every ten seconds how far it is. */
function reporter(folder: string, { log, elapsedMs }: MigrationRuntime): (values: number) => void {
  let copied = 0;
  let saidMs = elapsedMs();
  log('info', 'JOURNAL_MIGRATING', `the journal in ${folder} is of an earlier format and is written anew`, {
    path: folder,
  });
  return (values) => {
    copied += values;
    if (elapsedMs() - saidMs < PROGRESS_MS) return;
    saidMs = elapsedMs();
    log('info', 'JOURNAL_MIGRATING', `the journal in ${folder} is being written anew: ${copied} values so far`, {
      path: folder,
      copied,
    });
  };
}
