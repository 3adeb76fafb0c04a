/** A disk of a few MiB that a test can fill, where the system lets us mount one. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly folder: string;
  remove(): void;
}

/** Undefined where it cannot be had: only root may mount. */
export function smallDisk(size: string): SmallDisk | undefined {
  const folder = join(mkdtempSync(join(tmpdir(), 'audit-relay-disk-')), 'disk');
  mkdirSync(folder);
  const remove = (): void => {
    // Also while a process that a failed test has left still holds it.
    spawnSync('umount', ['-l', folder]);
    rmSync(join(folder, '..'), { recursive: true, force: true });
  };
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]).status === 0)
    return { folder, remove };
  remove();
  return undefined;
}

/** For `test.skipIf`, so that what was not tested is seen. */
export function canMount(): boolean {
  const disk = smallDisk('1m');
  disk?.remove();
  return disk !== undefined;
}

/** Fills the disk of a folder to its last byte, by one file more; an agent may take some of it meanwhile. */
export function fillDisk(folder: string, file: string): void {
  const { bavail, bsize } = statfsSync(folder);
  try {
    writeFileSync(file, Buffer.alloc(Math.max(0, bavail * bsize), 'x'));
  } catch (error) {
    if (Object(error).code !== 'ENOSPC') throw error;
  }
}
