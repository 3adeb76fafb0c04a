/**
 * Brings the index of ids up to what the files hold: after a crash the lines that it does not speak of yet, and all
 * of them where there was no index. Goes on where it was interrupted.
 */
import { open } from 'node:fs/promises';
import type { IdIndex } from './id-index.ts';
import { type Found, filesOf, find, NotAFileError, whereIs } from './line-file.ts';
import { idOf } from './line-id.ts';
import { linesFrom } from './lines.ts';

/** Read between two commits: what an interruption reads again at most, and some thousand ids, which hold the process for a moment. */
const COMMIT_BYTES = 4 * 2 ** 20;

/** What there is, and how far it is read. */
export interface CaughtUp {
  /** Bytes that could not be read this time, and of how many in all; 0 when the index speaks of everything. */
  readonly leftBytes: number;
  readonly wholeBytes: number;
  /** Inodes of the files that are there. */
  readonly inodes: ReadonlySet<string>;
  /** There is no file, and the one that was last written to is nowhere in the folder. */
  readonly isGone: boolean;
}

/** When to stop: both are asked about every MiB. */
interface ReadingLimits {
  isOver(): boolean;
  readonly signal: AbortSignal;
}

interface Unread extends Found {
  readonly path: string;
  readonly from: number;
}

/**
 * Reads until `isOver`, so that it comes to an end within the time that a send may take; it reads something every time.
 * @throws the signal's reason, or as `read(2)` does
 */
export async function catchUp(path: string, index: IdIndex, limits: ReadingLimits): Promise<CaughtUp> {
  const files = await filesThere(path, index.current);
  const unread = files.map((file) => ({ ...file, from: knownBytes(index, file) }));
  let leftBytes = 0;
  for (const file of unread) {
    if (file.from >= file.bytes) continue;
    const { to, isWhole } = leftBytes > 0 ? { to: file.from, isWhole: false } : await readInto(index, file, limits);
    if (!isWhole) leftBytes += file.bytes - to;
  }
  const inodes = new Set(files.map(({ inode }) => inode));
  const isGone = index.current !== undefined && !inodes.has(index.current) && !files.some((file) => file.path === path);
  return { leftBytes, wholeBytes: files.reduce((sum, { bytes }) => sum + bytes, 0), inodes, isGone };
}

/** Nothing of a file that has become shorter: it was cut, and what stands there now came later. */
function knownBytes(index: IdIndex, { inode, bytes }: Found): number {
  const known = index.bytesOf(inode) ?? 0;
  return known > bytes ? 0 : known;
}

async function filesThere(
  path: string,
  current: string | undefined,
): Promise<readonly (Found & { readonly path: string })[]> {
  const found = [];
  for (const each of await filesOf(path)) {
    const there = each === path ? await find(each) : await findAside(each);
    if (there !== undefined) found.push({ ...there, path: each });
  }
  if (current === undefined || found.some(({ inode }) => inode === current)) return found;
  const moved = await whereIs(current, path);
  const there = moved === undefined ? undefined : await find(moved);
  return there === undefined || moved === undefined ? found : [...found, { ...there, path: moved }];
}

/** What has a name that we give and is no file is none of ours. */
async function findAside(path: string): Promise<Found | undefined> {
  try {
    return await find(path);
  } catch (error) {
    if (error instanceof NotAFileError) return undefined;
    throw error;
  }
}

/** @returns up to which byte the index knows the file now, and whether that is all of its whole lines */
async function readInto(
  index: IdIndex,
  { path, inode, from }: Unread,
  { isOver, signal }: ReadingLimits,
): Promise<{ readonly to: number; readonly isWhole: boolean }> {
  const file = await open(path, 'r');
  let ids: string[] = [];
  let committed = from;
  let read = from;
  const commit = (): void => {
    if (read > committed) index.add({ ids, inode, bytes: read });
    committed = read;
    ids = [];
  };
  try {
    for await (const { lines, bytes } of linesFrom(file, from)) {
      signal.throwIfAborted();
      ids.push(...lines.flatMap((line) => idOf(line) ?? []));
      read = bytes;
      if (read - committed >= COMMIT_BYTES) commit();
      if (!isOver()) continue;
      commit();
      return { to: committed, isWhole: false };
    }
    commit();
    return { to: committed, isWhole: true };
  } finally {
    await file.close();
  }
}
