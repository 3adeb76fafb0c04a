/**
 * What LMDB's data file says of itself: the first two pages of it are meta pages, written in turns, and the one of the later
 * transaction is in force. Read with plain reads, whoever has the file open meanwhile; nothing is believed here.
 *
 * Layout of lmdb 3.5.6 (its `mdb.c`, data version 2, and a file it wrote; all little-endian): each has 24 bytes of header, then
 *   +24 magic, 4 bytes                               +28 data version, 4 bytes
 *   +32 an address, always 0, 8 bytes                +40 size of the map, 8 bytes
 *   +48 page size, 4 bytes                           +48 and +96 the trees of free pages and of everything else
 *   +144 number of the last page, 8 bytes            +152 transaction, 8 bytes
 */
import { readSync } from 'node:fs';
import { type Tree, treeAt } from './page-tree.ts';

const META_BYTES = 160;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const META = 0x08;
/** What it may map: no machine has more addresses for a process. */
const MOST_MAPPED = 1n << 47n;

export class MetaPage {
  readonly #bytes: Buffer;

  /** @param bytes from the page's first on; what is missing at the end of a file is taken for zeros. */
  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.alloc(META_BYTES);
    this.#bytes.set(bytes.subarray(0, META_BYTES));
  }

  /** Whether it is of LMDB at all, and of the version that this is about. */
  get isOurs(): boolean {
    return this.#bytes.readUInt32LE(24) === MAGIC && (this.#bytes.readUInt32LE(28) & 0xffff) === DATA_VERSION;
  }

  get pageSize(): number {
    return this.#bytes.readUInt32LE(48);
  }

  get lastPage(): number {
    return Number(this.#bytes.readBigUInt64LE(144));
  }

  get transaction(): bigint {
    return this.#bytes.readBigUInt64LE(152);
  }

  /** The tree of free pages. */
  get free(): Tree {
    return treeAt(this.#bytes, 48);
  }

  /** The tree of everything else. */
  get main(): Tree {
    return treeAt(this.#bytes, 96);
  }

  /** Whether all that does not change from transaction to transaction is as it must be. */
  isWhole({ number, pageSize, other }: ExpectedMeta): boolean {
    const isMeta = this.#bytes.readUInt16LE(18) === META && this.#bytes.readBigUInt64LE(0) === BigInt(number);
    const isAlike = this.#bytes.subarray(24, 40).equals(other.#bytes.subarray(24, 40)) && this.pageSize === pageSize;
    const map = this.#bytes.readBigUInt64LE(40);
    const isMapped = this.#bytes.readBigUInt64LE(32) === 0n && map % BigInt(pageSize) === 0n && map < MOST_MAPPED;
    return isMeta && isAlike && isMapped;
  }
}

export interface ExpectedMeta {
  /** Of the page: 0 or 1. */
  readonly number: number;
  readonly pageSize: number;
  /** The other meta page. */
  readonly other: MetaPage;
}

/** Both, in a file whose pages are so long. @throws an Error with the system's `code` */
export function readMetaPages(file: number, pageSize: number): readonly [MetaPage, MetaPage] {
  return [readMetaPage(file, 0), readMetaPage(file, pageSize)];
}

/** The one that begins there. @throws an Error with the system's `code` */
export function readMetaPage(file: number, at: number): MetaPage {
  const bytes = Buffer.alloc(META_BYTES);
  readSync(file, bytes, 0, META_BYTES, at);
  return new MetaPage(bytes);
}

/** Of the two the one of the later transaction. */
export function newerOf([first, second]: readonly [MetaPage, MetaPage]): MetaPage {
  return first.transaction > second.transaction ? first : second;
}
