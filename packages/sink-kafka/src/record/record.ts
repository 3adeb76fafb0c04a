/** From an envelope to the record that goes out, and its size in a batch. */
import type { Envelope } from '@audit-relay/sink';
import type { KafkaConfig } from '../config.ts';
import { type Headers, headersOf } from './headers.ts';
import { keyOf } from './key.ts';

/** A record as a Kafka client takes it. */
export interface KafkaRecord {
  readonly key: Buffer | null;
  readonly value: Buffer;
  /** Milliseconds since the epoch, as text. */
  readonly timestamp: string;
  readonly headers: Headers;
}

/** A record on its way, with the place of its event in the batch and what it takes at most. */
export interface Outgoing {
  readonly index: number;
  readonly record: KafkaRecord;
  /** Upper bound in a batch that is not compressed. */
  readonly bytes: number;
  /** When the event happened; the record's own time may be another. */
  readonly timeMs: number;
}

export interface RecordOptions {
  readonly config: Pick<KafkaConfig, 'key' | 'cloudevents'>;
  readonly schemaVersion: string;
  /** The record's time for the time of its event. */
  timestampOf(timeMs: number): number;
}

/** Attributes, and the longest varints for its own length, time, offset, key, value and count of headers. */
const RECORD_BYTES = 1 + 5 + 10 + 5 + 5 + 5 + 5;
/** The longest varints for the lengths of a header's name and value. */
const HEADER_BYTES = 10;

export function outgoing(envelope: Envelope, index: number, options: RecordOptions): Outgoing {
  const { json, timeMs } = envelope;
  const key = keyOf(envelope, options.config.key);
  const { schemaVersion } = options;
  const headers = headersOf(envelope, { cloudevents: options.config.cloudevents, key, schemaVersion });
  const record = {
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from(json),
    timestamp: String(options.timestampOf(timeMs)),
    headers,
  };
  return { index, record, timeMs, bytes: bytesOf(record) };
}

/** In a batch of the record format v2 (kafka.apache.org/documentation, section Message Format), at most. */
function bytesOf({ key, value, headers }: KafkaRecord): number {
  let bytes = RECORD_BYTES + (key?.length ?? 0) + value.length;
  for (const [name, text] of Object.entries(headers)) bytes += HEADER_BYTES + name.length + Buffer.byteLength(text);
  return bytes;
}
