/**
 * In which hours an id may be known: 32 bits of it and 16 of the hour, in two typed arrays. It only says where to look:
 * `seen-ids.ts` asks the hour's own table, so that chance costs a look and never an event. An id that was taken back
 * or forgotten may stay here for a while; it is then looked for in vain.
 */

const MIN_SLOTS = 1024;
const HOUR_BITS = 16;
/** Shared: nearly every id is in no hour. */
const NONE: readonly number[] = [];

export class IdHours {
  readonly #maxSlots: number;
  /** Of ids; 0 is free. */
  #words = new Uint32Array(MIN_SLOTS);
  #bits = new Uint16Array(MIN_SLOTS);
  #size = 0;
  /** How many ids of each hour stand here. */
  readonly #hours = new Map<number, number>();
  /** Those hours by the bits that stand for them: one, unless they lie years apart. */
  readonly #byBits = new Map<number, Set<number>>();

  /** @param maxSlots a power of 2, of 6 bytes each; three quarters of them are filled at most. */
  constructor(maxSlots: number) {
    this.#maxSlots = maxSlots;
  }

  /** Of memory. */
  get bytes(): number {
    return this.#words.byteLength + this.#bits.byteLength;
  }

  /** Ids, those included that were forgotten since. */
  get size(): number {
    return this.#size;
  }

  /** No more fit. */
  get isFull(): boolean {
    return this.#size * 4 >= this.#maxSlots * 3;
  }

  /** The id that begins at `words[at]` was seen in `hour`. Nothing happens when it is full. */
  add(hour: number, words: Uint32Array, at: number): void {
    if (this.isFull) return;
    if (this.#size * 4 >= this.#words.length * 3) this.#grow();
    const bits = bitsOf(hour);
    this.#place(wordAt(words, at), bits);
    this.#size += 1;
    const ids = this.#hours.get(hour) ?? 0;
    this.#hours.set(hour, ids + 1);
    if (ids === 0) this.#byBits.set(bits, (this.#byBits.get(bits) ?? new Set()).add(hour));
  }

  /** The hours in which it may have been seen: none, for nearly every id that is new. */
  of(words: Uint32Array, at: number): readonly number[] {
    const word = wordAt(words, at);
    const mask = this.#words.length - 1;
    let hours = NONE;
    for (let slot = word & mask; this.#words[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#words[slot] === word) hours = [...hours, ...(this.#byBits.get(this.#bits[slot] ?? 0) ?? [])];
    }
    return hours;
  }

  /** The hours that are known here, the newest first, with how many ids each has. */
  hours(): readonly (readonly [hour: number, ids: number])[] {
    return [...this.#hours].toSorted(([a], [b]) => b - a);
  }

  /** @returns how many ids of it stand here in vain from now on. */
  forget(hour: number): number {
    const ids = this.#hours.get(hour) ?? 0;
    this.#hours.delete(hour);
    this.#byBits.get(bitsOf(hour))?.delete(hour);
    return ids;
  }

  #place(word: number, bits: number): void {
    const mask = this.#words.length - 1;
    let slot = word & mask;
    while (this.#words[slot] !== 0) slot = (slot + 1) & mask;
    this.#words[slot] = word;
    this.#bits[slot] = bits;
  }

  #grow(): void {
    const [words, bits] = [this.#words, this.#bits];
    this.#words = new Uint32Array(words.length * 2);
    this.#bits = new Uint16Array(words.length * 2);
    for (let slot = 0; slot < words.length; slot += 1) {
      const word = words[slot] ?? 0;
      if (word !== 0) this.#place(word, bits[slot] ?? 0);
    }
  }
}

/** Never 0, which stands for nothing. */
function wordAt(words: Uint32Array, at: number): number {
  return words[at] || 1;
}

function bitsOf(hour: number): number {
  return ((hour % 2 ** HOUR_BITS) + 2 ** HOUR_BITS) % 2 ** HOUR_BITS;
}
