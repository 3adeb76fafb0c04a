/**
 * Looks at LMDB's data file before LMDB does: it maps the file, and a file cut short would end the
 * process with SIGBUS instead of an error.
 *
 * Layout of lmdb 3.5.6 (its `mdb.c`, data version 2, and a file it wrote): the first two pages are
 * meta pages, each with 24 bytes of header, then
 *   +24 magic, 4 bytes   +28 data version, 4 bytes   +48 page size, 4 bytes
 *   +144 number of the last page, 8 bytes            +152 transaction, 8 bytes
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { damaged } from './store.ts';

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const META_BYTES = 160;

/** @throws RelayError `JOURNAL_DAMAGED` when the file is not LMDB's or ends before its last page. */
export function checkDataFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    const first = readMeta(file, 0);
    if (first.readUInt32LE(24) !== MAGIC) throw damaged(path, new Error('not a file of LMDB'));
    if ((first.readUInt32LE(28) & 0xffff) !== DATA_VERSION) return;
    const pageSize = first.readUInt32LE(48);
    const second = readMeta(file, pageSize);
    const newest = first.readBigUInt64LE(152) > second.readBigUInt64LE(152) ? first : second;
    const needed = (Number(newest.readBigUInt64LE(144)) + 1) * pageSize;
    const { size } = fstatSync(file);
    if (size < needed) throw damaged(path, new Error(`cut short at ${size} of ${needed} bytes`));
  } finally {
    closeSync(file);
  }
}

/** Zeros stand for what lies past the end of the file. */
function readMeta(file: number, at: number): Buffer {
  const meta = Buffer.alloc(META_BYTES);
  readSync(file, meta, 0, META_BYTES, at);
  return meta;
}
