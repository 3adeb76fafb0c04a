/** A small disk that is full, and one that is not any more. Without a disk nothing is done. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fillDisk, type SmallDisk } from '../agent/small-disk.ts';

export function fill(disk: SmallDisk | undefined): void {
  if (disk === undefined) return;
  fillDisk(disk.folder, join(disk.folder, 'ballast'));
}

export function empty(disk: SmallDisk | undefined): void {
  if (disk !== undefined) rmSync(join(disk.folder, 'ballast'), { force: true });
}
