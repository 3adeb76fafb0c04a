/**
 * The pretend peer: an HTTP server on the loopback that records what it gets and misbehaves on
 * request. Every HTTP case, and every sink author's own, is told as replies of this peer.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { SELF_SIGNED } from './self-signed.ts';
import { within } from './within.ts';

/**
 * Told to clients as `Keep-Alive: timeout=600`: without that hint some, undici among them, drop an idle
 * connection after four seconds of their own accord, and a leak would not be seen.
 */
const KEEP_ALIVE_MS = 600_000;

/** One request as the peer got it. */
export interface PeerRequest {
  readonly method: string;
  /** With the query: `/services/collector/event?x=1`. */
  readonly path: string;
  /** Names in lower case; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as UTF-8 text after gzip, deflate or br was undone; empty when it was never read. */
  readonly text: string;
}

/**
 * How a peer that misbehaves does it:
 * `slow` answers in full, headers late and the body in drips; `hang` never answers; `endless_body`
 * begins a body and never ends it; `cut_body` announces a body, sends half and closes; a reset comes
 * before the body was read (only as a plain reply: a function is asked after the body) or after it.
 */
export type PeerFault = 'slow' | 'hang' | 'endless_body' | 'cut_body' | 'reset_before_body' | 'reset_after_body';

/** What the peer answers. */
export interface Reply {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default empty. */
  readonly body?: string;
  /** Absent: a plain answer. */
  readonly fault?: PeerFault;
}

/** One answer for all, or one per request. */
export type Script = Reply | ((request: PeerRequest) => Reply);

/** A running peer. */
export interface Peer {
  /** `http://127.0.0.1:<port>`, without a path; after `close` nothing listens there. `https` in a case on certificates. */
  readonly url: string;
  /** All requests so far, in order of arrival. */
  readonly requests: readonly PeerRequest[];
  /** Connections that are open now. */
  readonly sockets: number;
  /** Requests without a whole answer whose connection is still open. */
  readonly pending: number;
  /** Replaces the script from the next request on. */
  answer(script: Script): void;
  /** Resolves once `condition` holds; throws after `ms`, 5 s unless told, with `what` in the message. */
  until(condition: () => boolean, what: string, ms?: number): Promise<void>;
  /** Ends all connections. Throws what the script threw, or that a body could not be decoded: both were a 500 to the sink. */
  close(): Promise<void>;
}

/** The reply that `script` gives to `request`. */
export function replyOf(script: Script, request: PeerRequest): Reply {
  return typeof script === 'function' ? script(request) : script;
}

/** Starts a peer on a free port of 127.0.0.1. */
export function startPeer(script: Script): Promise<Peer> {
  return started(new HttpPeer(script, 'http'));
}

/** The same over TLS, with a certificate that is signed by itself: nobody trusts it. */
export function startUntrustedPeer(script: Script): Promise<Peer> {
  return started(new HttpPeer(script, 'https'));
}

async function started(peer: HttpPeer): Promise<Peer> {
  await peer.listen();
  return peer;
}

class HttpPeer implements Peer {
  readonly requests: PeerRequest[] = [];
  readonly #server: Server | SecureServer;
  readonly #scheme: 'http' | 'https';
  readonly #sockets = new Set<Socket>();
  readonly #unanswered = new Set<ServerResponse>();
  readonly #watchers = new Set<() => void>();
  #script: Script;
  #port = 0;
  #trouble: Error | undefined;

