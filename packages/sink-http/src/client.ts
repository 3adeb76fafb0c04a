/** The client of one host: one request, one reply as a value. It neither retries nor follows redirects nor logs. */
import { Pool } from 'undici';
import type { ShownCertificate } from './connect/chain.ts';
import { Connector } from './connect/connector.ts';
import { openTlsContext } from './connect/tls-context.ts';
import type { TlsFiles } from './connect/tls-files.ts';
import { type ExchangeLimits, exchange } from './exchange.ts';
import { packed } from './pack.ts';
import { parseProxy } from './proxy/proxy.ts';
import { type HttpReply, replyOf } from './reply.ts';

export interface HttpClientOptions {
  /** Absolute, http or https. Its path goes before that of each request. */
  readonly url: string;
  /** What the configuration calls that URL, for words: default `url`. */
  readonly urlKey?: string;
  readonly tls?: TlsFiles;
  /** SHA-256 in hex of an authority's certificate that is trusted in place of all others. */
  readonly caFingerprint?: string;
  /** `http://user:password@host:port`; the scheme may be left out. Absent: none, whatever the environment says. */
  readonly proxy?: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Connections at a time, default 8. */
  readonly connections?: number;
  /** Longest time to connect, in milliseconds: default 10,000. */
  readonly connectMs?: number;
  /** Longest time for one request in all, in milliseconds: default 60,000. */
  readonly timeoutMs?: number;
  /** Longest silence before the head of an answer and between parts of its body, in milliseconds: default `timeoutMs`. */
  readonly silenceMs?: number;
  /** Longest body of an answer, both as sent and as unpacked: default 64 MiB. */
  readonly maxBytes?: number;
}

export interface HttpRequest {
  /** Default GET. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Below the client's URL, segments encoded, with a query if need be: `/events?ack=1`. Default: the URL itself. */
  readonly path?: string;
  /** Go before the client's; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Its length is sent along. */
  readonly body?: string | Uint8Array;
  /** Packs the body and says so: then the body is not read any more once the request has settled. */
  readonly gzip?: boolean;
  /** In place of the client's. */
  readonly timeoutMs?: number;
  /**
   * Whether there is room for the body of a 2xx of so many bytes: asked while it comes and as it is unpacked, below `maxBytes`.
   * False: the answer is given up as `too_large`.
   */
  readonly mayTake?: (bytes: number) => boolean;
  readonly signal: AbortSignal;
}

export interface HttpClient {
  /** Settles within the limits. @throws the signal's reason as soon as it fires; every other trouble is a reply. */
  request(request: HttpRequest): Promise<HttpReply>;
  /** The certificates that the host has shown and that were trusted, its own first; none before the first answer and without TLS. */
  certificates(): readonly ShownCertificate[];
  /** Ends all connections and what is in flight on them, within a second. */
  close(): Promise<void>;
}

const CONNECTIONS = 8;
const CONNECT_MS = 10_000;
const TIMEOUT_MS = 60_000;
const CLOSE_MS = 1_000;
const MAX_BYTES = 64 * 2 ** 20;

/**
 * Touches files and not the network.
 * @throws TlsFileError, ProxyError
 */
export function openHttpClient(options: HttpClientOptions): HttpClient {
  return new OneHostClient(options);
}

class OneHostClient implements HttpClient {
  readonly #options: HttpClientOptions;
  readonly #base: URL;
  readonly #connector: Connector;
  readonly #pool: Pool;

  constructor(options: HttpClientOptions) {
    const { url, tls = {}, proxy, caFingerprint, connectMs = CONNECT_MS, connections = CONNECTIONS } = options;
    this.#options = options;
    this.#base = new URL(url);
    this.#connector = new Connector({
      url: this.#base,
      proxy: proxy === undefined ? undefined : parseProxy(proxy, 'proxy'),
      tls: openTlsContext(tls),
      caFingerprint,
      connectMs,
    });
    this.#pool = new Pool(this.#base.origin, {
      connections,
      pipelining: 1,
      connect: this.#connector.connect,
      // The timers are ours.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  async request(request: HttpRequest): Promise<HttpReply> {
    const { method = 'GET', path = '', signal } = request;
    signal.throwIfAborted();
    const limits = this.#limitsFor(request);
    const { body, headers } = await this.#contentOf(request);
    const exchanged = await exchange({
      dispatcher: this.#pool,
      request: { method, path: this.#pathTo(path), headers, body },
      limits,
      signal,
      step: () => this.#connector.step,
    });
    const { mayTake } = limits;
    return replyOf(exchanged, { maxBytes: limits.maxBytes, mayTake, urlKey: this.#options.urlKey ?? 'url' });
  }

  certificates(): readonly ShownCertificate[] {
    return this.#connector.chain;
  }

  async close(): Promise<void> {
    this.#connector.destroy();
    // However long the library takes, a stop does not wait for it.
    let patience: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([this.#pool.destroy(), enough]).finally(() => clearTimeout(patience));
  }

  #pathTo(path: string): string {
    const { pathname, search } = this.#base;
    if (path === '') return `${pathname}${search}`;
    return `${pathname.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`;
  }

  #limitsFor(request: HttpRequest): ExchangeLimits {
    const { timeoutMs = TIMEOUT_MS, silenceMs = timeoutMs, maxBytes = MAX_BYTES } = this.#options;
    const { mayTake = () => true } = request;
    const total = request.timeoutMs ?? timeoutMs;
    return { timeoutMs: total, silenceMs: Math.min(silenceMs, total), maxBytes, mayTake };
  }

  async #contentOf({ body, headers = {}, gzip: packs = false }: HttpRequest) {
    const all = { 'accept-encoding': 'gzip', ...this.#options.headers, ...headers };
    if (!packs || body === undefined) return { body: body ?? null, headers: all };
    return { body: await packed(body), headers: { ...all, 'content-encoding': 'gzip' } };
  }
}
