/** The network side: routes, the headers that every answer has, and the end. */
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditLogsPath, organizationLogsPath } from './answer.ts';
import { Answering, dateHeader, type Routed, type ServerContext } from './answering.ts';
import { deliver } from './delivery.ts';
import { defaultKnobs } from './knobs.ts';
import { errorReply, jsonReply, type Reply } from './reply.ts';
import type { Stats } from './stats.ts';

/** An HTTP server for one audit log. `context` is read anew for each request, so that knobs can be turned between two. */
export class SimulatorServer {
  readonly #context: () => ServerContext;
  readonly #server: Server;
  readonly #answering: Answering;
  readonly #closing: AbortController = new AbortController();

  constructor(context: () => ServerContext) {
    this.#context = context;
    // As many as there are slow answers wait with it.
    setMaxListeners(0, this.#closing.signal);
    this.#answering = new Answering(context);
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
    return this.#answering.stats();
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
    const routed = this.#route(request);
    const { reply, knobs } = routed;
    this.#answering.count(routed);
    const { signal } = this.#closing;
    if (knobs.latencyMs > 0) await sleep(knobs.latencyMs, undefined, { signal });
    const headers = (): Readonly<Record<string, string | number>> => ({
      ...dateHeader(this.#context(), knobs),
      'x-request-id': `req_${randomBytes(16).toString('hex')}`,
      'openai-version': '2020-10-01',
      'openai-processing-ms': Math.ceil(performance.now() - startedMs),
    });
    await deliver(response, { reply, knobs, accepted: request.headers['accept-encoding'] ?? '', headers, signal });
  }

  #route(request: IncomingMessage): Routed {
    const { log, knobs } = this.#context();
    const { path, query } = splitTarget(request.url ?? '/');
    // What is not the API's own is told as it is, only as late as the rest.
    const plain = { feed: null, knobs: { ...defaultKnobs, latencyMs: knobs.latencyMs } };
    if (path === auditLogsPath || (path.startsWith(organizationLogsPath) && knobs.organization_logs !== 'off')) {
      const { method = 'GET', headers } = request;
      return this.#answering.answer({ method, path, query, headers });
    }
    if (path === '/simulator/stats') return { path, reply: jsonReply(200, this.stats()), ...plain };
    if (path === '/simulator/truth') {
      const dialect = query.get('dialect') === 'organization_logs' ? 'organization_logs' : 'audit_logs';
      return { path, reply: linesReply(log.truth(dialect)), ...plain };
    }
    const message = `There is nothing at ${request.method ?? 'GET'} ${path}.`;
    return { path: 'other', reply: errorReply(404, { message }), ...plain };
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
  // The older dialect's description has the slash at the end; clients that join paths often drop it.
  return { path: `${path}/` === organizationLogsPath ? organizationLogsPath : path, query: new URLSearchParams(query) };
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
