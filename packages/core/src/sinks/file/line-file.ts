/**
 * A file of whole lines: appended to, flushed, set aside when it is full. What `sink.ts` writes with;
 * nothing here knows of batches, ids or results.
 */
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, readdir, rename, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { wholeLinesBytes } from './lines.ts';

/** The documents name people and addresses: they are the owner's alone. */
const MODE = 0o600;
/** A batch that was torn is no longer than this, newlines and all. */
const MOST_TORN_BYTES = 16 * 2 ** 20;
const BRACE = 0x7b;
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;

/** The text may be there in part or whole, as it could neither be finished nor taken back. */
export class TornWriteError extends Error {
  override readonly name = 'TornWriteError';
}

/** The path is something else than a file: a folder, a pipe, a device, a socket. */
export class NotAFileError extends Error {
  override readonly name = 'NotAFileError';
}

/** It holds what this sink has not written, and to cut it would be to destroy it. */
export class ForeignFileError extends Error {
  override readonly name = 'ForeignFileError';
}

/** A file as it is found: inodes are 64 bits wide, so they are kept as text. */
export interface Found {
  readonly inode: string;
  readonly bytes: number;
}

export class LineFile {
  readonly inode: string;
  readonly #handle: FileHandle;
  #bytes: number;

  private constructor(handle: FileHandle, { inode, bytes }: Found) {
    this.inode = inode;
    this.#handle = handle;
    this.#bytes = bytes;
  }

  /** Opens or creates it, and cuts off what a crash has torn. @throws NotAFileError, else as `open(2)` does */
  static async open(path: string): Promise<LineFile> {
    // Looked at first: to open a pipe or a device may do something to it.
    await find(path);
    const handle = await open(path, FLAGS, MODE);
    try {
      const { inode, bytes } = foundOf(await handle.stat({ bigint: true }));
      const whole = await endWithLine(handle, bytes);
      // So that a power cut cannot take the file's name with it.
      await syncFolder(path);
      return new LineFile(handle, { inode, bytes: whole });
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** As many as it had when it was last written to from here. */
  get bytes(): number {
    return this.#bytes;
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
      await this.#takeBack(bytes.length, error);
    }
    this.#bytes += bytes.length;
    const { size } = await this.#handle.stat();
    if (size !== this.#bytes) throw new TornWriteError('somebody else changed the file meanwhile');
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  /** Only what can be nothing but ours: the file may have been cut, or written to by somebody else, since it was looked at. */
  async #takeBack(written: number, cause: unknown): Promise<never> {
    try {
      const { size } = await this.#handle.stat();
      if (size < this.#bytes || size > this.#bytes + written) throw new Error('what stands there is not ours alone');
      await this.#handle.truncate(this.#bytes);
      await this.#handle.datasync();
    } catch {
      throw new TornWriteError('a write failed and could not be taken back', { cause });
    }
    throw cause;
  }
}

/**
 * Cuts off what a crash has torn, and ends a last line that only lacks its end, as editors leave it: it may be acked.
 * @returns bytes of the file then. @throws ForeignFileError when its end is no beginning of a line of ours
 */
async function endWithLine(handle: FileHandle, bytes: number): Promise<number> {
  const whole = await wholeLinesBytes(handle);
  if (whole === bytes) return bytes;
  const foreign = 'it holds something else than lines';
  if (bytes - whole > MOST_TORN_BYTES) throw new ForeignFileError(foreign);
  const tail = Buffer.alloc(bytes - whole);
  await handle.read(tail, 0, tail.length, whole);
  if (isDocument(tail)) {
    await handle.write('\n');
    return bytes + 1;
  }
  // Zeros are what a power cut may leave in place of what was written.
  if (tail[0] !== BRACE && tail[0] !== 0) throw new ForeignFileError(foreign);
  await handle.truncate(whole);
  return whole;
}

function isDocument(tail: Buffer): boolean {
  try {
    return typeof JSON.parse(tail.toString()) === 'object';
  } catch {
    return false;
  }
}

/** Undefined where there is nothing. @throws NotAFileError, else as `stat(2)` does */
export async function find(path: string): Promise<Found | undefined> {
  try {
    return foundOf(await stat(path, { bigint: true }));
  } catch (error) {
    if (Object(error).code === 'ENOENT') return undefined;
    throw error;
  }
}

function foundOf(stats: BigIntStats): Found {
  if (stats.isFile()) return { inode: String(stats.ino), bytes: Number(stats.size) };
  throw new NotAFileError(`it is ${kindOf(stats)}`);
}

function kindOf(stats: BigIntStats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/** Renames the file at `path` to the next free `<path>.<n>`, counted from 1. */
export async function setAside(path: string): Promise<void> {
  const [newest = 0] = await numbersAside(path);
  await rename(path, `${path}.${newest + 1}`);
  await syncFolder(path);
}

/** Paths of the file and of those set aside, the newest first; the file itself may not exist. */
export async function filesOf(path: string): Promise<readonly string[]> {
  return [path, ...(await numbersAside(path)).map((number) => `${path}.${number}`)];
}

/** The path in the same folder that `inode` has by now, wherever a rotation of somebody else's has put it. */
export async function whereIs(inode: string, path: string): Promise<string | undefined> {
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    const there = await find(join(folder, name)).catch(() => undefined);
    if (there?.inode === inode) return join(folder, name);
  }
  return undefined;
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
