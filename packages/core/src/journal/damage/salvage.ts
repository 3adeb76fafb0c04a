/**
 * What can still be read of a damaged data file: every page is looked at by itself, whether or not a tree leads to it, and
 * a value counts when its checksum fits its table and its key. So it needs neither LMDB nor a whole tree, and nothing in
 * the file can end the process. Pages that were freed and not used again are found too: of a key, the newest value counts.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import * as lmdb from 'lmdb';
import { readMetaPages } from '../../lmdb/meta.ts';
import { ELSEWHERE, HEADER_BYTES, LEAF, type Node, possibleNodesOf } from '../../lmdb/nodes.ts';
import { contentOf, hasShape } from '../checked-table.ts';
import { TABLES, type TableName } from '../store.ts';
import type { Key } from '../table.ts';

/** The module has it, its types do not. */
const { bufferToKeyValue } = lmdb as unknown as { bufferToKeyValue(bytes: Uint8Array): unknown };

export interface Salvaged {
  readonly table: TableName;
  readonly key: Key;
  /** Without its checksum. */
  readonly content: Buffer;
  /** Of LMDB, that wrote it: of two values of one key the later one counts. */
  readonly transaction: bigint;
}

const PAGE_SIZES = [4096, 8192, 16_384, 32_768] as const;
/** Read at once. */
const BLOCK_BYTES = 1 << 20;
/** A single event may be 64 MiB. */
const MOST_BYTES = 256 << 20;

/** @throws the system's own error when the file cannot be read */
export async function* salvage(path: string): AsyncGenerator<Salvaged> {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const pageSize = pageSizeOf(file);
    for (let at = 0; at < size; at += BLOCK_BYTES) {
      const block = read(file, at, Math.min(BLOCK_BYTES, size - at));
      for (let from = 0; from + HEADER_BYTES <= block.length; from += pageSize) {
        yield* valuesOf(block.subarray(from, from + pageSize), { file, size, pageSize });
      }
      await setImmediate();
    }
  } finally {
    closeSync(file);
  }
}

interface DataFile {
  readonly file: number;
  readonly size: number;
  readonly pageSize: number;
}

function* valuesOf(page: Buffer, from: DataFile): Generator<Salvaged> {
  if (page.readUInt16LE(18) !== LEAF) return;
  const transaction = page.readBigUInt64LE(8);
  for (const node of possibleNodesOf(page)) {
    const bytes = bytesOf(node, from);
    const found = bytes && recognised(node.key, bytes);
    if (found !== undefined) yield { ...found, transaction };
  }
}

function bytesOf({ flags, size, data }: Node, from: DataFile): Buffer | undefined {
  if (flags !== ELSEWHERE) return flags === 0 && data.length === size ? data : undefined;
  if (data.length < 24) return undefined;
  const at = Number(data.readBigUInt64LE(0)) * from.pageSize + HEADER_BYTES;
  return size <= MOST_BYTES && at + size <= from.size ? read(from.file, at, size) : undefined;
}

function recognised(keyBytes: Buffer, bytes: Buffer): Omit<Salvaged, 'transaction'> | undefined {
  const key = keyOf(keyBytes);
  for (const [table, { name, keys }] of Object.entries(TABLES)) {
    const content = hasShape(key, keys) ? contentOf(name, key, bytes) : undefined;
    // The names of `TABLES`, which `Object.entries` forgets.
    if (content !== undefined) return { table: table as TableName, key: key as Key, content };
  }
  return undefined;
}

function keyOf(bytes: Buffer): unknown {
  try {
    return bytes.length === 0 ? undefined : bufferToKeyValue(Buffer.from(bytes));
  } catch {
    return undefined;
  }
}

/** As one of the two meta pages says, and if neither does, as nearly every system has it. */
function pageSizeOf(file: number): number {
  for (const size of PAGE_SIZES) {
    if (readMetaPages(file, size).some(({ pageSize }) => pageSize === size)) return size;
  }
  return PAGE_SIZES[0];
}

/** Zeros stand for what lies past the end of the file. */
function read(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, at);
  return bytes;
}
