/**
 * One page of LMDB's data file, parsed with plain reads. LMDB itself trusts what it maps: a number that is wrong there
 * can end the process by a signal. So every number that it would follow is compared with what it must be.
 *
 * Layout (lmdb 3.5.6, `mdb.c`, data version 2; all little-endian). Header of 24 bytes:
 *   +0 number of the page, 8 bytes                  +8 transaction that wrote it, 8 bytes
 *   +18 flags, 2 bytes                              +20 twice the number of nodes, 2 bytes
 *   +22 where the nodes begin, 2 bytes              of an overflow page +20 is how many pages it has, 4 bytes
 * then the place of each node, 2 bytes; places count from the end of the header, and the nodes fill the page from its
 * end without a gap. A node:
 *   +0 size of the data, 4 bytes   +4 flags, 2 bytes   +6 length of the key, 2 bytes   +8 the key, then the data
 * and in a branch the number of a page in the first 6 bytes.
 */

export const HEADER_BYTES = 24;
export const NODE_BYTES = 8;
export const BRANCH = 0x01;
export const LEAF = 0x02;
export const OVERFLOW = 0x04;
/** The data stands on pages of its own: +0 the first one's number, 8 bytes, +8 a transaction, +16 how many. */
export const ELSEWHERE = 0x01;
/** The data describes another tree. */
export const TREE = 0x02;
const ELSEWHERE_BYTES = 24;

export interface Node {
  readonly key: Buffer;
  /** Of a leaf. */
  readonly flags: number;
  /** Of the data of a leaf, wherever it stands. */
  readonly size: number;
  /** Of a leaf: what stands in the page. */
  readonly data: Buffer;
  /** Of a branch: the number of the page that it leads to. */
  readonly child: number;
}

/** A page as its header says it is, in a file whose last transaction was `transaction`. */
export interface Expected {
  readonly number: number;
  readonly transaction: bigint;
}

/** What stands first in every page. @throws Error when it is another page, or one of the future. */
export function checkHeader(page: Buffer, { number, transaction }: Expected, flags: number): void {
  if (page.readBigUInt64LE(0) !== BigInt(number)) throw new Error(`page ${number} is another`);
  if (page.readBigUInt64LE(8) > transaction) throw new Error(`page ${number} is of a later transaction`);
  if (page.readUInt16LE(18) !== flags) throw new Error(`page ${number} is of another kind`);
}

/** The nodes of a branch or a leaf. @throws Error when they do not fill the page as they must. */
export function nodesOf(page: Buffer, expected: Expected, kind: typeof BRANCH | typeof LEAF): readonly Node[] {
  checkHeader(page, expected, kind);
  const body = page.subarray(HEADER_BYTES);
  const twice = page.readUInt16LE(20);
  const begin = page.readUInt16LE(22);
  const wrong = (): Error => new Error(`page ${expected.number} is not filled as it must be`);
  if (twice % 2 !== 0 || twice > begin || begin > body.length) throw wrong();
  const found: Found[] = [];
  for (let at = 0; at < twice; at += 2) {
    const place = body.readUInt16LE(at);
    if (place < begin || place + NODE_BYTES > body.length) throw wrong();
    found.push(nodeAt(body, place, kind));
  }
  let end = body.length;
  for (const { place, length } of found.toSorted((a, b) => b.place - a.place)) {
    if (place + length !== end) throw wrong();
    end = place;
  }
  if (end !== begin) throw wrong();
  return found.map(({ node }) => node);
}

/** Whatever can be taken for a node of a damaged leaf, which may be nonsense: only a checksum vouches for it. */
export function possibleNodesOf(page: Buffer): readonly Node[] {
  const body = page.subarray(HEADER_BYTES);
  const nodes: Node[] = [];
  for (let at = 0; at < Math.min(page.readUInt16LE(20), body.length - 1); at += 2) {
    const place = body.readUInt16LE(at);
    if (place + NODE_BYTES <= body.length) nodes.push(nodeAt(body, place, LEAF).node);
  }
  return nodes;
}

interface Found {
  readonly node: Node;
  readonly place: number;
  /** Of all of it, in bytes. */
  readonly length: number;
}

function nodeAt(body: Buffer, place: number, kind: number): Found {
  const keyLength = body.readUInt16LE(place + 6);
  const key = body.subarray(place + NODE_BYTES, place + NODE_BYTES + keyLength);
  if (kind === BRANCH) {
    const child = body.readUIntLE(place, 6);
    return { node: { key, flags: 0, size: 0, data: key, child }, place, length: even(NODE_BYTES + keyLength) };
  }
  const flags = body.readUInt16LE(place + 4);
  const size = body.readUInt32LE(place);
  const held = flags === ELSEWHERE ? ELSEWHERE_BYTES : size;
  const dataAt = place + NODE_BYTES + keyLength;
  const data = body.subarray(dataAt, dataAt + held);
  return { node: { key, flags, size, data, child: 0 }, place, length: even(NODE_BYTES + keyLength + held) };
}

function even(length: number): number {
  return length + (length % 2);
}
