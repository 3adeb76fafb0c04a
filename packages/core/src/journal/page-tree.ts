/**
 * Which pages of LMDB's data file hold something, by its trees alone. Read with plain reads and not through
 * LMDB, whose map of a file that lacks one of them would end the process. `data-file.ts` asks.
 *
 * Layout of a page (lmdb 3.5.6, `mdb.c`, data version 2; all little-endian): header of 24 bytes with
 *   +0 number of the page, 8 bytes   +18 flags, 2 bytes   +20 twice the number of nodes, 2 bytes
 * then the place of each node, 2 bytes, counted from the end of the header. A node:
 *   +0 low part of a size or a page's number, 4 bytes   +4 flags, or the number's high part, 2 bytes
 *   +6 length of the key, 2 bytes   +8 the key, then the data
 */

const HEADER_BYTES = 24;
const BRANCH = 0x01;
/** A node's data stands on pages of its own: +0 the first one's number, 8 bytes, +16 how many, 8 bytes. */
const ELSEWHERE = 0x01;
/** A node's data describes another tree: +40 the number of its root, 8 bytes. */
const TREE = 0x02;
/** The root of a tree without a page. */
const NONE = 0xffff_ffff_ffff_ffffn;

/** Pages that lie side by side. */
export interface Pages {
  readonly first: number;
  readonly count: number;
}

/**
 * All pages of the trees with these roots and of every tree that they name. Each is given before it is read, so that
 * who finds one missing stops there.
 * @throws Error when a page is another than its number says, or refers to what cannot be.
 */
export function* usedPages(roots: readonly bigint[], read: (page: number) => Buffer): Generator<Pages> {
  const todo = [...roots];
  for (let root = todo.pop(); root !== undefined; root = todo.pop()) {
    if (root === NONE) continue;
    const number = Number(root);
    yield { first: number, count: 1 };
    const page = read(number);
    if (page.readBigUInt64LE(0) !== root) throw new Error(`page ${number} is another`);
    const isBranch = (page.readUInt16LE(18) & BRANCH) !== 0;
    for (const node of nodesIn(page)) {
      const flags = node.readUInt16LE(4);
      const data = node.subarray(8 + node.readUInt16LE(6));
      if (isBranch) todo.push(BigInt(node.readUIntLE(0, 6)));
      else if ((flags & ELSEWHERE) !== 0) yield { first: numberAt(data, 0), count: numberAt(data, 16) };
      else if ((flags & TREE) !== 0) todo.push(data.readBigUInt64LE(40));
    }
  }
}

/** Each from its beginning to the end of the page. */
function nodesIn(page: Buffer): readonly Buffer[] {
  const count = page.readUInt16LE(20) >> 1;
  return Array.from({ length: count }, (_, index) =>
    page.subarray(HEADER_BYTES + page.readUInt16LE(HEADER_BYTES + 2 * index)),
  );
}

function numberAt(data: Buffer, at: number): number {
  return Number(data.readBigUInt64LE(at));
}
