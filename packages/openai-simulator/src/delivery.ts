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

/** How long a body of so many bytes takes to trickle in, in milliseconds. */
export function trickleMs(bytes: number, { slow_body_ms, body_bytes_per_s }: Knobs): number {
  return Math.max(slow_body_ms, body_bytes_per_s === 0 ? 0 : Math.ceil((bytes / body_bytes_per_s) * 1_000));
}

/** Resolves when the answer has been sent, or broken off as it was to be. */
export async function deliver(response: ServerResponse, delivery: Delivery): Promise<void> {
  const { reply, knobs } = delivery;
  if (knobs.reset === 'before_head') return reset(response);
  // Node puts one of its own where there is none.
  response.sendDate = knobs.date_form !== 'absent';
  if (reply.body instanceof Readable) {
    response.writeHead(reply.status, { ...delivery.headers(), ...reply.headers });
    return pipeline(reply.body, response);
  }
  const { headers, body, plainBytes } = await encode({ ...reply, body: reply.body }, delivery);
  response.writeHead(reply.status, { ...delivery.headers(), ...headers });
  const ms = trickleMs(plainBytes, knobs);
  if (knobs.reset === 'no' && ms === 0) response.end(body);
  else await sendBadly(response, body, { delivery, ms });
}

async function sendBadly(
  response: ServerResponse,
  body: Uint8Array,
  { delivery, ms }: { readonly delivery: Delivery; readonly ms: number },
): Promise<void> {
  const { knobs, signal } = delivery;
  response.flushHeaders();
  const half = body.length >> 1;
  const sent = { no: body.length, before_head: 0, before_body: 0, mid_body: half, end_mid_body: half }[knobs.reset];
  const pieces = ms === 0 ? 1 : slowPieces;
  const size = Math.max(1, Math.ceil(sent / pieces));
  for (let start = 0; start < sent; start += size) {
    if (ms > 0) await sleep(ms / pieces, undefined, { signal });
    await written(response, body.subarray(start, Math.min(start + size, sent)));
  }
  if (knobs.reset === 'no') response.end();
  else if (knobs.reset === 'end_mid_body') response.socket?.end();
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

/** An answer as it goes over the line. */
interface Encoded {
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Uint8Array;
  /** How long the body is when it is not compressed. */
  readonly plainBytes: number;
}

/** Compresses what is worth it for a client that takes gzip; a reply that names its own encoding stays as it is. */
async function encode(
  { headers = {}, body }: Reply & { readonly body: string | Uint8Array },
  { knobs, accepted }: Pick<Delivery, 'knobs' | 'accepted'>,
): Promise<Encoded> {
  const plain = damaged(typeof body === 'string' ? Buffer.from(body) : body, knobs);
  const plainBytes = plain.length;
  if (headers['content-encoding'] !== undefined || !isCompressed(plain, knobs, accepted)) {
    return { headers: { 'content-length': plainBytes, ...headers }, body: plain, plainBytes };
  }
  const { label, body: packed } = await labelled(plain, knobs.gzip);
  const labels = label === undefined ? {} : { 'content-encoding': label, vary: 'accept-encoding' };
  return { headers: { ...headers, ...labels, 'content-length': packed.length }, body: packed, plainBytes };
}

/** A compressed body with its label, or what goes wrong with one. */
async function labelled(
  plain: Uint8Array,
  form: Knobs['gzip'],
): Promise<{ readonly label: string | undefined; readonly body: Uint8Array }> {
  if (form === 'mislabelled') return { label: 'gzip', body: plain };
  // The fastest level: the processor is shared with what is being tested.
  const packed = await compress(plain, { level: constants.Z_BEST_SPEED });
  if (form === 'unlabelled') return { label: undefined, body: packed };
  if (form === 'truncated') return { label: 'gzip', body: packed.subarray(0, packed.length >> 1) };
  return { label: form === 'x_gzip' ? 'X-GZIP' : 'gzip', body: packed };
}

function isCompressed(bytes: Uint8Array, { gzip: form }: Knobs, accepted: string): boolean {
  if (form !== 'accepted') return form !== 'never';
  const takesGzip = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(accepted);
  return takesGzip && bytes.length >= minCompressedBytes;
}
