/** The agent's port: is it alive, is it ready, its metrics, its status and the page of it. Bound before anything else opens. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RelayError, type RelayStatus, type Runtime } from '@audit-relay/core';
import type { ListenAddress } from '../config/schema.ts';
import { EACH_CODE } from '../errors-page.ts';
import { type Access, type Permission, permissionOf } from './access.ts';
import { BOUNDED, boundConnections } from './connections.ts';
import { expositionFor } from './metrics/exposition.ts';
import { PAGE_HEADERS, type PageFiles, pageFiles } from './status-page/files.ts';
import { Live, MAX_READERS } from './status-page/live.ts';
import { type Shown, StatusMessages } from './status-page/messages.ts';

/** `/status`: the relay's own, with what tells one agent from another. */
type StatusBody = RelayStatus & {
  readonly agent: { readonly state: Shown['state']; readonly pid: number; readonly journal: string };
};

/** A bound port. */
export interface HttpServer {
  /** `http://127.0.0.1:9464`, with the port that was really bound. */
  readonly url: string;
  close(): Promise<void>;
}

/** Where to listen, and what to show; `shown` is asked at every request. */
export interface HttpOptions {
  readonly listen: ListenAddress;
  /** Absolute path of the journal, or what else it is called, which tells one agent from another. */
  readonly journal: string;
  shown(): Shown;
  /** Asked at every request: a token may be rotated. */
  access(): Access;
  readonly runtime: Pick<Runtime, 'now' | 'elapsedMs' | 'sleep'>;
  /** What runs, as YAML without a secret. */
  configuration(): string;
  /** A text without any secret that is known by now. */
  clean(text: string): string;
  /** The status page's files by path; another set in tests. */
  readonly files?: () => Promise<PageFiles>;
}

/** The options, and what lives as long as the port. */
interface Port extends HttpOptions {
  readonly live: Live;
  readonly messages: StatusMessages;
}

