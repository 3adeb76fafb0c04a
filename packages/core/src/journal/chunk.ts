/**
 * A chunk: entries of one commit as one value of the journal. Written by `source-journal.ts`, read
 * by `chunk-reader.ts`.
 *
 *   byte 0     version, 1
 *   bytes 1–4  CRC-32 of all that follows, little-endian, as all numbers here
 *   bytes 5–8  length of what follows once it is inflated
 *   the rest   raw deflate of: length of the header in 4 bytes, the header as JSON, the raw texts
 *
 * Deflate at level 1 and not lmdb's own LZ4: it shrinks these logs to a fraction of what LZ4 leaves,
 * and its length is known before the write, so that room can be counted exactly.
 * The header, e.g. {"origin":{"source":"acme",…},"ids":["audit_log-1"],"lengths":[680],…}, is JSON
 * because ids and types are free strings of the API: even a lone surrogate survives.
 */
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Entry } from '../entry.ts';
import { RelayError } from '../errors.ts';
import { LiveEntry } from '../event.ts';

const VERSION = 1;
const PREFIX_BYTES = 9;
/** Small enough to read one for a few entries, large enough that its overhead vanishes. */
const MAX_ENTRIES = 1000;
const MAX_CHARS = 1 << 20;

type Origin = Pick<Entry, 'source' | 'feed' | 'dialect' | 'organization' | 'again'>;

interface Header {
  readonly origin: Origin;
  readonly ids: readonly string[];
  readonly types: readonly string[];
  readonly timesMs: readonly number[];
  readonly receivedMs: readonly number[];
  /** Indexes of the entries whose time was guessed. */
  readonly guessed: readonly number[];
  /** Of each raw text, in UTF-8 bytes. */
  readonly lengths: readonly number[];
}

/** Cuts a commit's entries into what one chunk may hold, in order. */
export function splitIntoChunks(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const chunks: Entry[][] = [];
  let current: Entry[] = [];
  let chars = 0;
  for (const entry of entries) {
    const first = current[0];
    const full = current.length >= MAX_ENTRIES || chars + entry.raw.length > MAX_CHARS;
    if (first === undefined || full || !sameOrigin(first, entry)) {
      current = [];
      chars = 0;
      chunks.push(current);
    }
    current.push(entry);
    chars += entry.raw.length;
  }
  return chunks;
}

/** `entries` share one origin and are at least one, as `splitIntoChunks` gives them. */
export function encodeChunk(entries: readonly Entry[]): Buffer {
  const raws = entries.map((entry) => Buffer.from(entry.raw));
  const header = Buffer.from(JSON.stringify(headerOf(entries, raws)));
  const headerLength = Buffer.alloc(4);
  headerLength.writeUInt32LE(header.length);
  const content = Buffer.concat([headerLength, header, ...raws]);
  // In one go: zlib's own steps of 16 KiB would be pieced together again.
  const body = deflateRawSync(content, { level: 1, chunkSize: Math.max(64, content.length >> 1) });
  const chunk = Buffer.concat([Buffer.alloc(PREFIX_BYTES), body]);
  chunk.writeUInt8(VERSION);
  chunk.writeUInt32LE(content.length, 5);
  chunk.writeUInt32LE(crc32(chunk.subarray(5)), 1);
  return chunk;
}

/**
 * The entries of a chunk, as they were encoded.
 * @throws RelayError `JOURNAL_NEWER` for an unknown version; any other error means damage.
 */
export function decodeChunk(chunk: Uint8Array): readonly Entry[] {
  const value = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (value.readUInt8() > VERSION) {
    throw new RelayError('JOURNAL_NEWER', 'a newer version wrote this journal: start that version or a later one');
  }
  if (crc32(value.subarray(5)) !== value.readUInt32LE(1)) throw new Error('the checksum differs');
  // Room for all at once: zlib's own steps of 16 KiB would be pieced together again.
  const content = inflateRawSync(value.subarray(PREFIX_BYTES), { chunkSize: Math.max(64, value.readUInt32LE(5)) });
  const headerEnd = 4 + content.readUInt32LE();
  // The checksum vouches for it: this is what `encodeChunk` wrote.
  const header = JSON.parse(content.toString('utf8', 4, headerEnd)) as Header;
  return entriesOf(header, content, headerEnd);
}

function headerOf(entries: readonly Entry[], raws: readonly Buffer[]): Header {
  const first = entries[0];
  if (first === undefined) throw new Error('a chunk holds at least one entry');
  const { source, feed, dialect, organization, again } = first;
  return {
    origin: { source, feed, dialect, ...(organization && { organization }), ...(again && { again }) },
    ids: entries.map((entry) => entry.id),
    types: entries.map((entry) => entry.type),
    timesMs: entries.map((entry) => entry.timeMs),
    receivedMs: entries.map((entry) => entry.receivedMs),
    guessed: entries.flatMap((entry, index) => (entry.timeGuessed ? [index] : [])),
    lengths: raws.map((raw) => raw.length),
  };
}

function entriesOf(header: Header, content: Buffer, start: number): readonly Entry[] {
  const guessed = new Set(header.guessed);
  let from = start;
  return header.ids.map((id, index) => {
    const to = from + (header.lengths[index] ?? 0);
    // Each raw text is copied out: a slice of one large string would keep the whole chunk in memory.
    const raw = content.toString('utf8', from, to);
    from = to;
    return new LiveEntry({
      id,
      type: header.types[index] ?? 'unknown',
      timeMs: header.timesMs[index] ?? 0,
      ...(guessed.has(index) && { timeGuessed: true as const }),
      receivedMs: header.receivedMs[index] ?? 0,
      ...header.origin,
      raw,
    });
  });
}

function sameOrigin(a: Entry, b: Entry): boolean {
  return (
    a.source === b.source &&
    a.feed === b.feed &&
    a.dialect === b.dialect &&
    a.again === b.again &&
    a.organization?.id === b.organization?.id &&
    a.organization?.name === b.organization?.name
  );
}
