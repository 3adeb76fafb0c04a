/**
 * Looks at LMDB's data file before LMDB does: it maps the file and trusts what stands there, so that a page that is
 * missing, or a number that is wrong, would end the process by a signal instead of an error. `lmdb/` knows
 * what stands in it; here is what must be true of it.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { FreePages } from '../lmdb/free-pages.ts';
import { type MetaPage, newerOf, readMetaPage, readMetaPages } from '../lmdb/meta.ts';
import type { Node } from '../lmdb/nodes.ts';
import { type Pages, usedPages, type Walk } from '../lmdb/page-tree.ts';
import { damaged } from './checked-table.ts';

const MOST_PAGES = 2 ** 31;
/** How often a newer word of an agent that writes is looked at. */
const MOST_TRIES = 10;
const AHEAD_PAGES = 32;
/** Pages that are looked at before others get their turn. */
const PORTION = 500;

/**
 * The quick look, while an agent may write: it has looked closely when it began.
 * @throws RelayError `JOURNAL_DAMAGED` when the file is not LMDB's or lacks a page that holds something.
 */
export function checkDataFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    const pageSize = pageSizeOf(file, path);
    for (let tries = 1; ; tries += 1) {
      const newest = newerOf(readMetaPages(file, pageSize));
      const missing = missingFrom(file, { pageSize, newest });
      if (missing === undefined) return;
      const isLastWord = newerOf(readMetaPages(file, pageSize)).transaction === newest.transaction;
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

async function verify({ file, pageSize, valuesOf }: Examined, meta: MetaPage): Promise<void> {
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
  const { isOurs, pageSize } = readMetaPage(file, 0);
  // LMDB takes 32 KiB at most, and no system has pages of less than 4.
  if (isOurs && [4096, 8192, 16_384, 32_768].includes(pageSize)) return pageSize;
  throw damaged(path, new Error('not a file of LMDB, or of another version'));
}

/** The newer of the two, each as it must be: transactions write them in turns. */
function onlyMeta(file: number, pageSize: number): MetaPage {
  const pages = readMetaPages(file, pageSize);
  for (const [number, page] of pages.entries()) {
    const other = pages[1 - number] ?? page;
    if (!page.isWhole({ number, pageSize, other })) throw new Error(`meta page ${number} is not as it must be`);
  }
  const newest = newerOf(pages);
  const transactions = pages.map(({ transaction }) => transaction);
  const own = Number(newest.transaction % 2n);
  const isInTurn = transactions[own] === newest.transaction && transactions[1 - own] === newest.transaction - 1n;
  if (newest.transaction > 0n && !isInTurn) throw new Error('the meta pages are not of two transactions in a row');
  if (newest.lastPage >= MOST_PAGES) throw new Error('it says that it has more pages than can be');
  return newest;
}

/** What is wrong, if anything is. A file that ends before its last page may be whole: pages that are free are not written. */
function missingFrom(
  file: number,
  { pageSize, newest }: { readonly pageSize: number; readonly newest: MetaPage },
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

function* bothTrees({ free, main }: MetaPage, walk: Omit<Walk, 'compare'>): Generator<Pages> {
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
