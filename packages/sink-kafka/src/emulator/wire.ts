/** The types of Kafka's protocol (kafka.apache.org/protocol), read and written by code that is not the client's. */

export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  int8(): number {
    this.#at += 1;
    return this.#bytes.readInt8(this.#at - 1);
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  int64(): bigint {
    this.#at += 8;
    return this.#bytes.readBigInt64BE(this.#at - 8);
  }

  take(length: number): Buffer {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  string(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.take(length).toString();
  }

  bytes(): Buffer {
    return this.take(Math.max(0, this.int32()));
  }

  list<T>(one: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, one);
  }

  /** Zigzag, of records. */
  varlong(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(this.int8() & 0xff);
      value |= (byte & 0x7fn) << shift;
      if ((byte & 0x80n) === 0n) return (value >> 1n) ^ -(value & 1n);
    }
  }

  varint(): number {
    return Number(this.varlong());
  }

  varbytes(): Buffer | null {
    const length = this.varint();
    return length < 0 ? null : this.take(length);
  }
}

export class Writer {
  readonly #parts: Buffer[] = [];

  int8(value: number): this {
    return this.#put(1, (buffer) => buffer.writeInt8(value));
  }

  int16(value: number): this {
    return this.#put(2, (buffer) => buffer.writeInt16BE(value));
  }

  int32(value: number): this {
    return this.#put(4, (buffer) => buffer.writeInt32BE(value));
  }

  int64(value: bigint): this {
    return this.#put(8, (buffer) => buffer.writeBigInt64BE(value));
  }

  string(value: string | null): this {
    this.int16(value === null ? -1 : Buffer.byteLength(value));
    if (value !== null) this.#parts.push(Buffer.from(value));
    return this;
  }

  bytes(value: Buffer): this {
    this.int32(value.length);
    this.#parts.push(value);
    return this;
  }

  list<T>(items: readonly T[], one: (item: T) => unknown): this {
    this.int32(items.length);
    for (const item of items) one(item);
    return this;
  }

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #put(length: number, write: (buffer: Buffer) => void): this {
    const buffer = Buffer.alloc(length);
    write(buffer);
    this.#parts.push(buffer);
    return this;
  }
}
