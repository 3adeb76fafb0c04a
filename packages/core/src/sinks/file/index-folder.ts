/** The folder of an index of ids, before LMDB opens it: it trusts what stands there, and would end the process by a signal. */
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { checkDataFile, verifyDataFile } from '../../journal/data-file.ts';
import { findRoom, layLock } from '../../lmdb/room.ts';

const DATA = 'data.mdb';
const LOCK = 'lock.mdb';
/** Beside LMDB's files, so that one of another format is known before it is judged. */
const VERSION = 'version';
const FORMAT = 1;
/** Both meta pages, of the largest size that LMDB has. */
const META_BYTES = 64 * 2 ** 10;
/** How often it is looked at anew while another process writes to it. */
const MOST_TRIES = 5;

/** What stands at `<path>.ids` is not ours, so it is neither used nor removed. */
export class ForeignIndexError extends Error {
  override readonly name = 'ForeignIndexError';
}

/** How closely what is there is looked at. */
export interface Look {
  /** This process has looked through it before: its length alone is looked at. */
  readonly isKnown: boolean;
  /** Whether a key of this table may be one. */
  checkKey(table: string, key: Buffer): boolean;
}

/**
 * Makes it, or looks through what is there. One that is damaged is removed, and so is what an earlier start had no room for.
 * @returns whether one was removed.
 * @throws ForeignIndexError, or an Error with the system's `code`
 */
export async function prepareIndexFolder(folder: string, look: Look): Promise<'damaged' | 'sound'> {
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  const names = readdirSync(folder);
  if (!names.includes(DATA)) {
    if (!names.every((name) => name === LOCK || name === VERSION || isLeftOver(name)))
      throw new ForeignIndexError(`${folder} holds other files: move them away`);
    makeNew(folder);
    return 'sound';
  }
  if (names.includes(VERSION) && isNewer(join(folder, VERSION)))
    throw new ForeignIndexError(`${folder} was written by another version: start that one`);
  const path = join(folder, DATA);
  const isSound = look.isKnown ? isWhole(path) : await isGood(path, look);
  if (isSound) layLock(folder);
  else makeNew(folder);
  return isSound ? 'sound' : 'damaged';
}

/** A number and nothing else; what the disk has made of it says nothing. */
function isNewer(path: string): boolean {
  const text = readFileSync(path, 'utf8');
  return /^\d{1,9}\n$/.test(text) && Number(text) > FORMAT;
}

/** Of `lmdb/room.ts`, from a process that was killed. */
function isLeftOver(name: string): boolean {
  return name.startsWith('room-') || name.startsWith(`${LOCK}-`);
}

/** Once it is open: LMDB makes its file for everybody whom the umask leaves in. */
export function closeToOthers(folder: string): void {
  chmodSync(join(folder, DATA), 0o600);
}

/** For one that turns out to be damaged when it is read. */
export function removeIndex(folder: string): void {
  for (const name of readdirSync(folder).filter((each) => each === DATA || each === LOCK || isLeftOver(each)))
    rmSync(join(folder, name), { force: true });
}

function makeNew(folder: string): void {
  removeIndex(folder);
  findRoom(folder);
  writeFileSync(join(folder, VERSION), `${FORMAT}\n`, { mode: 0o600, flush: true });
  layLock(folder);
}

function isWhole(path: string): boolean {
  try {
    checkDataFile(path);
    return true;
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  }
}

/** One that changes while it is looked at is written to by another process, which has looked at it before. */
async function isGood(path: string, look: Look): Promise<boolean> {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const before = metaOf(path);
    try {
      await verifyDataFile(path, (table) => ({ key }) => {
        if (!look.checkKey(table, key)) throw new Error('a key is not as it must be');
      });
      return true;
    } catch (error) {
      if (!isDamage(error)) throw error;
      if (before.equals(metaOf(path))) return false;
    }
  }
  return true;
}

function isDamage(error: unknown): boolean {
  return Object(error).code === 'JOURNAL_DAMAGED';
}

function metaOf(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(META_BYTES);
    return bytes.subarray(0, readSync(file, bytes, 0, META_BYTES, 0));
  } finally {
    closeSync(file);
  }
}
