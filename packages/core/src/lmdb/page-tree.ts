/**
 * All pages of LMDB's trees, each looked at before anything in it is followed; `nodes.ts` knows one page. Read with plain
 * reads and not through LMDB, whose map of a file with a wrong number in it could end the process. `journal/data-file.ts` asks.
 */
import {
  BRANCH,
  checkHeader,
  ELSEWHERE,
  type Expected,
  HEADER_BYTES,
  LEAF,
  type Node,
  nodesOf,
  OVERFLOW,
  TREE,
} from './nodes.ts';

/** LMDB's own limit of what a cursor goes down. */
const DEEPEST = 32;
/** The root of a tree without a page. */
const NONE = 0xffff_ffff_ffff_ffffn;

/** Pages that lie side by side. */
export interface Pages {
  readonly first: number;
  readonly count: number;
}

/** A tree as LMDB describes it: `MDB_db` of `mdb.c`, 48 bytes. */
export interface Tree {
  readonly flags: number;
  readonly depth: number;
  readonly branches: bigint;
  readonly leaves: bigint;
  readonly overflows: bigint;
  readonly entries: bigint;
  readonly root: bigint;
}

/** +4 flags, 2 bytes, +6 depth, 2, then of 8 bytes each branches, leaves, overflow pages, entries and the root. */
export function treeAt(bytes: Buffer, at: number): Tree {
  return {
    flags: bytes.readUInt16LE(at + 4),
    depth: bytes.readUInt16LE(at + 6),
    branches: bytes.readBigUInt64LE(at + 8),
    leaves: bytes.readBigUInt64LE(at + 16),
    overflows: bytes.readBigUInt64LE(at + 24),
    entries: bytes.readBigUInt64LE(at + 32),
    root: bytes.readBigUInt64LE(at + 40),
  };
}

export interface Walk {
  /** So many bytes of a page, from its beginning. */
  read(page: number, bytes: number): Buffer;
  readonly pageSize: number;
  readonly transaction: bigint;
  /** Order of keys: negative, zero or positive. */
  compare(a: Buffer, b: Buffer): number;
  /** A node of a leaf that is no tree, after its pages. */
  onValue?(node: Node): void;
  /** Of a tree in this tree, by its name: its own `onValue`. */
  valuesOf?(name: string): ((node: Node) => void) | undefined;
}

interface Counts {
  branches: bigint;
  leaves: bigint;
  overflows: bigint;
  entries: bigint;
}

/**
 * Gives every page of the tree, and of those that it names, before it is read, so that who finds one missing or given twice stops there.
 * @throws Error when anything is not as the tree's description, its parents or its place say.
 */
export function* usedPages(tree: Tree, walk: Walk): Generator<Pages> {
  const counts: Counts = { branches: 0n, leaves: 0n, overflows: 0n, entries: 0n };
  const hasRoot = tree.root !== NONE;
  if (tree.depth > DEEPEST || hasRoot !== tree.depth > 0) throw new Error('a tree is not as deep as it says');
  const inner: Inner[] = [];
  if (hasRoot)
    yield* pagesBelow(
      { number: Number(tree.root), level: 1, low: undefined, high: undefined },
      { tree, walk, counts, inner },
    );
  for (const key of ['branches', 'leaves', 'overflows', 'entries'] as const) {
    if (counts[key] !== tree[key]) throw new Error(`a tree has not the ${key} that it says`);
  }
  for (const { name, tree: one } of inner) {
    const { onValue: _, ...rest } = walk;
    const onValue = walk.valuesOf?.(name);
    yield* usedPages(one, { ...rest, compare: Buffer.compare, ...(onValue && { onValue }) });
  }
}

interface Inner {
  readonly name: string;
  readonly tree: Tree;
}

/** A page and between which keys those in it must lie. */
interface PagePosition {
  readonly number: number;
  readonly level: number;
  readonly low: Buffer | undefined;
  readonly high: Buffer | undefined;
}

interface Context {
  readonly tree: Tree;
  readonly walk: Walk;
  readonly counts: Counts;
  readonly inner: Inner[];
}

function* pagesBelow(place: PagePosition, context: Context): Generator<Pages> {
  const { tree, walk, counts } = context;
  const { number, level } = place;
  yield { first: number, count: 1 };
  const kind = level < tree.depth ? BRANCH : LEAF;
  const expected = { number, transaction: walk.transaction };
  const nodes = nodesOf(walk.read(number, walk.pageSize), expected, kind);
  // The first key of a branch says nothing.
  checkOrder(kind === BRANCH ? nodes.slice(1) : nodes, place, walk);
  if (kind === LEAF) {
    counts.leaves += 1n;
    for (const node of nodes) yield* pagesOf(node, expected, context);
    return;
  }
  counts.branches += 1n;
  if (nodes.length < 1) throw new Error(`page ${number} leads nowhere`);
  for (const [index, { child, key }] of nodes.entries()) {
    const low = index === 0 ? place.low : key;
    const high = nodes[index + 1]?.key ?? place.high;
    yield* pagesBelow({ number: child, level: level + 1, low, high }, context);
  }
}

function checkOrder(
  nodes: readonly Node[],
  { number, low, high }: PagePosition,
  { compare }: Pick<Walk, 'compare'>,
): void {
  let before = low;
  for (const [index, { key }] of nodes.entries()) {
    const isFirst = index === 0;
    const isAfter = before === undefined || (isFirst ? compare(before, key) <= 0 : compare(before, key) < 0);
    if (!isAfter || (high !== undefined && compare(key, high) >= 0)) throw new Error(`page ${number} is not in order`);
    before = key;
  }
}

function* pagesOf(node: Node, { transaction }: Expected, { walk, counts, inner }: Context): Generator<Pages> {
  counts.entries += 1n;
  const { flags, size, data, key } = node;
  if (flags === TREE) {
    if (size !== 48) throw new Error('a tree is not described as it must be');
    inner.push({ name: key.toString('latin1').replace(/\0$/, ''), tree: treeAt(data, 0) });
    return;
  }
  if (flags === ELSEWHERE) {
    const first = Number(data.readBigUInt64LE(0));
    const count = Number(data.readBigUInt64LE(16));
    if (count !== Math.ceil((HEADER_BYTES + size) / walk.pageSize))
      throw new Error(`a value at page ${first} is not as long as it says`);
    yield { first, count };
    const header = walk.read(first, HEADER_BYTES);
    checkHeader(header, { number: first, transaction }, OVERFLOW);
    if (header.readUInt32LE(20) !== count) throw new Error(`page ${first} is not as long as it says`);
    if (data.readBigUInt64LE(8) > transaction) throw new Error(`page ${first} is of a later transaction`);
    counts.overflows += BigInt(count);
  } else if (flags !== 0) throw new Error('a value is of a kind that we do not write');
  walk.onValue?.(node);
}
