/**
 * All that the journal keeps of one source, in memory: the last value of each key of its state and ids, as read from the topics.
 * A commit's writes are captured, undone, and made once they stand in Kafka: what is read here is always what is committed.
 */
import {
  type ChunkKey,
  FORMAT,
  type Key,
  type Store,
  type StoredMeta,
  type TableName,
} from '@audit-relay/core/journal';
import { MemoryTable } from './memory-table.ts';

/** Of tables whose values outlive the commit. */
export type KeptTable = Extract<TableName, 'meta' | 'checkpoints' | 'bindings' | 'seen' | 'malformedRecords'>;

export const KEPT_TABLES: readonly KeptTable[] = ['meta', 'checkpoints', 'bindings', 'seen', 'malformedRecords'];

/** One key of one table, and its value from now on. Undefined: none. */
export interface Write {
  readonly table: KeptTable;
  readonly key: Key;
  readonly value: unknown;
}

/** What a commit has written. */
export interface Captured {
  readonly writes: readonly Write[];
  /** In their order. */
  readonly chunks: readonly { readonly key: ChunkKey; readonly value: Uint8Array }[];
}

interface Undo {
  readonly table: KeptTable;
  readonly key: Key;
  readonly before: unknown;
  readonly after: unknown;
}

type Stored<Name extends TableName> = Store[Name] extends { get(key: infer K): infer V | undefined }
  ? K extends Key
    ? MemoryTable<K, V>
    : never
  : never;

export class SourceStore
  implements Pick<Store, 'meta' | 'chunks' | 'checkpoints' | 'bindings' | 'seen' | 'cursors' | 'malformedRecords'>
{
  readonly meta: Stored<'meta'> = this.#kept('meta');
  readonly checkpoints: Stored<'checkpoints'> = this.#kept('checkpoints');
  readonly bindings: Stored<'bindings'> = this.#kept('bindings');
  readonly seen: Stored<'seen'> = this.#kept('seen');
  readonly malformedRecords: Stored<'malformedRecords'> = this.#kept('malformedRecords');
  /** None is held: they go to the entries' topic. */
  readonly chunks: Stored<'chunks'> = new MemoryTable(({ key, after }) => {
    if (after !== undefined) this.#chunks.push({ key, value: after });
  });
  /** Lanes have theirs elsewhere. */
  readonly cursors: Stored<'cursors'> = new MemoryTable(() => undefined);
  #undo: Undo[] = [];
  #chunks: { readonly key: ChunkKey; readonly value: Uint8Array }[] = [];

  constructor() {
    this.meta.set('state', NEW);
  }

  /** What `work` writes, of which nothing stays: neither when it throws. */
  capture(work: () => void): Captured {
    try {
      work();
      const last = new Map(this.#undo.map((one) => [`${one.table} ${JSON.stringify(one.key)}`, one]));
      const writes = [...last.values()].map(({ table, key, after: value }) => ({ table, key, value }));
      return { writes, chunks: this.#chunks };
    } finally {
      for (const { table, key, before } of this.#undo.reverse()) this.#set(table, key, before);
      for (const { key } of this.#chunks) this.chunks.set(key, undefined);
      this.#undo = [];
      this.#chunks = [];
    }
  }

  /** They are committed, or were read, or another is to see them. Gives what undoes it. */
  apply(writes: readonly Write[]): () => void {
    const before = writes.map(({ table, key }) => ({ table, key, value: this.#get(table, key) }));
    for (const { table, key, value } of writes) this.#set(table, key, value);
    return () => {
      for (const { table, key, value } of before) this.#set(table, key, value);
    };
  }

  /** As the core would write it: to be captured. */
  put(writes: readonly Write[]): void {
    for (const { table, key, value } of writes) {
      if (value === undefined) this.#untyped(table).remove(key);
      else this.#untyped(table).put(key, value);
    }
  }

  /** What stands under a key. */
  valueAt(table: KeptTable, key: Key): unknown {
    return this.#get(table, key);
  }

  /** All that stands in a table. */
  rangeOf(table: KeptTable): Iterable<{ readonly key: Key; readonly value: unknown }> {
    return this.#untyped(table).getRange();
  }

  #kept<Name extends KeptTable>(table: Name): Stored<Name> {
    const onChange = (change: Omit<Undo, 'table'>): void => {
      this.#undo.push({ table, ...change });
    };
    // A table of the name's own types, which `Stored` has computed.
    return new MemoryTable<never, unknown>(onChange) as unknown as Stored<Name>;
  }

  #get(table: KeptTable, key: Key): unknown {
    return this.#untyped(table).get(key);
  }

  #set(table: KeptTable, key: Key, value: unknown): void {
    this.#untyped(table).set(key, value);
  }

  /** Whatever stands in a record was written by a table of the same name. */
  #untyped(table: KeptTable): MemoryTable<Key, unknown> {
    return this[table] as unknown as MemoryTable<Key, unknown>;
  }
}

/** Of a source of which nothing was ever written. */
const NEW: StoredMeta = {
  format: FORMAT,
  owner: '',
  next: 1,
  offset: 0,
  maxBytes: 0,
  sources: [],
  lanes: [],
  deadLetters: {},
  oddities: {},
};
