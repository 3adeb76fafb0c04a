/**
 * Looks at LMDB's data file before LMDB does: it maps the file and trusts what stands there, so that a page that is
 * missing, or a number that is wrong, would end the process by a signal instead of an error.
 *
 * Layout of lmdb 3.5.6 (its `mdb.c`, data version 2, and a file it wrote): the first two pages are
 * meta pages, each with 24 bytes of header, then
 *   +24 magic, 4 bytes                               +28 data version, 4 bytes
 *   +32 an address, always 0, 8 bytes                +40 size of the map, 8 bytes
 *   +48 page size, 4 bytes                           +48 and +96 the trees of free pages and of everything else
 *   +144 number of the last page, 8 bytes            +152 transaction, 8 bytes
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { damaged } from './checked-table.ts';
import { FreePages } from './free-pages.ts';
import type { Node } from './page.ts';
import { type Pages, type Tree, treeAt, usedPages, type Walk } from './page-tree.ts';

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const META = 0x08;
const META_BYTES = 160;
/** What it may map: no machine has more addresses for a process. */
const MOST_MAPPED = 1n << 47n;
const MOST_PAGES = 2 ** 31;
/** How often a newer word of an agent that writes is looked at. */
const MOST_TRIES = 10;
const AHEAD_PAGES = 32;
/** Pages that are looked at before others get their turn. */
const PORTION = 500;

interface Meta {
  readonly free: Tree;
  readonly main: Tree;
  readonly lastPage: number;
  readonly transaction: bigint;
}

/**
 * The quick look, while an agent may write: it has looked closely when it began.
 * @throws RelayError `JOURNAL_DAMAGED` when the file is not LMDB's or lacks a page that holds something.
 */
export function checkDataFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    const pageSize = pageSizeOf(file, path);
    for (let tries = 1; ; tries += 1) {
      const newest = newestMeta(file, pageSize);
      const missing = missingFrom(file, { pageSize, newest });
      if (missing === undefined) return;
      const isLastWord = newestMeta(file, pageSize).transaction === newest.transaction;
      if (isLastWord || tries >= MOST_TRIES) throw damaged(path, missing);
      // An agent that writes meanwhile reuses pages: what its newer word needs is looked at.
    }
  } finally {
    closeSync(file);
  }
}

/**
 * The close look, while nobody writes: every page of every tree, and that no page is used twice, free and used, or
 * neither. `valuesOf` gets what stands in the leaves of a table. It reads the trees and not the values that stand on
 * pages of their own, and lets others have their turn.
 * @throws RelayError `JOURNAL_DAMAGED`
 */
export async function verifyDataFile(
  path: string,
  valuesOf: (table: string) => ((node: Node) => void) | undefined = () => undefined,
): Promise<void> {
  const file = openSync(path, 'r');
  try {
    const pageSize = pageSizeOf(file, path);
    await verify({ file, pageSize, valuesOf }, onlyMeta(file, pageSize));
  } catch (error) {
    // What the system does not give to read is no damage.
    throw typeof Object(error).syscall === 'string' ? error : damaged(path, error);
  } finally {
    closeSync(file);
  }
}

interface Examined {
  readonly file: number;
  readonly pageSize: number;
  readonly valuesOf: (table: string) => ((node: Node) => void) | undefined;
}

async function verify({ file, pageSize, valuesOf }: Examined, meta: Meta): Promise<void> {
  const { size } = fstatSync(file);
  const free = new FreePages(meta.lastPage);
  const read = readingAhead(file, pageSize);
  const walk = { read, pageSize, transaction: meta.transaction };
  let looked = 0;
  const trees = [
    usedPages(meta.free, { ...walk, compare: byNumber, onValue: (node) => free.add(node, read) }),
    usedPages(meta.main, { ...walk, compare: Buffer.compare, valuesOf }),
  ];
  for (const pages of trees) {
    for (const { first, count } of pages) {
      if ((first + count) * pageSize > size) throw new Error(`cut short at ${size} bytes, page ${first} is missing`);
      free.use(first, count);
      looked += 1;
      if (looked % PORTION === 0) await setImmediate();
    }
  }
  free.checkWhole();
}

/** Free pages are kept by transaction: a whole number of 8 bytes. */
function byNumber(a: Buffer, b: Buffer): number {
  if (a.length !== 8 || b.length !== 8) throw new Error('the list of free pages has another key');
  const [one, other] = [a.readBigUInt64LE(), b.readBigUInt64LE()];
  return one < other ? -1 : Number(one > other);
}

