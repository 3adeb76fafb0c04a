/**
 * The last step of an answer: its bytes and how they reach the client, if they do. The body is
 * altered and compressed, then sent in pieces, at a pace, up to the point at which the line breaks.
 */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { Knobs } from './knobs.ts';
import type { Reply } from './reply.ts';

const compress = promisify(gzip);
/** Below this a compressed body is hardly smaller. */
const minCompressedBytes = 1_024;
/** In how many pieces a slow body comes. */
const slowPieces = 20;

/** What is sent, under which knobs, to whom. */
export interface Delivery {
  readonly reply: Reply;
  readonly knobs: Knobs;
  /** The request's `accept-encoding`. */
  readonly accepted: string;
  /** Those that every answer has. The reply's own win. */
  readonly headers: () => Readonly<Record<string, string | number>>;
  /** Ends a slow answer early. */
  readonly signal: AbortSignal;
}

type Damage = (body: Uint8Array, knobs: Knobs) => Uint8Array;

/** Each leaves the body alone while its knob stands as it came. */
const damages: readonly Damage[] = [
  (body, { several_documents }) => (several_documents ? Buffer.concat([body, Buffer.from('\n'), body]) : body),
  (body, { truncated_json }) => (truncated_json ? body.subarray(0, body.length >> 1) : body),
];

/** The body as the knobs damage it; not compressed. */
export function damaged(body: Uint8Array, knobs: Knobs): Uint8Array {
  return damages.reduce((bytes, damage) => damage(bytes, knobs), body);
}

/** Resolves when the answer has been sent, or broken off as it was to be. */
export async function deliver(response: ServerResponse, delivery: Delivery): Promise<void> {
  const { reply, knobs, accepted } = delivery;
  if (knobs.reset === 'before_head') return reset(response);
  const { headers, body } = await encode(reply, knobs, accepted);
  response.writeHead(reply.status, { ...delivery.headers(), ...headers });
  if (body instanceof Readable) await pipeline(body, response);
  else if (knobs.reset === 'no' && knobs.slow_body_ms === 0) response.end(body);
  else await sendBadly(response, body, delivery);
}

async function sendBadly(response: ServerResponse, body: Uint8Array, { knobs, signal }: Delivery): Promise<void> {
  response.flushHeaders();
  const sent = { no: body.length, before_head: 0, before_body: 0, mid_body: body.length >> 1 }[knobs.reset];
  const pieces = knobs.slow_body_ms === 0 ? 1 : slowPieces;
  const size = Math.max(1, Math.ceil(sent / pieces));
  for (let start = 0; start < sent; start += size) {
    if (knobs.slow_body_ms > 0) await sleep(knobs.slow_body_ms / pieces, undefined, { signal });
    await written(response, body.subarray(start, Math.min(start + size, sent)));
  }
  if (knobs.reset === 'no') response.end();
  else reset(response);
}

/** Resolves once the operating system has taken the piece; rejects when the client has gone. */
async function written(response: ServerResponse, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}

/** A TCP reset, not an orderly end. */
function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

/** Compresses what is worth it for a client that takes gzip; a reply that names its own encoding stays as it is. */
async function encode(
  { headers = {}, body }: Reply,
  knobs: Knobs,
  accepted: string,
): Promise<{ readonly headers: Readonly<Record<string, string | number>>; readonly body: Uint8Array | Readable }> {
  if (body instanceof Readable) return { headers, body };
  const whole = typeof body === 'string' ? Buffer.from(body) : body;
  const bytes = damaged(whole, knobs);
  if (headers['content-encoding'] !== undefined || !isCompressed(bytes, knobs, accepted)) {
    return { headers: { 'content-length': bytes.length, ...headers }, body: bytes };
  }
  // The fastest level: the processor is shared with what is being tested.
  const compressed = await compress(bytes, { level: constants.Z_BEST_SPEED });
  return {
    headers: { ...headers, 'content-encoding': 'gzip', vary: 'accept-encoding', 'content-length': compressed.length },
    body: compressed,
  };
}

function isCompressed(bytes: Uint8Array, { gzip: form }: Knobs, accepted: string): boolean {
  if (form !== 'accepted') return form === 'always';
  const takesGzip = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(accepted);
  return takesGzip && bytes.length >= minCompressedBytes;
}
