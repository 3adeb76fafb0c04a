/**
 * Chance by seed: the same numbers give the same events on every machine, so nothing has to be stored
 * but the seed, and a fault that a test found can be had again.
 */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Odd, and far from any simple ratio to 2^32 (the golden ratio): successive states differ in many bits. */
const step = 0x9e3779b9;

/** One stream of numbers. Streams of different keys have nothing visible in common. */
export class Random {
  #state: number;

  /** @param keys whole numbers, such as the seed, what the stream is for, and the event's number. */
  constructor(...keys: readonly number[]) {
    this.#state = keys.reduce((state, key) => mix32(state ^ mix32(key + step)), 0);
  }

  /** A whole number in [0, 2^32). */
  bits(): number {
    this.#state = (this.#state + step) | 0;
    return mix32(this.#state);
  }

  /** A number in [0, 1). */
  next(): number {
    return this.bits() / 2 ** 32;
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** True in `share` of the cases, 0 to 1. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    // Within the list by construction, which the compiler cannot see.
    return list[this.below(list.length)] as T;
  }

  /** `length` letters and digits, as the API's ids have them. */
  letters(length: number): string {
    let text = '';
    // 62^5 fits into 32 bits, so one draw gives five characters.
    for (let bits = 0; text.length < length; bits = Math.floor(bits / alphabet.length)) {
      if (text.length % 5 === 0) bits = this.bits();
      text += alphabet.charAt(bits % alphabet.length);
    }
    return text;
  }

  /** `length` hexadecimal digits. */
  hex(length: number): string {
    let text = '';
    while (text.length < length) text += this.bits().toString(16).padStart(8, '0');
    return text.slice(0, length);
  }
}

/**
 * Scatters whole numbers in [0, 2^32); each result comes from one number only, which `unmix32` finds.
 * The final step of MurmurHash3 (Austin Appleby, public domain).
 */
export function mix32(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The number in [0, 2^32) that `mix32` turned into `hash`: its steps backwards, with the inverse factors modulo 2^32. */
export function unmix32(hash: number): number {
  let value = hash ^ (hash >>> 16);
  value = Math.imul(value, 0x7ed1b41d);
  value ^= (value >>> 13) ^ (value >>> 26);
  value = Math.imul(value, 0xa5cb9243);
  return (value ^ (value >>> 16)) >>> 0;
}

/** A number in [0, 62^length) written with letters and digits. */
export function toLetters(value: number, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest = Math.floor(rest / alphabet.length)) {
    text = alphabet.charAt(rest % alphabet.length) + text;
  }
  return text;
}

/** What `toLetters` wrote; undefined when a character is none of its own. */
export function fromLetters(text: string): number | undefined {
  let value = 0;
  for (const character of text) {
    const digit = alphabet.indexOf(character);
    if (digit < 0) return undefined;
    value = value * alphabet.length + digit;
  }
  return value;
}
