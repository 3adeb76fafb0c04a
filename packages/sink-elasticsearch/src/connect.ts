/**
 * The way to one cluster: Elastic's client without its retries, product guesses and patience. Every request of
 * this package passes here and comes back as a value; what a value means is said in `answer.ts`.
 */
import { readFile } from 'node:fs/promises';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { rootCertificates } from 'node:tls';
import type { SinkContext } from '@audit-relay/sink';
import { Client, type ClientOptions, HttpConnection, UndiciConnection } from '@elastic/elasticsearch';
import { nodesOf } from './address.ts';
import type { Auth, ElasticsearchConfig } from './config.ts';
import { type Lost, lostBy } from './lost.ts';

/** One request. */
export interface Ask {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** From the root, segments encoded: `/_bulk`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Serialized as JSON; a buffer goes out as it is, described by `headers`. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Longest wait, in milliseconds; absent: `request_timeout_ms`. */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

/** What the other side said. */
export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  /** Parsed when it is JSON; undefined in a 2xx of another product. Never shown to anybody: it may quote what was sent. */
  readonly body: unknown;
  /** Whether Elasticsearch itself says so; a 413 of its own does not. */
  readonly isElasticsearch: boolean;
  /** What the other side asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

/** An answer, or why there is none. */
export type Reply = Answer | Lost;

export interface Peer {
  /** Rejects only when `signal` has fired, with its reason. */
  ask(request: Ask): Promise<Reply>;
  close(): Promise<void>;
}

/** At most this many connections to one node: more than `maxInFlight` never serve anybody. */
const CONNECTIONS = 8;

/** Makes a way to the peer without touching the network. Throws, in words, when a file of `tls` cannot be read. */
export async function connect(config: ElasticsearchConfig, context: SinkContext): Promise<Peer> {
  const { request_timeout_ms } = config;
  const client = new Client(await optionsOf(config, context));
  return {
    ask: async (request) => {
      const reply = await ask(client, { timeoutMs: request_timeout_ms, ...request });
      return 'kind' in reply ? reply : answerOf(reply, context.now());
    },
    close: () => client.close(),
  };
}

async function ask(client: Client, request: Ask & { readonly timeoutMs: number }): Promise<Received | Lost> {
  const { method, path, query = {}, body, headers = {}, timeoutMs, signal } = request;
  signal.throwIfAborted();
  // The client's own timeouts watch for silence only: an answer that drips would be waited for for ever.
  const overdue = AbortSignal.timeout(timeoutMs);
  const stop = AbortSignal.any([signal, overdue]);
  const content = body === undefined ? {} : Buffer.isBuffer(body) ? { bulkBody: body } : { body };
  const sent: Promise<Received> = client.transport.request(
    { method, path, querystring: { ...query }, ...content },
    { meta: true, signal: stop, headers: { ...headers } },
  );
  try {
    // Through a proxy the client no longer hears the signal once an answer has begun.
    return await Promise.race([sent, rejection(stop)]);
  } catch (error) {
    signal.throwIfAborted();
    return refusalIn(error) ?? lostBy(error, overdue.aborted);
  }
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** An answer as the client has it. */
interface Received {
  readonly statusCode?: number | undefined;
  readonly body?: unknown;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, unknown>>;
}

/** The client throws what has another status than 2xx or 3xx, and a 2xx without Elastic's header. */
function refusalIn(error: unknown): Received | undefined {
  // What is not an error of the client has none of these.
  const { name, meta } = error as { readonly name?: string; readonly meta?: Received };
  return name === 'ResponseError' || name === 'ProductNotSupportedError' ? meta : undefined;
}

function answerOf({ statusCode = 0, body, headers = {} }: Received, nowMs: number): Answer {
  return {
    kind: 'answer',
    status: statusCode,
    body,
    isElasticsearch: headers['x-elastic-product'] === 'Elasticsearch',
    retryAfterMs: waitOf(headers['retry-after'], nowMs),
  };
}

/** A day: what asks for more is a mistake. */
const LONGEST_WAIT_MS = 86_400_000;

/** Retry-After is whole seconds or an HTTP date (RFC 9110, 10.2.3); anything else asks for nothing. */
function waitOf(value: unknown, nowMs: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs;
  return ms >= 0 ? Math.min(ms, LONGEST_WAIT_MS) : undefined;
}

async function optionsOf(config: ElasticsearchConfig, context: SinkContext): Promise<ClientOptions> {
  const { auth, ca_fingerprint, request_timeout_ms } = config;
  const nodes = nodesOf(config).map((url) => ({ url: new URL(url), proxy: config.proxy ?? context.proxyFor(url) }));
  const tls = await tlsOf(config);
  const isProxied = nodes.some(({ proxy }) => proxy !== undefined);
  return {
    nodes: nodes.map(({ url, proxy }) => ({ url, ...(proxy === undefined ? {} : { proxy }) })),
    // Only the client's plain connection knows proxies.
    Connection: isProxied ? HttpConnection : UndiciConnection,
    agent: isProxied ? { maxSockets: CONNECTIONS } : { connections: CONNECTIONS },
    headers: { 'user-agent': context.userAgent, 'accept-encoding': 'gzip' },
    maxRetries: 0,
    requestTimeout: request_timeout_ms,
    sniffOnStart: false,
    enableMetaHeader: false,
    // Otherwise every error copies the request byte by byte. Nobody is shown an error of the client here.
    redaction: { type: 'off' },
    ...(auth === undefined ? {} : { auth: authOf(auth) }),
    ...(tls === undefined ? {} : { tls }),
    ...(ca_fingerprint === undefined ? {} : { caFingerprint: ca_fingerprint }),
  };
}

function authOf({ api_key, username, password, bearer }: Auth): NonNullable<ClientOptions['auth']> {
  if (api_key !== undefined) return { apiKey: api_key };
  if (bearer !== undefined) return { bearer };
  return { username: username ?? '', password: password ?? '' };
}

async function tlsOf({ tls = {}, ca_fingerprint }: ElasticsearchConfig): Promise<TlsOptions | undefined> {
  const { ca_file, cert_file, key_file } = tls;
  const pinned = ca_file === undefined && ca_fingerprint !== undefined;
  const options: TlsOptions = {
    ...(ca_file === undefined ? {} : { ca: [...rootCertificates, await textOf('ca_file', ca_file)] }),
    ...(cert_file === undefined ? {} : { cert: await textOf('cert_file', cert_file) }),
    ...(key_file === undefined ? {} : { key: await textOf('key_file', key_file) }),
    // The client compares the authority's fingerprint itself; its chain ends in none of the system's.
    ...(pinned ? { rejectUnauthorized: false } : {}),
  };
  return Object.keys(options).length === 0 ? undefined : options;
}

async function textOf(key: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw new Error(`cannot read tls.${key} ${path}: check the path and its rights`);
  }
}
