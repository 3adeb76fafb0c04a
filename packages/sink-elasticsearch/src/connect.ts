/**
 * The way to one cluster: Elastic's client without its retries, product guesses and patience. Every request of
 * this package passes here and comes back as a value; what a value means is said in `answer.ts`.
 */
import type { SinkContext } from '@audit-relay/sink';
import { type HttpAnswer, type HttpFault, retryAfterMs } from '@audit-relay/sink-http';
import { Client, type ClientOptions } from '@elastic/elasticsearch';
import { nodesOf } from './address.ts';
import type { Auth, ElasticsearchConfig } from './config.ts';
import { connectionTo, type Slip } from './connection.ts';

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
export interface NodeAnswer {
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
export type Reply = NodeAnswer | HttpFault;

export interface Peer {
  /** Rejects only when `signal` has fired, with its reason. */
  ask(request: Ask): Promise<Reply>;
  close(): Promise<void>;
}

/** Makes a way to the peer without touching the network. Throws, in words, when a file of `tls` cannot be used. */
export async function connect(config: ElasticsearchConfig, context: SinkContext): Promise<Peer> {
  const { request_timeout_ms } = config;
  const client = new Client(optionsOf(config, context));
  return {
    ask: (request) => ask(client, { timeoutMs: request_timeout_ms, ...request }, context),
    close: () => client.close(),
  };
}

async function ask(
  client: Client,
  { method, path, query = {}, body, headers = {}, timeoutMs, signal }: Ask & { readonly timeoutMs: number },
  context: SinkContext,
): Promise<Reply> {
  signal.throwIfAborted();
  const content = body === undefined ? {} : Buffer.isBuffer(body) ? { bulkBody: body } : { body };
  const slip: Slip = {};
  const sent: Promise<Received> = client.transport.request(
    { method, path, querystring: { ...query }, ...content },
    { meta: true, signal, headers: { ...headers }, requestTimeout: timeoutMs, context: slip },
  );
  const parsed = await parsedBy(sent, signal);
  if (slip.reply === undefined) return UNSENT;
  return slip.reply.kind === 'fault' ? slip.reply : answerOf(slip.reply, parsed, context.now());
}

/** What the client makes of the body, whatever it thinks of the status; undefined when it can make nothing of it. */
async function parsedBy(sent: Promise<Received>, signal: AbortSignal): Promise<unknown> {
  try {
    return (await withStop(sent, signal)).body;
  } catch (error) {
    signal.throwIfAborted();
    // It throws what has another status than 2xx or 3xx, and a 2xx without Elastic's header. What is not an error of the
    // client has none of these.
    const { name, meta } = error as { readonly name?: string; readonly meta?: Received };
    return name === 'ResponseError' || name === 'ProductNotSupportedError' ? meta?.body : undefined;
  }
}

/** Whatever else the client may wait for. @throws the signal's reason as soon as it fires. */
async function withStop<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** An answer as the client has it. */
interface Received {
  readonly body?: unknown;
}

/** The client itself refused the request. */
const UNSENT: HttpFault = {
  kind: 'fault',
  fault: 'unreachable',
  sent: false,
  hasBegun: false,
  code: 'UNSENT',
  reason: "the request was not sent: look for a warning of Elastic's client, and report it",
};

function answerOf(answer: HttpAnswer, body: unknown, nowMs: number): NodeAnswer {
  return {
    kind: 'answer',
    status: answer.status,
    body,
    isElasticsearch: answer.header('x-elastic-product') === 'Elasticsearch',
    retryAfterMs: retryAfterMs(answer, nowMs),
  };
}

function optionsOf(config: ElasticsearchConfig, context: SinkContext): ClientOptions {
  const { auth, request_timeout_ms } = config;
  return {
    nodes: nodesOf(config).map((url) => ({ url: new URL(url) })),
    Connection: connectionTo(config, (url) => context.proxyFor(url)),
    headers: { 'user-agent': context.userAgent, 'accept-encoding': 'gzip' },
    maxRetries: 0,
    requestTimeout: request_timeout_ms,
    sniffOnStart: false,
    enableMetaHeader: false,
    // Otherwise every error copies the request byte by byte. Nobody is shown an error of the client here.
    redaction: { type: 'off' },
    ...(auth === undefined ? {} : { auth: authOf(auth) }),
  };
}

function authOf({ api_key, username, password, bearer }: Auth): NonNullable<ClientOptions['auth']> {
  if (api_key !== undefined) return { apiKey: api_key };
  if (bearer !== undefined) return { bearer };
  return { username: username ?? '', password: password ?? '' };
}
