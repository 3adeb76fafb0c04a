/**
 * A table of the journal whose every value carries a checksum of itself, its key and its table: what the disk has
 * changed, or what stands under another key than it was written under, is damage and never a value.
 *
 *   bytes 0–3   CRC-32 of the table's name, the key as JSON and all that follows, little-endian
 *   the rest    the value: JSON, or bytes as they were given
 */
import { crc32 } from 'node:zlib';
import { RelayError } from '../errors.ts';
import type { Key, Range, RawTable, Table } from './table.ts';

/** What a checksum adds to a value. */
export const CHECK_BYTES = 4;
/** LMDB's own errors (lmdb 3.5.6, `lmdb.h`), less those that say that there is no room or nothing there. */
const LMDB_ERRORS = { least: -30_799, most: -30_760 } as const;
const NO_DAMAGE: ReadonlySet<number> = new Set([-30_799, -30_798, -30_792, -30_791, -30_790, -30_788, -30_785]);

/** What a reader is told when bytes on disk are not what was written. */
export function damaged(place: string, cause?: unknown): RelayError {
  const fix = 'restore the folder from a copy; or start with journal.on_damage: set_aside, which reads the past again';
  return new RelayError('JOURNAL_DAMAGED', `the journal cannot be read (${place}): ${fix}`, cause);
}

/** Whether LMDB says by it that its file is not as it must be. */
export function isDamage(error: unknown): boolean {
  const code: unknown = Object(error).code;
  return typeof code === 'number' && code >= LMDB_ERRORS.least && code <= LMDB_ERRORS.most && !NO_DAMAGE.has(code);
}

/** How values stand in bytes. */
export interface Codec<V> {
  encode(value: V): Uint8Array;
  decode(bytes: Uint8Array): V;
}

export function jsonCodec<V>(): Codec<V> {
  return {
    encode: (value) => Buffer.from(JSON.stringify(value)),
    // The checksum vouches for it: this is what `encode` made of a `V`.
    decode: (bytes) => JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as V,
  };
}

export const bytesCodec: Codec<Uint8Array> = { encode: (bytes) => bytes, decode: (bytes) => bytes };

export type KeyShape = 'text' | readonly ('string' | 'number')[];

export interface CheckedTableOptions<K extends Key, V> {
  readonly name: string;
  /** Of what a key is made: one text, or a list. */
  readonly keys: KeyShape;
  /** LMDB's own. */
  readonly table: RawTable<K, Uint8Array>;
  readonly codec: Codec<V>;
  /**
   * Of a table with one value, read several times a transaction: it is decoded anew only when its bytes are others. With a thousand
   * sources the state has 40 kB, and reading it was a third of what a commit took.
   */
  readonly isOneValue?: boolean;
  /** Whatever damage is met, before it is thrown. */
  onDamage(error: RelayError): void;
  /** A value of so many bytes is put, or with 0 one is taken away; before it is. */
  onChange?(bytes: number): void;
}

/** @throws RelayError `JOURNAL_DAMAGED` from whatever reads. */
export class CheckedTable<K extends Key, V> implements Table<K, V> {
  readonly #options: CheckedTableOptions<K, V>;
  #last: { readonly bytes: Uint8Array; readonly value: V } | undefined;

  constructor(options: CheckedTableOptions<K, V>) {
    this.#options = options;
  }

  get(key: K): V | undefined {
    const { table } = this.#options;
    const bytes = this.#guarded(() => table.get(key));
    if (bytes === undefined) return undefined;
    if (this.#options.isOneValue !== true) return this.#decoded(key, bytes);
    if (this.#last === undefined || Buffer.compare(this.#last.bytes, bytes) !== 0) {
      // LMDB may give the same memory for the next value.
      this.#last = { value: this.#decoded(key, bytes), bytes: Buffer.from(bytes) };
    }
    return this.#last.value;
  }

  isWhole(key: K): boolean {
    const { table, name } = this.#options;
    try {
      const bytes = table.get(key);
      return bytes !== undefined && contentOf(name, key, bytes) !== undefined;
    } catch {
      return false;
    }
  }

  put(key: K, value: V): void {
    const { table, codec, name } = this.#options;
    const content = codec.encode(value);
    const bytes = Buffer.allocUnsafe(CHECK_BYTES + content.length);
    bytes.set(content, CHECK_BYTES);
    bytes.writeUInt32LE(checkOf(name, JSON.stringify(key), content));
    this.#options.onChange?.(bytes.length);
    this.#guarded(() => table.put(key, bytes));
  }

  remove(key: K): void {
    const { table, onChange } = this.#options;
    onChange?.(0);
    this.#guarded(() => table.remove(key));
  }

  *getKeys(range?: Range): Iterable<K> {
    for (const key of this.#stepwise(() => this.#options.table.getKeys(range))) {
      if (!this.#isOurs(key)) throw this.#strange();
      yield key;
    }
  }

  *getRange(range?: Range): Iterable<{ readonly key: K; readonly value: V }> {
    for (const { key, value } of this.#stepwise(() => this.#options.table.getRange(range))) {
      yield { key, value: this.#decoded(key, value) };
    }
  }

  getStats(): object {
    return this.#guarded(() => this.#options.table.getStats());
  }

  #decoded(key: K, bytes: Uint8Array): V {
    const { name, codec } = this.#options;
    if (!this.#isOurs(key)) throw this.#strange();
    const content = contentOf(name, key, bytes);
    if (content === undefined) {
      throw this.#damaged(`${name} ${JSON.stringify(key)}`, new Error('the checksum differs'));
    }
    return codec.decode(content);
  }

  /** As LMDB decodes it, which gives whatever the bytes may mean. */
  #isOurs(key: unknown): boolean {
    return hasShape(key, this.#options.keys);
  }

  #strange(): RelayError {
    return this.#damaged(this.#options.name, new Error('a key is none of ours'));
  }

  /** What LMDB finds wrong is damage too. */
  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw isDamage(error) ? this.#damaged(this.#options.name, error) : error;
    }
  }

  /** Keys are decoded on the way, and whatever cannot be decoded is damaged. */
  *#stepwise<T>(begin: () => Iterable<T>): Iterable<T> {
    const iterator = this.#guarded(() => begin()[Symbol.iterator]());
    try {
      for (;;) {
        const next = this.#next(iterator);
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      iterator.return?.();
    }
  }

  #next<T>(iterator: Iterator<T>): IteratorResult<T> {
    try {
      return iterator.next();
    } catch (error) {
      throw this.#damaged(this.#options.name, error);
    }
  }

  #damaged(place: string, cause: unknown): RelayError {
    const error = damaged(place, cause);
    this.#options.onDamage(error);
    return error;
  }
}

/** Whether a key, as LMDB decodes it, is made as those of a table are. */
export function hasShape(key: unknown, keys: KeyShape): key is Key {
  if (keys === 'text') return typeof key === 'string';
  return Array.isArray(key) && key.length === keys.length && keys.every((kind, at) => typeof key[at] === kind);
}

/** A value without its checksum. Undefined: it does not stand where and as it was written. */
export function contentOf(table: string, key: Key, bytes: Uint8Array): Buffer | undefined {
  const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const content = value.subarray(CHECK_BYTES);
  const isWhole = value.length >= CHECK_BYTES && value.readUInt32LE() === checkOf(table, JSON.stringify(key), content);
  return isWhole ? content : undefined;
}

function checkOf(table: string, key: string, content: Uint8Array): number {
  return crc32(content, crc32(`${table} ${key}`));
}
