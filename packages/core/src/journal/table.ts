/** The few calls that the journal makes of one database, and what its keys may be; `store.ts` has which there are. */

export interface Range {
  readonly start?: Key;
  readonly end?: Key;
  readonly reverse?: boolean;
  readonly limit?: number;
}

export type Key = string | readonly (string | number)[];

/** The few calls that the journal makes of one LMDB database; writes only inside `transaction`. */
export interface RawTable<K extends Key, V> {
  get(key: K): V | undefined;
  put(key: K, value: V): unknown;
  remove(key: K): unknown;
  getKeys(range?: Range): Iterable<K>;
  getRange(range?: Range): Iterable<{ readonly key: K; readonly value: V }>;
  getStats(): object;
}

/** With the checksums of its values. */
export interface Table<K extends Key, V> extends RawTable<K, V> {
  /** Whether the value is as it was written. Never throws, and tells nobody of damage. */
  isWhole(key: K): boolean;
}
