/**
 * The way to the API over HTTP: one request, one reply as a value. It neither retries nor judges;
 * `answer.ts` does. The key goes to the configured base URL only: redirects are replies like others.
 */
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Agent, type Dispatcher, ProxyAgent, request } from 'undici';
import { RelayError } from '../errors.ts';
import { abortable } from './abort.ts';
import type { SourceConfig } from './config.ts';

/** Larger bodies are given up, as sent and as unpacked: a page of 100 events is about 200 kB. */
const MAX_BODY_BYTES = 64 * 2 ** 20;
const CONNECT_MS = 10_000;
/** Longest silence before the headers and between two parts of a body. */
const SILENCE_MS = 30_000;
/** Longest time for one reply in all, so that a body that drips does not hold a walk. */
const REPLY_MS = 120_000;

const unpack = promisify(gunzip);

/** What came back: an HTTP response with its whole body, or none and why. */
export type Reply =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly body: Uint8Array;
      header(name: string): string | undefined;
    }
  | {
      readonly kind: 'none';
      readonly failure: 'timeout' | 'unreachable' | 'broken' | 'too_large';
      readonly reason: string;
      /** The head of an answer had come: the server is there, and it is the body that broke, was too large or too slow. */
      readonly hasBegun?: true;
    };

export interface Client {
  /**
   * Asks for a path below the base URL.
   * @throws the signal's reason when it fires first; every other trouble is a reply.
   */
  get(path: string, signal: AbortSignal): Promise<Reply>;
  /** Gives up what is in flight. */
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly config: SourceConfig;
  readonly userAgent: string;
  /** The proxy for a URL by the environment. */
  proxyFor(url: string): string | undefined;
  /** Stand in for the times above, in milliseconds. */
  readonly limits?: { readonly silenceMs: number; readonly replyMs: number };
}

/** @throws RelayError `CA_FILE_UNREADABLE` */
export function openClient(options: ClientOptions): Client {
  const { config, userAgent } = options;
  const { replyMs } = options.limits ?? { replyMs: REPLY_MS };
  const dispatcher = openDispatcher(options);
  const root = config.base_url.replace(/\/+$/, '');
  const headers = {
    authorization: `Bearer ${config.api_key}`,
    accept: 'application/json',
    'accept-encoding': 'gzip',
    'user-agent': userAgent,
  };
  return {
    get: (path, signal) =>
      abortable(signal, async (inner) => {
        const timer = setTimeout(() => inner.abort(new DOMException('', 'TimeoutError')), replyMs);
        let hasBegun = false;
        try {
          const head = await request(`${root}/${path}`, { dispatcher, headers, signal: inner.signal });
          hasBegun = true;
          return await replyTo(head);
        } catch (error) {
          signal.throwIfAborted();
          return { ...noReply(error), ...(hasBegun ? { hasBegun } : {}) };
        } finally {
          clearTimeout(timer);
        }
      }),
    close: () => dispatcher.destroy(),
  };
}

function openDispatcher({ config, proxyFor, limits }: ClientOptions): Dispatcher {
  const silenceMs = limits?.silenceMs ?? SILENCE_MS;
  const ca = config.tls?.ca_file === undefined ? {} : { ca: [...rootCertificates, readCa(config.tls.ca_file)] };
  const proxy = config.proxy ?? proxyFor(config.base_url);
  const times = { headersTimeout: silenceMs, bodyTimeout: silenceMs };
  if (proxy === undefined) return new Agent({ ...times, connect: { timeout: CONNECT_MS, ...ca } });
  return new ProxyAgent({ ...times, uri: proxy, requestTls: { timeout: CONNECT_MS, ...ca }, proxyTls: ca });
}

function readCa(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new RelayError('CA_FILE_UNREADABLE', `cannot read tls.ca_file ${path}: check the path and its rights`, error);
  }
}

async function replyTo({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Reply> {
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const parts: Buffer[] = [];
  let bytes = 0;
  // Leaving this loop early destroys the body and with it the connection.
  for await (const part of body) {
    // undici gives the parts of a body without an encoding as buffers.
    const buffer = part as Buffer;
    bytes += buffer.length;
    if (bytes > MAX_BODY_BYTES) return tooLarge();
    parts.push(buffer);
  }
  const sent = Buffer.concat(parts);
  const isPacked = header('content-encoding') === 'gzip';
  return { kind: 'response', status: statusCode, body: isPacked ? await unpacked(sent) : sent, header };
}

/** zlib's own steps are of 16 KiB, and each waits for a turn of the event loop: a dozen of them a page. */
const LONGEST_STEP = 2 ** 20;
const SHORTEST_STEP = 2 ** 14;

function unpacked(sent: Buffer): Promise<Buffer> {
  // The trailer ends with the length of the body (RFC 1952, section 2.3.1): room for it, and no more than that.
  const told = sent.length < 4 ? 0 : sent.readUInt32LE(sent.length - 4);
  const chunkSize = Math.min(LONGEST_STEP, Math.max(SHORTEST_STEP, told + 1));
  return unpack(sent, { maxOutputLength: MAX_BODY_BYTES, chunkSize });
}

function tooLarge(): Reply {
  return {
    kind: 'none',
    failure: 'too_large',
    hasBegun: true,
    reason: `the body is larger than ${MAX_BODY_BYTES} bytes`,
  };
}

/** The codes of undici, Node and zlib, told apart by what an operator can do about them. */
function noReply(error: unknown): Reply {
  const code = codeOf(error);
  if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge();
  if (/TIMEOUT|TimeoutError|ETIMEDOUT/.test(code)) return { kind: 'none', failure: 'timeout', reason: code };
  if (/^(UND_ERR_SOCKET|UND_ERR_RES|ECONNRESET|EPIPE|HPE_|Z_|UND_ERR_ABORTED)/.test(code)) {
    return { kind: 'none', failure: 'broken', reason: code };
  }
  return { kind: 'none', failure: 'unreachable', reason: code };
}

/** An error's code or name. Its message may quote the URL or the peer, so it goes nowhere. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.name;
}