  constructor(script: Script, scheme: 'http' | 'https') {
    this.#script = script;
    this.#scheme = scheme;
    const serve = (request: IncomingMessage, response: ServerResponse): void => {
      this.#serve(request, response).catch((error: unknown) => {
        this.#troubled(error);
        response.destroy();
      });
    };
    this.#server = scheme === 'http' ? createServer(serve) : createSecureServer(SELF_SIGNED, serve);
    // Only the sink may end an idle connection: a server that tidies up would hide a leak.
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        this.#changed();
      });
    });
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.#port}`;
  }

  get sockets(): number {
    return this.#sockets.size;
  }

  get pending(): number {
    return this.#unanswered.size;
  }

  answer(script: Script): void {
    this.#script = script;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    // A TCP server's address is never the string form, which is a pipe's.
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async until(condition: () => boolean, what: string, ms = 5_000): Promise<void> {
    let watcher = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      watcher = (): void => {
        if (condition()) resolve();
      };
    });
    this.#watchers.add(watcher);
    watcher();
    try {
      await within(ms, held, what);
    } finally {
      this.#watchers.delete(watcher);
    }
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
    if (this.#trouble !== undefined) throw this.#trouble;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#unanswered.add(response);
    response.once('close', () => {
      this.#unanswered.delete(response);
      this.#changed();
    });
    const early = typeof this.#script !== 'function' && this.#script.fault === 'reset_before_body';
    // A sink may go away in the middle of a body; there is nobody left to answer then.
    const bytes = early ? Buffer.alloc(0) : await bytesOf(request).catch(() => undefined);
    if (bytes !== undefined) await give(await this.#replyTo(request, bytes), response);
  }

  async #replyTo(request: IncomingMessage, bytes: Buffer): Promise<Reply> {
    try {
      const seen = recorded(request, await decoded(request, bytes));
      this.requests.push(seen);
      this.#changed();
      return replyOf(this.#script, seen);
    } catch (error) {
      this.#troubled(error);
      return { status: 500 };
    }
  }

  /** The first of them is what `close` throws. */
  #troubled(error: unknown): void {
    this.#trouble ??= error instanceof Error ? error : new Error('the script threw', { cause: error });
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

function recorded(request: IncomingMessage, text: string): PeerRequest {
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  return { method: request.method ?? '', path: request.url ?? '', headers: Object.fromEntries(headers), text };
}

const DECODERS: Readonly<Record<string, (bytes: Buffer) => Promise<Buffer>>> = {
  gzip: promisify<Buffer, Buffer>(gunzip),
  deflate: promisify<Buffer, Buffer>(inflate),
  br: promisify<Buffer, Buffer>(brotliDecompress),
};

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  // Without `setEncoding` a request yields nothing but buffers.
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function decoded(request: IncomingMessage, bytes: Buffer): Promise<string> {
  if (bytes.length === 0) return '';
  const encoding = request.headers['content-encoding'] ?? '';
  const decode = DECODERS[encoding];
  try {
    return (decode === undefined ? bytes : await decode(bytes)).toString('utf8');
  } catch (cause) {
    throw new Error(`the peer could not decode a body that says it is ${encoding}`, { cause });
  }
}

async function give(reply: Reply, response: ServerResponse): Promise<void> {
  switch (reply.fault) {
    case 'hang':
      return;
    case 'reset_before_body':
    case 'reset_after_body':
      response.socket?.resetAndDestroy();
      return;
    case 'slow':
      await delay(30);
      head(reply, response);
      await drip(reply.body ?? '', response);
      response.end();
      return;
    case 'endless_body':
      head(reply, response);
      while (!response.destroyed) await drip(' ', response);
      return;
    case 'cut_body':
      cut(reply, response);
      return;
    case undefined:
      head(reply, response).end(reply.body ?? '');
  }
}

function head(reply: Reply, response: ServerResponse): ServerResponse {
  return response.writeHead(reply.status ?? 200, reply.headers);
}

/** Four pieces, 10 ms apart, so that a client sees the body arrive in parts. */
async function drip(body: string, response: ServerResponse): Promise<void> {
  const bytes = Buffer.from(body);
  const size = Math.max(1, Math.ceil(bytes.length / 4));
  for (let start = 0; start < bytes.length; start += size) {
    response.write(bytes.subarray(start, start + size));
    await delay(10);
  }
}

function cut(reply: Reply, response: ServerResponse): void {
  const bytes = Buffer.from(reply.body ?? '');
  const headers = { ...reply.headers, 'content-length': String(bytes.length) };
  response.writeHead(reply.status ?? 200, headers);
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.socket?.destroy());
}
