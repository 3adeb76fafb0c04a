/**
 * The body of a request, written as UTF-8 piece by piece. Joined as one text first, it would be flattened, encoded and kept
 * in the heap until the old generation is collected: that was a kilobyte and a half of garbage an event.
 */

const LEAST_BYTES = 4096;
/** UTF-8 takes at most so many bytes for one UTF-16 code unit. */
const MOST_BYTES_A_UNIT = 3;

export class TextBytes {
  #buffer: Buffer;
  #length = 0;

  /** @param expectedBytes room from the start; more is made when it is needed. */
  constructor(expectedBytes: number = LEAST_BYTES) {
    this.#buffer = Buffer.allocUnsafe(Math.max(LEAST_BYTES, expectedBytes));
  }

  /** No piece may end in the middle of a surrogate pair that the next one completes. */
  add(text: string): void {
    if (this.#buffer.length - this.#length < text.length * MOST_BYTES_A_UNIT) this.#makeRoom(Buffer.byteLength(text));
    this.#length += this.#buffer.write(text, this.#length);
  }

  /** Bytes that stand somewhere else, a document of an envelope's above all. */
  addBytes(source: { readonly bytes: number; copyTo(target: Uint8Array, offset: number): void }): void {
    this.#makeRoom(source.bytes);
    source.copyTo(this.#buffer, this.#length);
    this.#length += source.bytes;
  }

  /** All that was added so far. Nothing may be added afterwards. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
