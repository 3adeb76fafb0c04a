/**
 * Disk space that is held back, as a file of its own: when the disk is full it is given up, so that
 * cursors, dead letters and evictions can still be written. Entries wait until it stands again.
 */
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCodeOf } from '../system-code.ts';

const NAME = 'ballast';
const BYTES = 8 << 20;
const NO_SPACE: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);

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
    const code = systemCodeOf(error);
    if (NO_SPACE.has(code)) return true;
    // LMDB says so of a write that was cut short.
    if (code !== 'EIO') return false;
    const { bavail, bsize } = statfsSync(this.#folder);
    return bavail * bsize < BYTES;
  }
}
