/** Undoes `Content-Encoding`: leniently in how a coding is written, strictly in what comes out and how much. */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, gunzipSync, inflate, inflateRaw } from 'node:zlib';

/** zlib's own steps are of 16 KiB, and each waits for a turn of the event loop: a dozen of them a page. */
const LONGEST_STEP = 2 ** 20;
const SHORTEST_STEP = 2 ** 14;

/** More codings than this on one body are nobody's honest work. */
const MOST_CODINGS = 3;

interface Bounds {
  readonly maxOutputLength: number;
  readonly chunkSize: number;
}

const gunzippedElsewhere: (sent: Uint8Array, bounds: Bounds) => Promise<Buffer> = promisify(gunzip);
const inflated: (sent: Uint8Array, bounds: Bounds) => Promise<Buffer> = promisify(inflate);
const inflatedRaw: (sent: Uint8Array, bounds: Bounds) => Promise<Buffer> = promisify(inflateRaw);
const unbrotlied: (sent: Uint8Array, bounds: Bounds) => Promise<Buffer> = promisify(brotliDecompress);

/** Of a page of the API as sent, and more; and of it as unpacked: half a millisecond. */
const MOST_SENT_AT_ONCE = 2 ** 17;
const MOST_AT_ONCE = 2 ** 19;

/**
 * What is small is unpacked on the spot: by a stream, in another thread, a page of 100 events took 120 µs of CPU, and takes 70.
 * What is large, or turns out to be larger than it says, must not hold up the others.
 */
async function gunzipped(sent: Uint8Array, bounds: Bounds): Promise<Buffer> {
  if (sent.length > MOST_SENT_AT_ONCE || bounds.chunkSize > MOST_AT_ONCE) return gunzippedElsewhere(sent, bounds);
  const maxOutputLength = Math.min(bounds.maxOutputLength, MOST_AT_ONCE);
  try {
    return gunzipSync(sent, { ...bounds, maxOutputLength });
  } catch (error) {
    if (maxOutputLength < bounds.maxOutputLength && isTooLarge(error)) return gunzippedElsewhere(sent, bounds);
    throw error;
  }
}

/** RFC 9110, section 8.4.1; names are case-insensitive. */
const DECODERS: Readonly<Record<string, (sent: Uint8Array, bounds: Bounds) => Promise<Buffer>>> = {
  gzip: gunzipped,
  'x-gzip': gunzipped,
  // The standard means zlib's wrapping, which some servers leave out.
  deflate: (sent, bounds) => ((sent[0] ?? 0) % 16 === 8 ? inflated(sent, bounds) : inflatedRaw(sent, bounds)),
  br: unbrotlied,
};

/** A body as it was meant, or why it cannot be had. */
export type Unpacked =
  | { readonly kind: 'body'; readonly body: Uint8Array }
  /** `unreadable`: it is not what its label says; `unknown`: a coding that nobody asked for. */
  | { readonly kind: 'too_large' | 'unreadable' | 'unknown' };

/** What may come out. */
export interface UnpackLimits {
  /** Of each step. */
  readonly maxBytes: number;
  /** Whether there is room for so many bytes. Asked before a step where gzip says how many it makes, and after it. */
  mayTake(bytes: number): boolean;
}

/** @param encoding the header's value: `gzip`, `x-gzip`, `deflate`, `br`, `identity`, or a list of them. */
export async function unpack(
  sent: Uint8Array,
  encoding: string | undefined,
  { maxBytes, mayTake }: UnpackLimits,
): Promise<Unpacked> {
  const codings = (encoding ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  if (codings.length > MOST_CODINGS) return { kind: 'unknown' };
  let body = sent;
  // In the order in which they were applied.
  for (const coding of codings.toReversed()) {
    const decode = DECODERS[coding];
    if (decode === undefined) return { kind: 'unknown' };
    if (coding.endsWith('gzip') && lengthTold(body) <= maxBytes && !mayTake(lengthTold(body)))
      return { kind: 'too_large' };
    try {
      body = await decode(body, { maxOutputLength: maxBytes, chunkSize: stepFor(body) });
      if (!mayTake(body.length)) return { kind: 'too_large' };
    } catch (error) {
      return { kind: isTooLarge(error) ? 'too_large' : 'unreadable' };
    }
  }
  return { kind: 'body', body };
}

function isTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
}

/** Room for what is told, and no more than that. */
function stepFor(sent: Uint8Array): number {
  return Math.min(LONGEST_STEP, Math.max(SHORTEST_STEP, lengthTold(sent) + 1));
}

/** The trailer of gzip ends with the length of the body (RFC 1952, section 2.3.1). A wrong one is found out while it is unpacked. */
function lengthTold(sent: Uint8Array): number {
  return sent.length < 4 ? 0 : Buffer.from(sent.buffer, sent.byteOffset, sent.length).readUInt32LE(sent.length - 4);
}
