/**
 * Which pages of LMDB's data file are used and which are free, one bit each: no page may be both, twice either, or, of
 * those that there are, neither. A page that is free and used would be written over.
 *
 * A value of the tree of free pages (lmdb 3.5.6, `mdb.c` and `midl.c`) is a list of numbers of 8 bytes: how many follow,
 * then pages; one below zero says how many pages lie side by side from the next number on, zero says nothing.
 */
import { ELSEWHERE, HEADER_BYTES, type Node } from './nodes.ts';

const META_PAGES = 2;

export class FreePages {
  readonly #lastPage: number;
  readonly #known: Uint8Array;
  #count = META_PAGES;

  constructor(lastPage: number) {
    this.#lastPage = lastPage;
    this.#known = new Uint8Array((lastPage >> 3) + 1);
  }

  /** @throws Error when one of these pages is known already, or cannot be. */
  use(first: number, count: number): void {
    if (first < META_PAGES || count < 1 || first + count - 1 > this.#lastPage)
      throw new Error(`there is no page ${first}`);
    for (let page = first; page < first + count; page += 1) {
      const bit = 1 << (page & 7);
      const byte = this.#known[page >> 3] ?? 0;
      if ((byte & bit) !== 0) throw new Error(`page ${page} is used twice, or is free and used`);
      this.#known[page >> 3] = byte | bit;
    }
    this.#count += count;
  }

  /** Those of one list. @throws Error when it is none, or as `use` does. */
  add({ flags, size, data }: Node, read: (page: number, bytes: number) => Buffer): void {
    const list =
      flags === ELSEWHERE ? read(Number(data.readBigUInt64LE(0)), HEADER_BYTES + size).subarray(HEADER_BYTES) : data;
    const length = size < 8 ? -1 : Number(list.readBigInt64LE(0));
    if (length < 0 || (length + 1) * 8 > size) throw new Error('a list of free pages is not as long as it says');
    const numberAt = (index: number): number => Number(list.readBigInt64LE(index * 8));
    for (let index = 1; index <= length; index += 1) {
      const number = numberAt(index);
      if (number > 0) this.use(number, 1);
      if (number >= 0) continue;
      index += 1;
      if (index > length) throw new Error('a list of free pages ends too early');
      this.use(numberAt(index), -number);
    }
  }

  /** @throws Error when there are pages that are neither used nor free. */
  checkWhole(): void {
    if (this.#count !== this.#lastPage + 1)
      throw new Error(`${this.#lastPage + 1 - this.#count} pages are neither used nor free`);
  }
}