interface HttpReply {
  readonly code: number;
  readonly body: string | Buffer;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const ENDPOINTS = `audit-relay

/livez    the process is alive
/readyz   the journal is open and takes events, and every sink has its lane
/metrics  for Prometheus
/status   everything, as JSON; a browser that opens / sees it as a page
/status/live  the same as server-sent events, once a second
`;

/** @throws RelayError `HTTP_LISTEN` when the address cannot be bound: another process has the port, say. */
export async function listenHttp(options: HttpOptions): Promise<HttpServer> {
  const port = portOf(options);
  const server = createServer(BOUNDED, (request, response) => {
    // An answer that cannot be given is the asker's loss alone.
    respond(port, request, response).catch(() => response.destroy());
  });
  boundConnections(server);
  const { host, port: wanted } = options.listen;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(options.listen, error)));
    server.listen(wanted, host, () => resolve());
  });
  const closing = new AbortController();
  port.messages.keepHistory(closing.signal).catch(() => undefined);
  // Bound to a host and a port, so it is no pipe.
  const bound = server.address() as AddressInfo;
  const close = (): Promise<void> => {
    closing.abort(new Error('the port is closed'));
    port.live.close();
    return closed(server);
  };
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${bound.port}`, close };
}

function portOf(options: HttpOptions): Port {
  const { runtime, shown, configuration, clean } = options;
  const body = (now: Shown): object => statusBody(options, now);
  const messages = new StatusMessages({ runtime, shown, body, configuration, clean });
  return { ...options, messages, live: new Live({ runtime, messages: () => messages.current() }) };
}

function cannotListen({ host, port }: ListenAddress, error: NodeJS.ErrnoException): RelayError {
  const why = error.code === 'EADDRINUSE' ? 'another process has this port' : error.message;
  const fix = 'Choose another address with http.listen; port 0 takes any free one.';
  return new RelayError('HTTP_LISTEN', `cannot listen on ${host}:${port}: ${why}. ${fix}`, error);
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function respond(port: Port, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const {
    code,
    body,
    type = 'text/plain; charset=utf-8',
    headers = {},
  } = await answer(port, request).catch((): HttpReply => ({ code: 500, body: 'the answer could not be made\n' }));
  // Whoever sends a body gets no second request on this connection: what is left of it is not read.
  const ending = hasBody(request) ? { connection: 'close' } : {};
  response.writeHead(code, { 'content-type': type, ...ALWAYS, ...headers, ...ending });
  if (request.method === 'HEAD') response.end();
  else if (type !== EVENT_STREAM) response.end(body);
  else stream(port, request, response);
}

const EVENT_STREAM = 'text/event-stream';

/** Its head has gone out by now. */
function stream({ live, messages, access }: Port, { headers }: IncomingMessage, response: ServerResponse): void {
  const mayRead = (): boolean => permissionOf(access(), headers) === 'may_read';
  // Somebody else may have come between the head and this.
  if (!live.add(response, mayRead, messages.first())) response.end();
}

/** Kept nowhere, taken for nothing else, and read by no page of another origin. */
const ALWAYS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
};

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** Nothing that is asked changes anything, whatever the method or the path. */
async function answer(options: Port, request: IncomingMessage): Promise<HttpReply> {
  const { method, url = '/', headers } = request;
  if (method !== 'GET' && method !== 'HEAD') return { code: 405, body: 'only GET\n', headers: { allow: 'GET, HEAD' } };
  const path = url.replace(/\?.*$/s, '');
  const permission = permissionOf(options.access(), headers);
  const shown = options.shown();
  // A kubelet has no token, and asks by the pod's address.
  if (path === '/livez') return { code: 200, body: 'alive\n' };
  if (path === '/readyz') return readiness(shown, permission === 'may_read');
  const page = await pageAnswer(options, path, headers);
  if (page !== undefined && permission !== 'strange_host') return page;
  if (permission !== 'may_read') return REFUSALS[permission];
  return readersAnswer(options, shown, { path, accept: headers.accept });
}

/** To whoever may read. */
async function readersAnswer(
  options: Port,
  shown: Shown,
  { path, accept }: { readonly path: string; readonly accept: string | undefined },
): Promise<HttpReply> {
  switch (path) {
    case '/':
      return { code: 200, body: ENDPOINTS, headers: BY_ACCEPT };
    case '/metrics':
      if (shown.state === 'opening') return { code: 503, body: 'the journal is being opened\n' };
      return metrics(shown.status(), accept);
    case '/status':
      return status(options, shown);
    case '/status/live':
      if (options.live.isFull) return TOO_MANY_READERS;
      return { code: 200, body: '', type: EVENT_STREAM };
    default:
      return { code: 404, body: ENDPOINTS };
  }
}

/** `/` is a page for browsers and a list for all others. */
const BY_ACCEPT = { vary: 'Accept' };

/**
 * The page and its parts, which hold nothing of this agent: a browser has no token to show before it has the form for it.
 * Undefined: it is none of them.
 */
async function pageAnswer(
  { files = pageFiles }: Port,
  path: string,
  { accept = '' }: IncomingMessage['headers'],
): Promise<HttpReply | undefined> {
  if (path === '/' && !/\btext\/html\b/i.test(accept)) return undefined;
  const file = (await files()).get(path);
  if (file === undefined) return undefined;
  const headers = path === '/' ? { ...PAGE_HEADERS, ...BY_ACCEPT } : PAGE_HEADERS;
  return { code: 200, body: file.body, type: file.type, headers };
}

const TOO_MANY_READERS: HttpReply = {
  code: 503,
  body: `${MAX_READERS} readers are served already; /status has the same for one moment\n`,
  headers: { 'retry-after': '10' },
};

const CHALLENGE = { 'www-authenticate': 'Bearer realm="audit-relay"' };

const REFUSALS: Readonly<Record<Exclude<Permission, 'may_read'>, HttpReply>> = {
  no_token: { code: 401, body: 'show the http.token: Authorization: Bearer …\n', headers: CHALLENGE },
  wrong_token: { code: 401, body: 'this is not the http.token\n', headers: CHALLENGE },
  strange_host: {
    code: 403,
    body: 'ask by an address or as localhost; under another name only with an http.token\n',
  },
};

/** The library is loaded at the first scrape: the start does not wait for it. */
async function metrics(status: RelayStatus, accept: string | undefined): Promise<HttpReply> {
  const { metricsText } = await import('./metrics/text.ts');
  const { body, contentType } = await metricsText(expositionFor(accept), status, processFigures());
  return { code: 200, body, type: contentType, headers: { vary: 'Accept' } };
}

/**
 * Ready is what this process can do, not how its peers are: a peer's trouble is no reason for a
 * restart, which would mend nothing. The text names it all the same, to whoever may read the status.
 */
function readiness(shown: Shown, mayRead: boolean): HttpReply {
  if (shown.state === 'opening') {
    const why = mayRead ? shown.problem : undefined;
    return { code: 503, body: `not ready: ${why ?? 'the journal is being opened'}\n` };
  }
  if (shown.state === 'draining') return { code: 503, body: 'not ready: draining\n' };
  const unwritable = shown.unwritable();
  if (unwritable !== undefined) {
    const why = mayRead ? `${unwritable.code}: ${unwritable.problem}\n${EACH_CODE}` : 'the journal cannot be written';
    return { code: 503, body: `not ready: ${why}\n` };
  }
  if (!mayRead) return { code: 200, body: 'ready\n' };
  const status = shown.status();
  const troubles = troublesOf(status);
  const lines = ['ready', ...troubles, ...(status.configuration?.refusal === undefined ? [] : [EACH_CODE])];
  return { code: 200, body: `${lines.join('\n')}\n` };
}

/** One line for each feed, lane, journal or configuration that is not well. */
export function troublesOf({ sources, lanes, journal, configuration }: RelayStatus): readonly string[] {
  const feeds = Object.entries(sources).flatMap(([source, one]) =>
    Object.entries(one.feeds).map(([feed, { health, problem }]) => ({
      what: `source ${source}, feed ${feed}`,
      health,
      problem,
    })),
  );
  const sinks = Object.entries(lanes).map(([sink, { health, problem }]) => ({ what: `sink ${sink}`, health, problem }));
  const ill = [...feeds, ...sinks].filter(({ problem }) => problem !== undefined);
  const aside = (journal.setAside ?? []).map(({ path }) => `journal: a damaged one stands aside in ${path}`);
  const full = journal.fullBecauseOf === undefined ? [] : [`journal: full because of ${journal.fullBecauseOf}`];
  const refused =
    configuration?.refusal === undefined ? [] : [`configuration: refused: ${configuration.refusal.problem}`];
  return [...ill.map(({ what, health, problem }) => `${what}: ${health}: ${problem}`), ...aside, ...full, ...refused];
}

function status(options: HttpOptions, shown: Shown): HttpReply {
  const code = shown.state === 'opening' ? 503 : 200;
  return { code, body: `${JSON.stringify(statusBody(options, shown))}\n`, type: 'application/json' };
}

function statusBody({ journal }: HttpOptions, shown: Shown): object {
  const agent = { state: shown.state, pid: process.pid, journal };
  const opening = shown.state === 'opening' && shown.problem !== undefined ? { problem: shown.problem } : {};
  return shown.state === 'opening' ? { agent, ...opening } : ({ ...shown.status(), agent } satisfies StatusBody);
}

function processFigures(): { readonly cpuSeconds: number; readonly residentBytes: number } {
  const { user, system } = process.cpuUsage();
  return { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage.rss() };
}
