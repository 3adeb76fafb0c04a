/** The network side: routes, the headers that every answer has, compression, delay, and the end. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { type AnswerContext, answer } from './answer.ts';
import type { Feed } from './feed.ts';
import { ApiError, jsonReply, type Reply } from './reply.ts';
import { RequestCounts, type Stats } from './stats.ts';

const auditLogsPath = '/v1/organization/audit_logs';
const compress = promisify(gzip);
/** Below this a compressed body is hardly smaller. */
const minCompressedBytes = 1_024;

/** What an answer depends on, and the clock for its `Date`. */
export interface ServerContext extends AnswerContext {
  readonly now: () => number;
}

/** An HTTP server for one audit log. `context` is read anew for each request, so that knobs can be turned between two. */
export class SimulatorServer {
  readonly #context: () => ServerContext;
  readonly #server: Server;
  readonly #counts: RequestCounts = new RequestCounts();
  readonly #closing: AbortController = new AbortController();
  #auditLogRequests = 0;

  constructor(context: () => ServerContext) {
    this.#context = context;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => breakOff(response, error));
    });
  }

  /** Listens on loopback only. @param port 0 for any free one. @returns the port. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    return address.port;
  }

  stats(): Stats {
    return { requests: this.#counts.rows(), events: this.#context().log.counts() };
  }

  /** Ends open connections too, answered or not. */
  async close(): Promise<void> {
    this.#closing.abort();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedMs = performance.now();
    const { knobs, now } = this.#context();
    const { path, feed, reply } = this.#route(request);
    this.#counts.add(path, feed, reply.status);
    if (knobs.latencyMs > 0) await sleep(knobs.latencyMs, undefined, { signal: this.#closing.signal });
    const { headers, body } = await encode(reply, request.headers['accept-encoding'] ?? '');
    response.writeHead(reply.status, {
      // The API's clock is the simulator's, not this host's.
      date: new Date(now()).toUTCString(),
      'x-request-id': `req_${randomBytes(16).toString('hex')}`,
      'openai-version': '2020-10-01',
      'openai-processing-ms': Math.ceil(performance.now() - startedMs),
      ...headers,
    });
    if (body instanceof Readable) await pipeline(body, response);
    else response.end(body);
  }

  #route(request: IncomingMessage): { readonly path: string; readonly feed: Feed | null; readonly reply: Reply } {
    const { log } = this.#context();
    const method = request.method ?? 'GET';
    const { path, query } = splitTarget(request.url ?? '/');
    switch (path) {
      case auditLogsPath: {
        this.#auditLogRequests += 1;
        const apiRequest = { method, path, query, headers: request.headers, number: this.#auditLogRequests };
        const feed = query.get('tenant_only') === 'true' ? 'tenant' : 'organization';
        return { path, feed, reply: answer(apiRequest, this.#context()) };
      }
      case '/simulator/stats':
        return { path, feed: null, reply: jsonReply(200, this.stats()) };
      case '/simulator/truth':
        return { path, feed: null, reply: linesReply(log.truth()) };
      default: {
        const { reply } = new ApiError(404, { message: `There is nothing at ${method} ${path}.` });
        return { path: 'other', feed: null, reply };
      }
    }
  }
}

/** A client that went away is its own affair; a hook that threw shows its error, as long as nothing was sent. */
function breakOff(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(500, { 'content-type': 'text/plain' }).end(`the simulator failed: ${String(error)}\n`);
}

function splitTarget(target: string): { readonly path: string; readonly query: URLSearchParams } {
  const mark = target.indexOf('?');
  const [path, query] = mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
  return { path, query: new URLSearchParams(query) };
}

/** One JSON value per line, made while they are sent. */
function linesReply(rows: Iterable<object>): Reply {
  return { status: 200, headers: { 'content-type': 'application/x-ndjson' }, body: Readable.from(chunks(rows)) };
}

function* chunks(rows: Iterable<object>): Generator<string, void, undefined> {
  let chunk = '';
  for (const row of rows) {
    chunk += `${JSON.stringify(row)}\n`;
    if (chunk.length < 65_536) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

/** Compresses what is worth it for a client that takes gzip; a reply that names its own encoding stays as it is. */
async function encode(
  { headers = {}, body }: Reply,
  accepted: string,
): Promise<{ readonly headers: Readonly<Record<string, string | number>>; readonly body: Uint8Array | Readable }> {
  if (body instanceof Readable) return { headers, body };
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const takesGzip = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(accepted);
  if (!takesGzip || bytes.length < minCompressedBytes || headers['content-encoding'] !== undefined) {
    return { headers: { 'content-length': bytes.length, ...headers }, body: bytes };
  }
  // The fastest level: the processor is shared with what is being tested.
  const compressed = await compress(bytes, { level: constants.Z_BEST_SPEED });
  return {
    headers: { ...headers, 'content-encoding': 'gzip', vary: 'accept-encoding', 'content-length': compressed.length },
    body: compressed,
  };
}
