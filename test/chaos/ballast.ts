/** A small disk that is full, and one that is not any more. Without a disk nothing is done. */
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SmallDisk } from '../agent/small-disk.ts';

export function fill(disk: SmallDisk | undefined): void {
  if (disk === undefined) return;
  const { bavail, bsize } = statfsSync(disk.folder);
  writeFileSync(join(disk.folder, 'ballast'), Buffer.alloc(Math.max(0, bavail * bsize)));
}

export function empty(disk: SmallDisk | undefined): void {
  if (disk !== undefined) rmSync(join(disk.folder, 'ballast'), { force: true });
}
