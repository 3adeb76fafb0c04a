/**
 * Gives disk space back: LMDB's file never shrinks by itself. A copy without the free pages is made and read through beside
 * the file, and takes its place by a rename. Wherever this is cut off, the folder holds the old file or the new one, whole.
 */
import { chmodSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { open } from 'lmdb';
import { layLock } from '../../lmdb/room.ts';
import type { JournalConfig } from '../config.ts';
import { syncFolder } from '../damage/starts.ts';
import { checkFolder, closedAtOf, DATA, LOCK, markClosed, markReady, requireJournal } from '../folder.ts';
import { folderRefusal } from '../folder-refusal.ts';
import { claim } from '../ownership.ts';
import { identityOf, isCopy } from '../restore.ts';
import { openStore, stateOf } from '../store.ts';
import { verifyFile, verifyValues } from '../verify.ts';

/** What a kill has left of it the next compaction throws away. */
const BESIDE = 'compacting';

export interface Compacted {
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

/**
 * Not while an agent runs. It takes as much room as the journal holds until it is done.
 * @throws RelayError `JOURNAL_HELD`, and what else refuses a journal; the old file is then as it was.
 */
export async function compactJournal(config: JournalConfig): Promise<Compacted> {
  const folder = resolve(config.path);
  try {
    requireJournal(folder);
    const ownership = await claim(folder);
    try {
      checkFolder({ ...config, path: folder, create: 'never' });
      return await compact(folder);
    } finally {
      rmSync(join(folder, BESIDE), { recursive: true, force: true });
      await ownership.release();
    }
  } catch (error) {
    throw folderRefusal(folder, error) ?? error;
  }
}

async function compact(folder: string): Promise<Compacted> {
  const beside = join(folder, BESIDE);
  const before = identityOf(folder);
  await readThrough(folder);
  const closedAt = closedAtOf(folder);
  rmSync(beside, { recursive: true, force: true });
  mkdirSync(beside, { mode: 0o700 });
  const wasCopy = await copy(folder, beside, (file) => isCopy(before, file, closedAt));
  await readThrough(beside);
  syncFolder(beside);
  const beforeBytes = statSync(join(folder, DATA)).size;
  // From here on the time of the last change is another one; the file's number tells copies until the next close.
  markReady(folder);
  syncFolder(folder);
  for (const name of [LOCK, DATA]) renameSync(join(beside, name), join(folder, name));
  syncFolder(folder);
  if (!wasCopy) markClosed(folder, identityOf(folder).changed);
  return { beforeBytes, afterBytes: statSync(join(folder, DATA)).size };
}

/**
 * The copy knows itself by its own file, so that nobody takes it for an older one; unless the journal is one, and nobody has
 * seen that yet: then it stays unknown.
 */
async function copy(
  folder: string,
  beside: string,
  isRestored: (file: Parameters<typeof isCopy>[1]) => boolean,
): Promise<boolean> {
  layLock(folder);
  const root = open({ path: folder, noSubdir: false, maxDbs: 12, readOnly: true });
  try {
    await root.backup(beside, true);
  } finally {
    await root.close();
  }
  chmodSync(join(beside, DATA), 0o600);
  layLock(beside);
  const { inode, born } = identityOf(beside);
  const store = openStore({ path: beside, mode: 'write' });
  try {
    const state = stateOf(store);
    const wasCopy = isRestored(state.file);
    // Also where nothing changes: LMDB's own copy has the same transaction in both meta pages.
    store.transaction(() => store.meta.put('state', wasCopy ? state : { ...state, file: { inode, born } }));
    return wasCopy;
  } finally {
    await store.close();
  }
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
