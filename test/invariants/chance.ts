/** Chance by seed: a run that went wrong can be had again from its number alone. */

/** One stream of numbers. */
export class Chance {
  readonly #seed: number;
  #state: number;

  /** @param seed a whole number. */
  constructor(seed: number) {
    this.#seed = seed;
    this.#state = seed;
  }

  /** Another stream with the same seed: how much is drawn from one does not change the others. */
  stream(name: string): Chance {
    let hash = this.#seed | 0;
    for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
    return new Chance(hash ^ (hash >>> 15));
  }

  /** A number in [0, 1), by the 32-bit generator of Tommy Ettinger. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** True in `share` of the cases. */
  is(share: number): boolean {
    return this.next() < share;
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** The same, small ones far more often than large ones. */
  mostlySmall(least: number, most: number): number {
    return least + Math.floor(this.next() ** 3 * (most - least + 1));
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    // Within the list by construction, which the compiler cannot see.
    return list[this.whole(0, list.length - 1)] as T;
  }

  /** A list of 0 to `most` things. */
  some<T>(most: number, make: (chance: Chance) => T): readonly T[] {
    return Array.from({ length: this.mostlySmall(0, most) }, () => make(this));
  }
}
