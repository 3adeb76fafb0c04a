/**
 * Which events a path has ever been given: their ids, kept by LMDB in the folder `<path>.ids` beside the file. It
 * outlives lines that were moved away, and what it says of a file's bytes lets a start read only what came after.
 *
 * Transactions are synchronous, as the journal's are, and for the same reason: `journal/store.ts`.
 */
import { hash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { getSystemErrorName } from 'node:util';
import { open } from 'lmdb';
import { checkDataFile } from '../../journal/data-file.ts';
import { endNativeLine } from '../../native-line.ts';

const FORMAT = 1;
const DATA_FILE = 'data.mdb';
const NOTHING = Buffer.alloc(0);

/** What stands at `<path>.ids` is not ours, so it is neither used nor removed. */
export class ForeignIndexError extends Error {
  override readonly name = 'ForeignIndexError';
}

/** What a commit adds: ids that stand in the file with this inode, and how many of its bytes they are those of. */
export interface Held {
  readonly ids: readonly string[];
  readonly inode: string;
  readonly bytes: number;
}

interface Table<K, V> {
  get(key: K): V | undefined;
  put(key: K, value: V): unknown;
  remove(key: K): unknown;
  doesExist(key: K): boolean;
  getKeys(): Iterable<K>;
  getStats(): object;
}

export class IdIndex {
  readonly #root: ReturnType<typeof open>;
  readonly #ids: Table<Buffer, Buffer>;
  /** Inode → bytes of that file whose ids are held. */
  readonly #files: Table<string, number>;
  readonly #meta: Table<string, string | number>;
  readonly #owner = randomUUID();

  private constructor(folder: string) {
    this.#root = named(() => open({ path: folder, noSubdir: false, maxDbs: 3, overlappingSync: false }));
    // LMDB's keys and values have no static type; this is the one place that gives them theirs.
    this.#ids = this.#root.openDB({ name: 'ids', keyEncoding: 'binary', encoding: 'binary' }) as unknown as Table<
      Buffer,
      Buffer
    >;
    this.#files = this.#root.openDB({ name: 'files', encoding: 'json' }) as unknown as Table<string, number>;
    this.#meta = this.#root.openDB({ name: 'meta', encoding: 'json' }) as unknown as Table<string, string | number>;
  }

  /**
   * Opens or creates it; from now on no other process that has it open is its owner.
   * @throws ForeignIndexError, or an Error with the system's `code`
   */
  static async open(folder: string): Promise<IdIndex> {
    prepare(folder);
    const index = new IdIndex(folder);
    try {
      index.#own(folder);
      return index;
    } catch (error) {
      await index.close();
      throw error;
    }
  }

  /** How many ids it holds. */
  get size(): number {
    return Number(Object(this.#ids.getStats()).entryCount);
  }

  /** Who has opened it last; another process than this one if `isOurs` is false. */
  get owner(): string {
    return String(this.#meta.get('owner'));
  }

  isOurs(): boolean {
    return this.owner === this.#owner;
  }

  has(id: string): boolean {
    return this.#ids.doesExist(keyOf(id));
  }

  /** How many bytes of the file it knows the ids of; undefined for a file that it does not know. */
  bytesOf(inode: string): number | undefined {
    return this.#files.get(inode);
  }

  /** Inode of the file that was last written to. */
  get current(): string | undefined {
    const current = this.#meta.get('current');
    return current === undefined ? undefined : String(current);
  }

  /** On disk when it returns, all of it or nothing. @throws an Error with the system's `code` */
  add({ ids, inode, bytes }: Held): void {
    this.#transaction(() => {
      for (const id of ids) this.#ids.put(keyOf(id), NOTHING);
      this.#files.put(inode, bytes);
    });
  }

  /** Before a file is written to: it is `inode`, and of the others only `kept` are still there. */
  writeTo(inode: string, bytes: number, kept: ReadonlySet<string>): void {
    if (this.current === inode && this.bytesOf(inode) === bytes) return;
    this.#transaction(() => {
      const gone = [...this.#files.getKeys()].filter((known) => !kept.has(known));
      for (const known of gone) this.#files.remove(known);
      this.#files.put(inode, bytes);
      this.#meta.put('current', inode);
    });
  }

  async close(): Promise<void> {
    await this.#root.close();
  }

  #own(folder: string): void {
    const format = this.#meta.get('format') ?? FORMAT;
    if (format !== FORMAT) throw new ForeignIndexError(`${folder} was written by another version: start that one`);
    this.#transaction(() => {
      this.#meta.put('format', FORMAT);
      this.#meta.put('owner', this.#owner);
    });
  }

  #transaction(write: () => void): void {
    named(() => this.#root.transactionSync(write));
  }
}

/** As the journal hashes: as UTF-16, because two ids may differ only in a lone surrogate. */
function keyOf(id: string): Buffer {
  return hash('sha256', Buffer.from(id, 'utf16le'), 'buffer').subarray(0, 16);
}

/** A file that LMDB cannot map whole would end the process: it is removed, and made anew from the lines. */
function prepare(folder: string): void {
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  const names = readdirSync(folder);
  if (!names.includes(DATA_FILE)) {
    if (names.every((name) => name === 'lock.mdb')) return;
    throw new ForeignIndexError(`${folder} holds other files: move them away`);
  }
  try {
    checkDataFile(join(folder, DATA_FILE));
  } catch (error) {
    if (Object(error).code !== 'JOURNAL_DAMAGED') throw error;
    for (const name of [DATA_FILE, 'lock.mdb']) rmSync(join(folder, name), { force: true });
  }
}

/** LMDB's errors carry the system's number as their `code`; what comes out carries its name, as Node's own do. */
function named<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    endNativeLine(error);
    const code: unknown = Object(error).code;
    if (typeof code !== 'number' || code <= 0) throw error;
    throw Object.assign(new Error('the index of ids', { cause: error }), { code: getSystemErrorName(-code) });
  }
}
