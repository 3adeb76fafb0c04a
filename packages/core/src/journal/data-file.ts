/**
 * Looks at LMDB's data file before LMDB does: it maps the file, and a page that is missing would end the
 * process with SIGBUS instead of an error.
 *
 * Layout of lmdb 3.5.6 (its `mdb.c`, data version 2, and a file it wrote): the first two pages are
 * meta pages, each with 24 bytes of header, then
 *   +24 magic, 4 bytes                               +28 data version, 4 bytes
 *   +48 page size, 4 bytes                           +88 and +136 roots of the trees, 8 bytes each
 *   +144 number of the last page, 8 bytes            +152 transaction, 8 bytes
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type Pages, usedPages } from './page-tree.ts';
import { damaged } from './store.ts';

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const META_BYTES = 160;
/** How often a newer word of an agent that writes is looked at. */
const MOST_TRIES = 10;

/** @throws RelayError `JOURNAL_DAMAGED` when the file is not LMDB's or lacks a page that holds something. */
export function checkDataFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    const meta = readAt(file, 0, META_BYTES);
    if (meta.readUInt32LE(24) !== MAGIC) throw damaged(path, new Error('not a file of LMDB'));
    if ((meta.readUInt32LE(28) & 0xffff) !== DATA_VERSION) return;
    const pageSize = meta.readUInt32LE(48);
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

interface Meta {
  readonly roots: readonly bigint[];
  readonly lastPage: number;
  readonly transaction: bigint;
}

/** Of the two the one of the later transaction. */
function newestMeta(file: number, pageSize: number): Meta {
  const [first, second] = [readAt(file, 0, META_BYTES), readAt(file, pageSize, META_BYTES)];
  const newest = first.readBigUInt64LE(152) > second.readBigUInt64LE(152) ? first : second;
  return {
    roots: [newest.readBigUInt64LE(88), newest.readBigUInt64LE(136)],
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
  let seen = 0;
  try {
    for (const pages of usedPages(newest.roots, (page) => readAt(file, page * pageSize, pageSize))) {
      seen += pages.count;
      if (seen > newest.lastPage) return new Error('a tree refers to itself');
      if (ends(pages) > size) return new Error(`cut short at ${size} bytes, page ${pages.first} is missing`);
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error('a page cannot be read');
  }
}

/** Zeros stand for what lies past the end of the file. */
function readAt(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, at);
  return bytes;
}
