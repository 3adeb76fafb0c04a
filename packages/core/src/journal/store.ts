/**
 * The LMDB environment of the embedded journal and its named databases. Everything durable is here;
 * whatever the other files hold in memory is a copy that can be made anew from it.
 *
 * Transactions are synchronous and on disk when they return: with lmdb 3.5.6 a full disk ends an
 * asynchronous one in a line on stderr and a promise rejected where nobody can catch it, while the
 * synchronous one throws, is undone whole, and the environment goes on.
 */
import { open } from 'lmdb';
import type { Feed } from '../entry.ts';
import { RelayError } from '../errors.ts';
import { Headroom } from '../lmdb/headroom.ts';
import { layOwnLock } from '../lmdb/room.ts';
import { endNativeLine } from '../native-line.ts';
import {
  bytesCodec,
  CHECK_BYTES,
  CheckedTable,
  type CheckedTableOptions,
  damaged,
  isDamage,
  jsonCodec,
  type KeyShape,
} from './checked-table.ts';
import type { Checkpoint } from './checkpoint.ts';
import { folderRefusal } from './folder-refusal.ts';
import type { StoredBinding, StoredCursor, StoredDeadLetter, StoredMalformedRecord, StoredMeta } from './stored.ts';
import type { Key, RawTable, Table } from './table.ts';

/** [number of its first entry, bytes of all chunks before it, `receivedMs` of its oldest entry]. */
export type ChunkKey = readonly [first: number, offset: number, receivedMs: number];

export interface Store {
  readonly meta: Table<'state', StoredMeta>;
  readonly chunks: Table<ChunkKey, Uint8Array>;
  readonly checkpoints: Table<readonly [source: string, feed: Feed], Checkpoint>;
  /** By source. */
  readonly bindings: Table<string, StoredBinding>;
  /** [source, hour since the epoch, number of the commit's first entry] → 16 bytes an id. */
  readonly seen: Table<readonly [source: string, hour: number, first: number], Uint8Array>;
  readonly cursors: Table<string, StoredCursor>;
  readonly deadLetters: Table<readonly [lane: string, sequence: number], StoredDeadLetter>;
  /** [lane, SHA-256 of source and event id] → sequence. */
  readonly deadLetterIds: Table<readonly [lane: string, hash: string], number>;
  readonly malformedRecords: Table<readonly [source: string, hash: string], StoredMalformedRecord>;
  /** All or nothing; on disk when it returns. @throws what `write` throws, or LMDB's own error. */
  transaction<T>(write: () => T): T;
  /** Bytes of the pages that hold something, all databases together. Not inside a transaction. */
  usedBytes(): number;
  /** Of those, the bytes of what is no entry and yet may not leave for one. Not inside a transaction. */
  keptBytes(): Readonly<Record<'deadLetters' | 'malformedRecords' | 'seen', number>>;
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly path: string;
  readonly mode: 'write' | 'read';
  /** Damage of anything but entries, which only those who read them meet: nothing can go on by what stands here. */
  onDamage?(error: RelayError): void;
  /** Damage of entries, which one lane alone meets. */
  onEntryDamage?(error: RelayError): void;
  /** The disk has refused what LMDB cannot go on without: nothing is read or written until it is opened anew. */
  onCutOff?(cause: unknown): void;
}

/** @throws RelayError `JOURNAL_DAMAGED` when LMDB cannot read its file; so does whatever reads from the store. */
export function openStore(options: StoreOptions): Store {
  try {
    return new LmdbStore(options);
  } catch (error) {
    throw folderRefusal(options.path, error) ?? damaged(options.path, error);
  }
}

/** @throws Error when the journal has no state, which `openJournal` rules out. */
export function stateOf(store: Pick<Store, 'meta'>): StoredMeta {
  const state = store.meta.get('state');
  if (state === undefined) throw new Error('the journal has no state');
  return state;
}

/** What a value of `length` bytes takes of LMDB's pages of 4 KiB: small ones share, large ones have their own. */
export function bytesOnDisk(contentLength: number): number {
  const length = contentLength + CHECK_BYTES;
  return length > 1900 ? Math.ceil((length + 16) / 4096) * 4096 : length + 64;
}

export type TableName =
  | 'meta'
  | 'chunks'
  | 'checkpoints'
  | 'bindings'
  | 'seen'
  | 'cursors'
  | 'deadLetters'
  | 'deadLetterIds'
  | 'malformedRecords';

/** LMDB's name of each table, which stays as it was first written, and of what its keys are made. */
export const TABLES: Readonly<Record<TableName, { readonly name: string; readonly keys: KeyShape }>> = {
  meta: { name: 'meta', keys: 'text' },
  chunks: { name: 'chunks', keys: ['number', 'number', 'number'] },
  checkpoints: { name: 'checkpoints', keys: ['string', 'string'] },
  bindings: { name: 'bindings', keys: 'text' },
  seen: { name: 'seen', keys: ['string', 'number', 'number'] },
  cursors: { name: 'cursors', keys: 'text' },
  deadLetters: { name: 'letters', keys: ['string', 'number'] },
  deadLetterIds: { name: 'letter-ids', keys: ['string', 'string'] },
  malformedRecords: { name: 'oddities', keys: ['string', 'string'] },
};

