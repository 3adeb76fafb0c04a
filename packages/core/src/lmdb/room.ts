/**
 * Room on the disk for LMDB's files, before LMDB makes them: it maps them before all of their bytes have a place, so
 * that on a full disk the first of them that it touches would end the process by a signal (lmdb 3.5.6, on tmpfs and ext4).
 */
import { randomUUID } from 'node:crypto';
import { linkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LOCK = 'lock.mdb';
/** More than LMDB makes of it, 8,272 bytes on Linux: what is there is used as it is. */
const LOCK_BYTES = 16 * 2 ** 10;
/** A new environment with a dozen tables takes 88 KiB. */
const NEW_BYTES = 512 * 2 ** 10;

/** Where there is no environment yet. @throws an Error with the system's `code`, `ENOSPC` above all */
export function findRoom(folder: string): void {
  const room = join(folder, `room-${randomUUID()}`);
  try {
    // Not zeros: some file systems store those without taking any space.
    writeFileSync(room, Buffer.alloc(NEW_BYTES, 'room '), { mode: 0o600, flush: true });
  } finally {
    rmSync(room, { force: true });
  }
}

/** The lock file, with a place for every byte of it; one that is there is left as it is. @throws as `findRoom` does */
export function layLock(folder: string): void {
  const lock = join(folder, LOCK);
  if (statSync(lock, { throwIfNoEntry: false }) !== undefined) return;
  const made = join(folder, `${LOCK}-${randomUUID()}`);
  try {
    writeFileSync(made, Buffer.alloc(LOCK_BYTES), { mode: 0o600, flush: true });
    // Whole or not at all, and never in place of another process's.
    linkSync(made, lock);
  } catch (error) {
    if (Object(error).code !== 'EEXIST') throw error;
  } finally {
    rmSync(made, { force: true });
  }
}

/** The same for who only reads: where it cannot be laid, on a disk that is full or not to be written, LMDB is left to itself. */
export function layOwnLock(folder: string): void {
  try {
    layLock(folder);
  } catch {
    // It would be made with the rights that the umask leaves; without one LMDB reads all the same.
  }
}
