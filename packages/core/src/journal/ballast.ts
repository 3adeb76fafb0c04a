/**
 * Disk space that is held back, as a file of its own: when the disk is full it is given up, so that
 * cursors, dead letters and evictions can still be written. Entries wait until it stands again.
 */
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'ballast';
const BYTES = 8 << 20;
/** Errors of the operating system as LMDB passes them on: by number. A write cut short is EIO there. */
const EIO = 5;
const NO_SPACE: ReadonlySet<unknown> = new Set([28, 122, 'ENOSPC', 'EDQUOT']);

export class Ballast {
  readonly #path: string;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, NAME);
  }

  /** Makes it stand. @returns false when the disk has no room for it. @throws any other error of the disk. */
  restore(): boolean {
    if (existsSync(this.#path)) return true;
    try {
      // Not zeros: some file systems store those without taking any space.
      writeFileSync(this.#path, Buffer.alloc(BYTES, 'ballast '), { mode: 0o600, flush: true });
      return true;
    } catch (error) {
      rmSync(this.#path, { force: true });
      if (this.isFull(error)) return false;
      throw error;
    }
  }

  /** @returns false when there was none left to give up. */
  release(): boolean {
    const stood = existsSync(this.#path);
    rmSync(this.#path, { force: true });
    return stood;
  }

  /** Whether `error` says that the disk is full, or the quota is used up. */
  isFull(error: unknown): boolean {
    if (!(error instanceof Error) || !('code' in error)) return false;
    if (NO_SPACE.has(error.code)) return true;
    if (error.code !== EIO) return false;
    const { bavail, bsize } = statfsSync(this.#folder);
    return bavail * bsize < BYTES;
  }
}
