/** A set of 16-byte hashes in one typed array: 16 to 32 bytes an id, where a `Set` of strings takes over 100. */
import { hash } from 'node:crypto';

/** Four 32-bit words an id. */
export const WORDS = 4;
const MIN_SLOTS = 16;

/** Open addressing with linear probing; a slot of zeros is free. */
export class IdTable {
  #slots = new Uint32Array(MIN_SLOTS * WORDS);
  #size = 0;

  /** Bytes of memory. */
  get bytes(): number {
    return this.#slots.byteLength;
  }

  /** Adds the id at `words[at]` to `words[at + 3]`. @returns false when it was there. */
  add(words: Uint32Array, at: number): boolean {
    const slot = this.#find(words, at);
    if (this.#taken(slot)) return false;
    for (let word = 0; word < WORDS; word += 1) this.#slots[slot + word] = words[at + word] ?? 0;
    this.#size += 1;
    if (this.#size * WORDS * 4 > this.#slots.length * 3) this.#grow();
    return true;
  }

  has(words: Uint32Array, at: number): boolean {
    return this.#taken(this.#find(words, at));
  }

  /** Index of the id's slot, or of the free one where it would stand. */
  #find(words: Uint32Array, at: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = ((words[at] ?? 0) * WORDS) & mask;
    while (this.#taken(slot) && !this.#holds(slot, words, at)) slot = (slot + WORDS) & mask;
    return slot;
  }

  #holds(slot: number, words: Uint32Array, at: number): boolean {
    const slots = this.#slots;
    for (let word = 0; word < WORDS; word += 1) if (slots[slot + word] !== words[at + word]) return false;
    return true;
  }

  #taken(slot: number): boolean {
    const slots = this.#slots;
    return (slots[slot] || slots[slot + 1] || slots[slot + 2] || slots[slot + 3] || 0) !== 0;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    this.#size = 0;
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at] || old[at + 1] || old[at + 2] || old[at + 3]) this.add(old, at);
    }
  }
}

/**
 * The first 16 bytes of each id's SHA-256, one after the other. Hashed as UTF-16, because two ids
 * that differ only in a lone surrogate are the same bytes in UTF-8, and one event would be lost.
 */
export function hashIds(ids: readonly string[]): Uint32Array {
  const bytes = Buffer.alloc(ids.length * WORDS * 4);
  ids.forEach((id, index) => {
    bytes.write(hash('sha256', Buffer.from(id, 'utf16le'), 'binary').slice(0, 16), index * 16, 'latin1');
  });
  return new Uint32Array(bytes.buffer, bytes.byteOffset, ids.length * WORDS);
}
