/**
 * Which events a path has ever been given: their ids, kept by LMDB in the folder `<path>.ids` beside the file. It
 * outlives lines that were moved away, and what it says of a file's bytes lets a start read only what came after.
 *
 * Transactions are synchronous, as the journal's are, and for the same reason: `journal/store.ts`.
 */
import { hash, randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { open } from 'lmdb';
import { hasCode } from '../../errors.ts';
import { CheckedTable, isDamage, jsonCodec } from '../../journal/checked-table.ts';
import type { RawTable, Table } from '../../journal/table.ts';
import { Headroom } from '../../lmdb/headroom.ts';
import { endNativeLine } from '../../native-line.ts';
import { systemCodeOf } from '../../system-code.ts';
import { closeToOthers, ForeignIndexError, prepareIndexFolder, removeIndex } from './index-folder.ts';

const IDS = 'ids';
const ENDING = '.ids';
const KEY_BYTES = 14;
const CHECK_BYTES = 2;
const NOTHING = Buffer.alloc(0);

/** What a commit adds: ids that stand in the file with this inode, and how many of its bytes they are those of. */
export interface Held {
  readonly ids: readonly string[];
  readonly inode: string;
  readonly bytes: number;
}

interface IdTable {
  put(key: Buffer, value: Buffer): unknown;
  doesExist(key: Buffer): boolean;
  getStats(): object;
}

/** How an index is opened. */
export interface Opening {
  /** This process has looked through it before. */
  readonly isKnown?: boolean;
  /** It could not be read, and begins anew. */
  onDamage?(): void;
}

export class IdIndex {
  readonly #root: ReturnType<typeof open>;
  readonly #ids: IdTable;
  /** Inode → bytes of that file whose ids are held. */
  readonly #files: Table<string, number>;
  readonly #meta: Table<string, string | number>;
  readonly #owner = randomUUID();
  readonly #headroom: Headroom;

  private constructor(folder: string) {
    this.#headroom = new Headroom(folder);
    this.#root = named(() => open({ path: folder, noSubdir: false, maxDbs: 3, overlappingSync: false }));
    // LMDB's keys and values have no static type; this is the one place that gives them theirs.
    this.#ids = this.#root.openDB({ name: IDS, keyEncoding: 'binary', encoding: 'binary' }) as unknown as IdTable;
    this.#files = this.#checked<number>('files');
    this.#meta = this.#checked<string | number>('meta');
  }

  #checked<V>(name: string): Table<string, V> {
    const table = this.#root.openDB({ name, encoding: 'binary' }) as unknown as RawTable<string, Uint8Array>;
    const codec = jsonCodec<V>();
    const onChange = (bytes: number): void => this.#headroom.changed(table, bytes);
    return new CheckedTable<string, V>({ name, keys: 'text', table, codec, onDamage: () => undefined, onChange });
  }

  /**
   * Opens or creates it; from now on no other process that has it open is its owner. One that is damaged begins anew.
   * @throws ForeignIndexError, or an Error with the system's `code`
   */
  static async open(folder: string, { isKnown = false, onDamage }: Opening = {}): Promise<IdIndex> {
    const found = await prepareIndexFolder(folder, { isKnown, checkKey: isKey });
    if (found === 'damaged') onDamage?.();
    const index = new IdIndex(folder);
    closeToOthers(folder);
    try {
      index.#own(folder);
      return index;
    } catch (error) {
      await index.close();
      if (!isIndexDamage(error)) throw error;
    }
    removeIndex(folder);
    onDamage?.();
    return IdIndex.open(folder);
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

  /** Lines that it holds the ids of were removed, as far as this path's folder tells. For ever: it cannot tell which. */
  get lacksLines(): boolean {
    return this.#meta.get('lines_gone') !== undefined;
  }

  noteLinesGone(): void {
    this.#transaction(() => this.#meta.put('lines_gone', this.size));
  }

  /** On disk when it returns, all of it or nothing. @throws an Error with the system's `code` */
  add({ ids, inode, bytes }: Held): void {
    this.#transaction(() => {
      for (const id of ids) {
        this.#headroom.changed(this.#ids, KEY_BYTES);
        this.#ids.put(keyOf(id), NOTHING);
      }
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
    this.#headroom.close();
    await this.#root.close();
  }

  #own(folder: string): void {
    // Each value is read for its checksum.
    for (const table of [this.#meta, this.#files]) for (const key of table.getKeys()) table.get(key);
    const [name, before] = [basename(folder), this.#meta.get('name') ?? basename(folder)];
    // Moved together with its file it stays that file's; a copy says of events that they are where they are not.
    if (before !== name && inodeBeside(folder) !== this.current)
      throw new ForeignIndexError(`${folder} was made for another file, as ${before}: remove it, or give it that name`);
    this.#transaction(() => {
      this.#meta.put('name', name);
      this.#meta.put('owner', this.#owner);
    });
  }

  #transaction(write: () => void): void {
    this.#headroom.begin();
    named(() =>
      this.#root.transactionSync(() => {
        write();
        this.#headroom.find();
      }),
    );
  }
}

/** Of the file whose index it would be. */
function inodeBeside(folder: string): string | undefined {
  const stats = statSync(folder.slice(0, -ENDING.length), { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? undefined : String(stats.ino);
}

/** The folder of the index of the file at `path`. */
export function indexOf(path: string): string {
  return `${path}${ENDING}`;
}

/**
 * As the journal hashes: as UTF-16, because two ids may differ only in a lone surrogate. The last two bytes are a check
 * of the others, so that an id which the disk has changed is no other id.
 */
function keyOf(id: string): Buffer {
  const key = Buffer.alloc(KEY_BYTES + CHECK_BYTES);
  hash('sha256', Buffer.from(id, 'utf16le'), 'buffer').copy(key, 0, 0, KEY_BYTES);
  key.writeUInt16LE(checkOf(key), KEY_BYTES);
  return key;
}

function checkOf(key: Buffer): number {
  let check = 0;
  for (let at = 0; at < KEY_BYTES; at += 2) check ^= key.readUInt16LE(at);
  return check;
}

/** Of the other tables the values have checksums. */
function isKey(table: string, key: Buffer): boolean {
  if (table !== IDS) return true;
  return key.length === KEY_BYTES + CHECK_BYTES && key.readUInt16LE(KEY_BYTES) === checkOf(key);
}

/** Whether an index has to begin anew. */
export function isIndexDamage(error: unknown): boolean {
  return hasCode(error, 'JOURNAL_DAMAGED') || isDamage(error);
}

/** LMDB's errors carry the system's number as their `code`; what comes out carries its name, as Node's own do. */
function named<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    endNativeLine(error);
    const code = systemCodeOf(error);
    if (code === undefined) throw error;
    throw Object.assign(new Error('the index of ids', { cause: error }), { code });
  }
}
