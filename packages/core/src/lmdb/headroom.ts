/**
 * Room in LMDB's data file for all that a transaction writes, found before LMDB writes any of it.
 *
 * A page that the system does not take makes LMDB describe it in a buffer of 100 bytes, which the description can pass by
 * some (lmdb 3.5.6, `mdb_page_flush`): a full disk then ends the process by a signal, now or later. So the file is made
 * longer here, by Node, whose error is an error: what LMDB writes afterwards takes the place of bytes that are there.
 * A file system that has turned read-only, or does not answer, is found in the same way, by the first byte.
 */
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemCodeOf } from '../system-code.ts';
import { readMetaPage } from './meta.ts';

const DATA = 'data.mdb';
/** LMDB's own number for it. */
const MDB_CORRUPTED = -30796;
/** For what every transaction changes beside its values: branches, the list of free pages, values of a few bytes. */
const SPARE_PAGES = 32;
/** The file grows by so much at least. */
const STEP_BYTES = 256 * 2 ** 10;
/** Not zeros: some file systems store those without taking any space. */
const FILLING = Buffer.alloc(STEP_BYTES, 'room ');
/** A larger value has pages of its own. */
const SHARED_BYTES = 1900;
const PAGE_BYTES = 4096;
/**
 * Further behind its file's end no last page can be: what a transaction takes and gives back is never written, but each began
 * with the room for all of it. A larger number is damage, for which nobody needs to make room.
 */
const MOST_BEHIND_BYTES = 64 * 2 ** 20;
/** Changes of small values of which nobody asks how many pages they can touch. */
const FEW = 8;

interface Pages {
  getStats(): object;
}

interface Changes {
  count: number;
  sharedBytes: number;
  ownPages: number;
}

export class Headroom {
  readonly #path: string;
  readonly #changes = new Map<Pages, Changes>();
  #file: number | undefined;

  /** @param folder of the environment, which is open. */
  constructor(folder: string) {
    this.#path = join(folder, DATA);
  }

  /** A transaction begins. */
  begin(): void {
    this.#changes.clear();
  }

  /** It puts a value of so many bytes, or with 0 takes one away. */
  changed(table: Pages, bytes: number): void {
    const changes = this.#changes.get(table) ?? { count: 0, sharedBytes: 0, ownPages: 0 };
    this.#changes.set(table, changes);
    changes.count += 1;
    if (bytes > SHARED_BYTES) changes.ownPages += Math.ceil((bytes + 16) / PAGE_BYTES);
    else changes.sharedBytes += bytes + 64;
  }

  /**
   * Before it is committed. What it finds is kept for the next ones where this one does not need it.
   * @throws an Error whose `code` is the system's: the file cannot be written, or not made long enough.
   */
  find(): void {
    try {
      this.#file ??= openSync(this.#path, 'r+');
      const { end, pageSize } = endOf(this.#file);
      const { size } = fstatSync(this.#file);
      if (end - size > MOST_BEHIND_BYTES)
        throw Object.assign(new Error('its last page is not in it'), { code: MDB_CORRUPTED });
      if (size > end) writeSync(this.#file, FILLING, 0, 1, end);
      this.#extend(this.#file, end + this.#pages() * pageSize);
    } catch (error) {
      this.close();
      if (Object(error).code === MDB_CORRUPTED) throw error;
      throw Object.assign(new Error('no room for a transaction', { cause: error }), { code: systemCodeOf(error) });
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #extend(file: number, bytes: number): void {
    let { size } = fstatSync(file);
    while (size < bytes) size += writeSync(file, FILLING, 0, STEP_BYTES - (size % STEP_BYTES), size);
  }

  /** As many as it can take at most. */
  #pages(): number {
    let pages = SPARE_PAGES;
    for (const [table, { count, sharedBytes, ownPages }] of this.#changes) {
      const touched = count <= FEW ? count : Math.min(count, leavesOf(table));
      pages += ownPages + touched + Math.ceil((2 * sharedBytes) / PAGE_BYTES);
    }
    return pages;
  }
}

/** Behind the last page that any of the two meta pages knows. */
function endOf(file: number): { readonly end: number; readonly pageSize: number } {
  const { pageSize, lastPage: first } = readMetaPage(file, 0);
  const { lastPage: second } = readMetaPage(file, pageSize);
  return { pageSize, end: (Math.max(first, second) + 1) * pageSize };
}

function leavesOf(table: Pages): number {
  // As lmdb's `getStats` gives it; its own type is `{}`.
  return (table.getStats() as Readonly<Record<'treeLeafPageCount', number>>).treeLeafPageCount;
}
