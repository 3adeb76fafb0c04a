/** A batch of records as it stands in a request (kafka.apache.org/documentation, Message Format, v2). */
import { gunzipSync } from 'node:zlib';
import { Reader } from './wire.ts';

export interface BatchRecord {
  readonly key: string | null;
  readonly value: string;
  readonly timestampMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface RecordBatch {
  /** Of the whole batch as it was sent. */
  readonly bytes: number;
  /** 0 none, 1 gzip, 2 snappy, 3 lz4. */
  readonly codec: number;
  readonly producerId: bigint;
  readonly sequence: number;
  readonly records: readonly BatchRecord[];
}

export function readBatch(bytes: Buffer): RecordBatch {
  const reader = new Reader(bytes);
  reader.int64(); // base offset
  reader.int32(); // length
  reader.int32(); // leader's epoch
  if (reader.int8() !== 2) throw new Error('no batch of the format v2');
  reader.int32(); // checksum
  const codec = reader.int16() & 7;
  reader.int32(); // last offset
  const firstMs = Number(reader.int64());
  reader.int64(); // highest time
  const producerId = reader.int64();
  reader.int16(); // producer's epoch
  const sequence = reader.int32();
  const count = reader.int32();
  const rest = reader.take(reader.left);
  const packed = new Reader(codec === 1 && rest.length > 0 ? gunzipSync(rest) : rest);
  const records = Array.from({ length: count }, () => readRecord(packed, firstMs));
  return { bytes: bytes.length, codec, producerId, sequence, records };
}

function readRecord(batch: Reader, firstMs: number): BatchRecord {
  const reader = new Reader(batch.varbytes() ?? Buffer.alloc(0));
  reader.int8(); // attributes
  const timestampMs = firstMs + reader.varint();
  reader.varint(); // offset
  const key = reader.varbytes();
  const value = reader.varbytes();
  const headers = Array.from({ length: reader.varint() }, () => [
    (reader.varbytes() ?? '').toString(),
    (reader.varbytes() ?? '').toString(),
  ]);
  return {
    key: key === null ? null : key.toString(),
    value: (value ?? '').toString(),
    timestampMs,
    headers: Object.fromEntries(headers),
  };
}
