/** What is made of values that come over and over, kept for the next time. For normalization, where every event names somebody. */

/** Keeps up to `most` values; when one more comes all are forgotten, which costs less than to know which were used last. */
export class BoundedCache<K, V> {
  readonly #most: number;
  readonly #make: (key: K) => V;
  readonly #values = new Map<K, V>();

  /** @param make pure: what it gives for a key may be kept or made anew at any time. */
  constructor(most: number, make: (key: K) => V) {
    this.#most = most;
    this.#make = make;
  }

  of(key: K): V {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const made = this.#make(key);
    if (this.#values.size >= this.#most) this.#values.clear();
    this.#values.set(key, made);
    return made;
  }
}
