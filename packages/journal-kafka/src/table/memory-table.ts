/**
 * An ordered table in memory with the few calls that the core makes of LMDB's, so that what it decides of tables can be decided
 * of what was read from a topic. Writes are told to whoever owns it, which makes records of them. Numbers of stored keys are finite;
 * bounds of a range need not be.
 */
import type { Key, Range, Table } from '@audit-relay/core/journal';

/** A key's value was so, and is so; undefined: it has none. */
export interface Change<K extends Key, V> {
  readonly key: K;
  readonly before: V | undefined;
  readonly after: V | undefined;
}

export class MemoryTable<K extends Key, V> implements Table<K, V> {
  /** In ascending order. */
  readonly #keys: K[] = [];
  readonly #values = new Map<string, V>();
  readonly #onChange: (change: Change<K, V>) => void;

  constructor(onChange: (change: Change<K, V>) => void) {
    this.#onChange = onChange;
  }

  get(key: K): V | undefined {
    return this.#values.get(nameOf(key));
  }

  isWhole(key: K): boolean {
    return this.#values.has(nameOf(key));
  }

  put(key: K, value: V): void {
    this.#onChange({ key, before: this.get(key), after: value });
    this.set(key, value);
  }

  remove(key: K): void {
    const before = this.get(key);
    if (before === undefined) return;
    this.#onChange({ key, before, after: undefined });
    this.set(key, undefined);
  }

  /** Without a word to the owner. @param value undefined: takes it away. */
  set(key: K, value: V | undefined): void {
    const name = nameOf(key);
    const isThere = this.#values.has(name);
    if (value !== undefined) this.#values.set(name, value);
    else this.#values.delete(name);
    if (isThere === (value !== undefined)) return;
    this.#keys.splice(this.#firstFrom(key), isThere ? 1 : 0, ...(isThere ? [] : [key]));
  }

  /** As of now: what changes meanwhile is not seen. */
  getKeys({ start, end, reverse = false, limit }: Range = {}): Iterable<K> {
    // As with LMDB: the start is included, the end is not, and backwards the start is the greater one.
    const low = reverse ? this.#after(end) : this.#from(start, 0);
    const high = reverse ? this.#after(start, this.#keys.length) : this.#from(end, this.#keys.length);
    const found = this.#keys.slice(low, high);
    if (reverse) found.reverse();
    return limit === undefined ? found : found.slice(0, limit);
  }

  *getRange(range?: Range): Iterable<{ readonly key: K; readonly value: V }> {
    for (const key of this.getKeys(range)) {
      const value = this.get(key);
      if (value !== undefined) yield { key, value };
    }
  }

  getStats(): object {
    return { entryCount: this.#keys.length };
  }

  #from(key: Key | undefined, otherwise: number): number {
    return key === undefined ? otherwise : this.#firstFrom(key);
  }

  /** Index of the first key after `key`. */
  #after(key: Key | undefined, otherwise = 0): number {
    if (key === undefined) return otherwise;
    const at = this.#firstFrom(key);
    const found = this.#keys[at];
    return found !== undefined && compareKeys(found, key) === 0 ? at + 1 : at;
  }

  /** Index of the first key that is not before `key`. */
  #firstFrom(key: Key): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const found = this.#keys[middle];
      if (found !== undefined && compareKeys(found, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function nameOf(key: Key): string {
  return JSON.stringify(key);
}

/** As LMDB's keys are ordered: part by part, numbers before texts, the shorter of two that are alike first. */
export function compareKeys(a: Key, b: Key): number {
  const left = partsOf(a);
  const right = partsOf(b);
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const order = compareParts(left[at] ?? 0, right[at] ?? 0);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function partsOf(key: Key): readonly (string | number)[] {
  return typeof key === 'string' ? [key] : key;
}

function compareParts(a: string | number, b: string | number): number {
  if (a === b) return 0;
  // Texts as their bytes are ordered.
  if (typeof a === 'string') return typeof b === 'string' ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : 1;
  return typeof b === 'string' || a < b ? -1 : 1;
}
