/**
 * How Elastic's client reaches one node: by the package that every request of the agent goes through. So proxies, limits
 * of time, certificates and faults are those of the source and of the other sinks, and none of the client's own.
 */
import { type HttpClient, type HttpReply, openHttpClient } from '@audit-relay/sink-http';
import {
  BaseConnection,
  type ConnectionOptions,
  type ConnectionRequestOptions,
  type ConnectionRequestOptionsAsStream,
  type ConnectionRequestParams,
  type ConnectionRequestResponse,
  type ConnectionRequestResponseAsStream,
} from '@elastic/elasticsearch';
import type { ElasticsearchConfig } from './config.ts';

/** What the client would lose on its way: put into `context` of a request, and filled in by the connection. */
export type Slip = { reply?: HttpReply };

/** At most this many connections to one node: more than `maxInFlight` never serve anybody. */
const CONNECTIONS = 8;

/** A node's connections. `proxyFor` stands in where the configuration names no proxy. */
export function connectionTo(
  config: ElasticsearchConfig,
  proxyFor: (url: string) => string | undefined,
): typeof BaseConnection {
  return class extends BaseConnection {
    readonly #http: HttpClient;

    constructor(options: ConnectionOptions) {
      super(options);
      const url = options.url.href;
      const proxy = config.proxy ?? proxyFor(url);
      this.#http = openHttpClient({
        url,
        urlKey: config.cloud_id === undefined ? 'nodes' : 'cloud_id',
        connections: CONNECTIONS,
        timeoutMs: config.request_timeout_ms,
        ...(config.tls === undefined ? {} : { tls: config.tls }),
        ...(config.ca_fingerprint === undefined ? {} : { caFingerprint: config.ca_fingerprint }),
        ...(proxy === undefined ? {} : { proxy }),
      });
    }

    override request(
      params: ConnectionRequestParams,
      options: ConnectionRequestOptions,
    ): Promise<ConnectionRequestResponse>;
    override request(
      params: ConnectionRequestParams,
      options: ConnectionRequestOptionsAsStream,
    ): Promise<ConnectionRequestResponseAsStream>;
    override async request(
      { method, path, querystring, headers, body }: ConnectionRequestParams,
      { context, signal, timeout }: ConnectionRequestOptions,
    ): Promise<ConnectionRequestResponse | ConnectionRequestResponseAsStream> {
      const reply = await this.#http.request({
        // The five that an `Ask` of ours names.
        method: method as 'GET',
        path: querystring === undefined || querystring === '' ? path : `${path}?${querystring}`,
        headers: plain({ ...this.headers, ...headers }),
        ...(typeof body === 'string' || Buffer.isBuffer(body) ? { body } : {}),
        ...(timeout === undefined ? {} : { timeoutMs: timeout }),
        signal: signal ?? NEVER,
      });
      // Of this package's own requests it is always there.
      const slip = context as Slip;
      slip.reply = reply;
      if (reply.kind === 'fault') throw new ConnectionError();
      return { statusCode: reply.status, headers: headersOf(reply), body: reply.text() };
    }

    override async close(): Promise<void> {
      await this.#http.close();
    }
  };
}

const NEVER = new AbortController().signal;

/** By this name the client knows that the node is to be used less. */
class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

/** As the client reads them: what it deserializes, and whether Elasticsearch says so itself. */
function headersOf(reply: Extract<HttpReply, { kind: 'answer' }>): Record<string, string> {
  const names = ['content-type', 'x-elastic-product', 'warning'];
  return Object.fromEntries(
    names.flatMap((name) => [[name, reply.header(name) ?? ''] as const].filter(([, value]) => value !== '')),
  );
}

/** The client's own are texts, numbers or absent. */
function plain(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const given = Object.entries(headers).filter(([, value]) => typeof value === 'string' || typeof value === 'number');
  return Object.fromEntries(given.map(([name, value]) => [name, `${value as string | number}`]));
}