function pageSizeOf(file: number, path: string): number {
  const meta = readAt(file, 0, META_BYTES);
  const pageSize = meta.readUInt32LE(48);
  const isOurs = meta.readUInt32LE(24) === MAGIC && (meta.readUInt32LE(28) & 0xffff) === DATA_VERSION;
  // LMDB takes 32 KiB at most, and no system has pages of less than 4.
  if (isOurs && [4096, 8192, 16_384, 32_768].includes(pageSize)) return pageSize;
  throw damaged(path, new Error('not a file of LMDB, or of another version'));
}

/** The newer of the two, each as it must be: transactions write them in turns. */
function onlyMeta(file: number, pageSize: number): Meta {
  const pages = [0, 1].map((page) => readAt(file, page * pageSize, META_BYTES));
  for (const [index, page] of pages.entries()) checkMeta(page, { index, pageSize, other: pages[1 - index] ?? page });
  const newest = newestMeta(file, pageSize);
  const transactions = pages.map((page) => page.readBigUInt64LE(152));
  const own = Number(newest.transaction % 2n);
  const isInTurn = transactions[own] === newest.transaction && transactions[1 - own] === newest.transaction - 1n;
  if (newest.transaction > 0n && !isInTurn) throw new Error('the meta pages are not of two transactions in a row');
  if (newest.lastPage >= MOST_PAGES) throw new Error('it says that it has more pages than can be');
  return newest;
}

interface ExpectedMeta {
  readonly index: number;
  readonly pageSize: number;
  /** The other meta page. */
  readonly other: Buffer;
}

function checkMeta(page: Buffer, { index, pageSize, other }: ExpectedMeta): void {
  const isMeta = page.readUInt16LE(18) === META && page.readBigUInt64LE(0) === BigInt(index);
  const isAlike = page.subarray(24, 40).equals(other.subarray(24, 40)) && page.readUInt32LE(48) === pageSize;
  const map = page.readBigUInt64LE(40);
  const isMapped = page.readBigUInt64LE(32) === 0n && map % BigInt(pageSize) === 0n && map < MOST_MAPPED;
  if (!isMeta || !isAlike || !isMapped) throw new Error(`meta page ${index} is not as it must be`);
}

/** Of the two the one of the later transaction. */
function newestMeta(file: number, pageSize: number): Meta {
  const [first, second] = [readAt(file, 0, META_BYTES), readAt(file, pageSize, META_BYTES)];
  const newest = first.readBigUInt64LE(152) > second.readBigUInt64LE(152) ? first : second;
  return {
    free: treeAt(newest, 48),
    main: treeAt(newest, 96),
    lastPage: Number(newest.readBigUInt64LE(144)),
    transaction: newest.readBigUInt64LE(152),
  };
}

/** What is wrong, if anything is. A file that ends before its last page may be whole: pages that are free are not written. */
function missingFrom(
  file: number,
  { pageSize, newest }: { readonly pageSize: number; readonly newest: Meta },
): Error | undefined {
  const { size } = fstatSync(file);
  if (size >= (newest.lastPage + 1) * pageSize) return undefined;
  const ends = ({ first, count }: Pages): number => (first + count) * pageSize;
  const walk = { read: (page: number, bytes: number) => readAt(file, page * pageSize, bytes), pageSize };
  let seen = 0;
  try {
    for (const pages of bothTrees(newest, { ...walk, transaction: newest.transaction })) {
      seen += pages.count;
      if (seen > newest.lastPage) return new Error('a tree refers to itself');
      if (ends(pages) > size) return new Error(`cut short at ${size} bytes, page ${pages.first} is missing`);
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error('a page cannot be read');
  }
}

function* bothTrees({ free, main }: Meta, walk: Omit<Walk, 'compare'>): Generator<Pages> {
  yield* usedPages(free, { ...walk, compare: byNumber });
  yield* usedPages(main, { ...walk, compare: Buffer.compare });
}

/** Pages that follow one another in a tree often do so in the file. */
function readingAhead(file: number, pageSize: number): Walk['read'] {
  let from = 0;
  let block: Buffer = Buffer.alloc(0);
  return (page, bytes) => {
    const at = page * pageSize;
    // What is only looked at for its header, or is long, stands by itself.
    if (bytes !== pageSize) return readAt(file, at, bytes);
    if (at < from || at + bytes > from + block.length) {
      from = at;
      block = readAt(file, at, AHEAD_PAGES * pageSize);
    }
    return block.subarray(at - from, at - from + bytes);
  };
}

/** Zeros stand for what lies past the end of the file. */
function readAt(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, at);
  return bytes;
}
