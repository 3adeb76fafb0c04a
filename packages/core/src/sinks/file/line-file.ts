/**
 * A file of whole lines: appended to, flushed, set aside when it is full. What `sink.ts` writes with;
 * nothing here knows of batches or results.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rename, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { wholeLinesBytes } from './backwards.ts';

/** The documents name people and addresses: they are the owner's alone. */
const MODE = 0o600;
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;

/** The text may be there in part or whole, as it could neither be finished nor taken back. */
export class TornWriteError extends Error {
  override readonly name = 'TornWriteError';
}

export class LineFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  #bytes: number;

  private constructor(path: string, handle: FileHandle, bytes: number) {
    this.#path = path;
    this.#handle = handle;
    this.#bytes = bytes;
  }

  /** Opens or creates it, and cuts off what a crash has torn. @throws as `open(2)` does */
  static async open(path: string): Promise<LineFile> {
    const handle = await open(path, FLAGS, MODE);
    try {
      const { size } = await handle.stat();
      const whole = await wholeLinesBytes(handle);
      if (whole < size) await handle.truncate(whole);
      // So that a power cut cannot take the file's name with it.
      await syncFolder(path);
      return new LineFile(path, handle, whole);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False when the path is another file by now, or none: what was written here would be seen by nobody. */
  async isInPlace(): Promise<boolean> {
    try {
      const [here, there] = await Promise.all([this.#handle.stat(), stat(this.#path)]);
      return here.ino === there.ino && here.dev === there.dev;
    } catch {
      return false;
    }
  }

  /**
   * Resolves when all of it is on disk. @throws when none of it is in the file, or TornWriteError
   * when that cannot be said.
   */
  async append(lines: string): Promise<void> {
    const bytes = Buffer.from(lines);
    try {
      for (let at = 0; at < bytes.length; ) at += (await this.#handle.write(bytes, at)).bytesWritten;
      await this.#handle.datasync();
    } catch (error) {
      await this.#takeBack(error);
    }
    this.#bytes += bytes.length;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async #takeBack(cause: unknown): Promise<never> {
    try {
      await this.#handle.truncate(this.#bytes);
      await this.#handle.datasync();
    } catch {
      throw new TornWriteError('a write failed and could not be taken back', { cause });
    }
    throw cause;
  }
}

/** Renames the file at `path` to the next free `<path>.<n>`, counted from 1. */
export async function setAside(path: string): Promise<void> {
  const [newest = 0] = await numbersAside(path);
  await rename(path, `${path}.${newest + 1}`);
  await syncFolder(path);
}

/** The file and those set aside, the newest first, as far as they exist. */
export async function filesOf(path: string): Promise<readonly string[]> {
  return [path, ...(await numbersAside(path)).map((number) => `${path}.${number}`)];
}

/** Descending: the highest number is the newest. */
async function numbersAside(path: string): Promise<readonly number[]> {
  const prefix = `${basename(path)}.`;
  const names = await readdir(dirname(path));
  const endings = names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  return endings
    .filter((ending) => /^[1-9]\d*$/.test(ending))
    .map(Number)
    .sort((a, b) => b - a);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(join(dirname(path)), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
