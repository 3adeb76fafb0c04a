/** Every number that LMDB would follow is compared before it does: each is changed in turn. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyDataFile } from './data-file.ts';
import { openStore } from './store.ts';

const PAGE_BYTES = 4096;
const [BRANCH, LEAF, OVERFLOW] = [1, 2, 4];
let folder: string;
let file: string;
let whole: Buffer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'page-tree-'));
  file = join(folder, 'data.mdb');
  const store = openStore({ path: folder, mode: 'write' });
  // Small values for a branch, large ones for pages of their own, and some that leave for free pages.
  for (let round = 0; round < 3; round += 1) {
    store.transaction(() => {
      for (let n = 0; n < 200; n += 1) store.seen.put(['acme', n, round], new Uint8Array(160));
      for (let n = 0; n < 4; n += 1) store.chunks.put([n + 1, n, 0], new Uint8Array(10_000).fill(n));
    });
    store.transaction(() => {
      store.chunks.remove([2, 1, 0]);
    });
  }
  await store.close();
  whole = readFileSync(file);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Where the newer meta page begins. */
function newest(): number {
  return whole.readBigUInt64LE(152) > whole.readBigUInt64LE(PAGE_BYTES + 152) ? 0 : PAGE_BYTES;
}

/** Where pages of this kind begin that hold something now: the trees lead to them from the newer meta page. */
function used(kind: number): number {
  const found = new Set<number>();
  const visit = (page: bigint): void => {
    const at = Number(page) * PAGE_BYTES;
    if (page === 0xffff_ffff_ffff_ffffn) return;
    const flags = whole.readUInt16LE(at + 18);
    if (flags === kind) found.add(at);
    for (let index = 0; index < whole.readUInt16LE(at + 20) / 2; index += 1) {
      const node = at + 24 + whole.readUInt16LE(at + 24 + 2 * index);
      const data = node + 8 + whole.readUInt16LE(node + 6);
      const nodeFlags = whole.readUInt16LE(node + 4);
      if (flags === BRANCH) visit(BigInt(whole.readUIntLE(node, 6)));
      else if (nodeFlags === 2) visit(whole.readBigUInt64LE(data + 40));
      else if (nodeFlags === 1 && kind === OVERFLOW) found.add(Number(whole.readBigUInt64LE(data)) * PAGE_BYTES);
    }
  };
  visit(whole.readBigUInt64LE(newest() + 136));
  const [first] = found;
  if (first === undefined) throw new Error('none');
  return first;
}

/** The place of the first node of a page. */
function node(page: number): number {
  return page + 24 + whole.readUInt16LE(page + 24);
}

/** A value of the list of free pages: where its first number stands. */
function freeList(): number {
  const page = Number(whole.readBigUInt64LE(newest() + 88)) * PAGE_BYTES;
  return node(page) + 8 + 8;
}

async function verifying(change: (bytes: Buffer) => void): Promise<unknown> {
  const bytes = Buffer.from(whole);
  change(bytes);
  writeFileSync(file, bytes);
  return verifyDataFile(file);
}

function flip(bytes: Buffer, at: number, bit = 1): void {
  bytes.writeUInt8(bytes.readUInt8(at) ^ bit, at);
}

test('a whole file is whole', async () => {
  await expect(verifying(() => undefined)).resolves.toBeUndefined();
});

describe('refused is another', () => {
  test.for<{ name: string; at: () => number; bit?: number }>([
    { name: 'number of a branch', at: () => used(BRANCH) },
    { name: 'number of a leaf', at: () => used(LEAF) },
    { name: 'number of a page of a large value', at: () => used(OVERFLOW) },
    { name: 'transaction of a leaf, later than the last', at: () => used(LEAF) + 14 },
    { name: 'transaction of a large value', at: () => used(OVERFLOW) + 14 },
    { name: 'kind of a branch', at: () => used(BRANCH) + 18, bit: 2 },
    { name: 'kind of a leaf', at: () => used(LEAF) + 18, bit: 0x20 },
    { name: 'kind of a large value', at: () => used(OVERFLOW) + 18 },
    { name: 'number of nodes of a branch', at: () => used(BRANCH) + 20, bit: 2 },
    { name: 'number of nodes of a leaf', at: () => used(LEAF) + 20, bit: 2 },
    { name: 'begin of the nodes of a leaf', at: () => used(LEAF) + 22, bit: 2 },
    { name: 'number of pages of a large value', at: () => used(OVERFLOW) + 20 },
    { name: 'place of a node', at: () => used(LEAF) + 24, bit: 2 },
    { name: 'size of a value', at: () => node(used(LEAF)) + 1 },
    { name: 'kind of a value', at: () => node(used(LEAF)) + 4, bit: 4 },
    { name: 'length of a key', at: () => node(used(LEAF)) + 6, bit: 2 },
    { name: 'child of a branch', at: () => node(used(BRANCH)) },
    { name: 'last page', at: () => newest() + 144 },
    { name: 'last page, far away', at: () => newest() + 149 },
    { name: 'root of everything', at: () => newest() + 136 },
    { name: 'root of the free pages', at: () => newest() + 88 },
    { name: 'depth of the free pages', at: () => newest() + 54 },
    { name: 'number of entries', at: () => newest() + 128 },
    { name: 'last transaction', at: () => newest() + 152 },
    { name: 'last transaction, far away', at: () => newest() + 157 },
    { name: 'size of the map', at: () => newest() + 46, bit: 0x80 },
    { name: 'page size', at: () => newest() + 49, bit: 0x20 },
    { name: 'magic', at: () => 24 },
    { name: 'length of a list of free pages', at: () => freeList() + 1 },
    { name: 'free page', at: () => freeList() + 8 },
  ])('$name', async ({ at, bit }) => {
    await expect(verifying((bytes) => flip(bytes, at(), bit))).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });
});
