/** The body of a request: a JSON list, each entry written at once into the bytes that go out, so that no text of it waits. */
import type { Entry } from './entry.ts';

const OPEN = 0x5b;
const CLOSE = 0x5d;
const COMMA = 0x2c;
const END_OF_ENTRY = 0x7d;

/** Both brackets. */
const EMPTY_BYTES = 2;

export class Body {
  #buffer: Buffer;
  /** Where the next entry begins, its comma included. */
  #at = 1;

  /**
   * @param bytes as long as it is likely to be: more makes it grow.
   * @param spare the `buffer` of a body that nobody reads any more.
   */
  constructor(bytes: number, spare: Buffer = Buffer.alloc(0)) {
    this.#buffer =
      spare.length < Math.max(bytes, EMPTY_BYTES) ? Buffer.allocUnsafe(Math.max(bytes, EMPTY_BYTES)) : spare;
    this.#buffer[0] = OPEN;
  }

  /** What it is written into. */
  get buffer(): Buffer {
    return this.#buffer;
  }

  /** Its length, if it ended here. */
  get bytes(): number {
    return this.#at + 1;
  }

  /** @throws Error when the entry has another length than it says: what is there then is no JSON. */
  add({ before, document, bytes }: Entry): void {
    // A comma before it, and a bracket after the last.
    const end = this.#at + bytes + (this.#at === 1 ? 0 : 1);
    if (end >= this.#buffer.length) this.#grow(end + 1);
    const buffer = this.#buffer;
    let at = this.#at;
    if (at > 1) at = buffer.writeUInt8(COMMA, at);
    at += buffer.write(before, at);
    at += buffer.write(document, at);
    if (at !== end - 1)
      throw new Error(`an entry of ${at + bytes - end + 1} bytes or more, where ${bytes} were counted`);
    this.#at = buffer.writeUInt8(END_OF_ENTRY, at);
  }

  /** The whole of it. Nothing is added afterwards. */
  end(): Buffer {
    this.#buffer.writeUInt8(CLOSE, this.#at);
    return this.#buffer.subarray(0, this.bytes);
  }

  #grow(least: number): void {
    const larger = Buffer.allocUnsafe(Math.max(least, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}