type TableOptions<V> = Pick<CheckedTableOptions<Key, V>, 'name' | 'keys' | 'codec' | 'isOneValue'>;

class LmdbStore implements Store {
  readonly #root: ReturnType<typeof open>;
  readonly #onDamage: (error: RelayError) => void;
  readonly #onEntryDamage: (error: RelayError) => void;
  readonly #onCutOff: (cause: unknown) => void;
  readonly #headroom: Headroom;
  readonly #tables: RawTable<Key, unknown>[] = [];
  readonly meta: Store['meta'];
  readonly chunks: Store['chunks'];
  readonly checkpoints: Store['checkpoints'];
  readonly bindings: Store['bindings'];
  readonly seen: Store['seen'];
  readonly cursors: Store['cursors'];
  readonly deadLetters: Store['deadLetters'];
  readonly deadLetterIds: Store['deadLetterIds'];
  readonly malformedRecords: Store['malformedRecords'];

  constructor({
    path,
    mode,
    onDamage = () => undefined,
    onEntryDamage = () => undefined,
    onCutOff = () => undefined,
  }: StoreOptions) {
    this.#onDamage = onDamage;
    this.#onEntryDamage = onEntryDamage;
    this.#onCutOff = onCutOff;
    this.#headroom = new Headroom(path);
    if (mode === 'read') layOwnLock(path);
    this.#root = open({ path, noSubdir: false, maxDbs: 12, overlappingSync: false, readOnly: mode === 'read' });
    this.meta = this.#table({ ...TABLES.meta, codec: jsonCodec(), isOneValue: true });
    this.chunks = this.#table({ ...TABLES.chunks, codec: bytesCodec });
    this.checkpoints = this.#table({ ...TABLES.checkpoints, codec: jsonCodec() });
    this.bindings = this.#table({ ...TABLES.bindings, codec: jsonCodec() });
    this.seen = this.#table({ ...TABLES.seen, codec: bytesCodec });
    this.cursors = this.#table({ ...TABLES.cursors, codec: jsonCodec() });
    this.deadLetters = this.#table({ ...TABLES.deadLetters, codec: jsonCodec() });
    this.deadLetterIds = this.#table({ ...TABLES.deadLetterIds, codec: jsonCodec() });
    this.malformedRecords = this.#table({ ...TABLES.malformedRecords, codec: jsonCodec() });
  }

  transaction<T>(write: () => T): T {
    try {
      this.#headroom.begin();
      // Without flags: can be undone, and is on disk when the call returns.
      return this.#root.transactionSync(() => {
        const value = write();
        this.#headroom.find();
        return value;
      });
    } catch (error) {
      endNativeLine(error);
      if (this.#isCutOff()) this.#onCutOff(error);
      if (!isDamage(error)) throw error;
      const found = damaged('a transaction', error);
      this.#onDamage(found);
      throw found;
    }
  }

  usedBytes(): number {
    return this.#tables.reduce((bytes, table) => bytes + pageBytes(table), 0);
  }

  keptBytes(): ReturnType<Store['keptBytes']> {
    const deadLetters = pageBytes(this.deadLetters) + pageBytes(this.deadLetterIds);
    return { deadLetters, malformedRecords: pageBytes(this.malformedRecords), seen: pageBytes(this.seen) };
  }

  async close(): Promise<void> {
    this.#headroom.close();
    await this.#root.close();
  }

  /** LMDB takes nothing more after a meta page that could not be written (`MDB_PANIC`), reads included. */
  #isCutOff(): boolean {
    try {
      // One that was begun before would still read.
      this.#root.resetReadTxn();
      this.#root.getStats();
      return false;
    } catch {
      return true;
    }
  }

  #table<K extends Key, V>({ name, keys, codec, isOneValue = false }: TableOptions<V>): Table<K, V> {
    // LMDB's keys and values have no static type; this is the one place that gives them theirs.
    const table = this.#root.openDB({ name, encoding: 'binary' }) as unknown as RawTable<K, Uint8Array> | undefined;
    if (table === undefined) throw new RelayError('JOURNAL_DAMAGED', `the database ${name} is missing`);
    this.#tables.push(table as unknown as RawTable<Key, unknown>);
    const onDamage = name === 'chunks' ? this.#onEntryDamage : this.#onDamage;
    const onChange = (bytes: number): void => this.#headroom.changed(table, bytes);
    return new CheckedTable({ name, keys, table, codec, isOneValue, onDamage, onChange });
  }
}

function pageBytes(table: { getStats(): object }): number {
  // As lmdb's `getStats` gives it; its own type is `{}`.
  const stats = table.getStats() as Readonly<
    Record<'pageSize' | 'treeBranchPageCount' | 'treeLeafPageCount' | 'overflowPages', number>
  >;
  return (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages) * stats.pageSize;
}
