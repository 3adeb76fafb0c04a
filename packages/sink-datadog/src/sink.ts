/** The sink at work, in the order of one send: entries within the limits as one request, and what its answer means. */
import type { Batch, Check, SendCall, SendResult, Sink, SinkContext } from '@audit-relay/sink';
import { type HttpClient, type HttpReply, openHttpClient } from '@audit-relay/sink-http';
import { noOf } from './answer.ts';
import { checkPeer } from './check/check.ts';
import { baseOf, type DatadogConfig } from './config.ts';
import { type Wrap, wrapOf } from './entry.ts';
import { limitsOf, MAX_REQUEST_BYTES } from './limits.ts';

const PATH = '/api/v2/logs';

/** Its answers are empty or a few words. */
const MAX_ANSWER_BYTES = 2 ** 20;

export interface SinkParts {
  readonly config: DatadogConfig;
  readonly context: SinkContext;
}

export class DatadogSink implements Sink {
  readonly #config: DatadogConfig;
  readonly #context: SinkContext;
  readonly #client: HttpClient;
  readonly #wrap: Wrap;

  /** @throws TlsFileError, ProxyError. Touches no network. */
  constructor({ config, context }: SinkParts) {
    this.#config = config;
    this.#context = context;
    this.#client = openHttpClient(clientOptions(config, context));
    this.#wrap = wrapOf(config, context.format);
  }

  async send({ envelopes }: Batch, call: SendCall): Promise<SendResult> {
    call.signal.throwIfAborted();
    const body = `[${envelopes.map((envelope) => this.#wrap(envelope, { atMs: envelope.timeMs })).join(',')}]`;
    const bytes = Buffer.byteLength(body);
    if (bytes > MAX_REQUEST_BYTES) {
      return { kind: 'too_large', reason: `${bytes} bytes, more than the ${MAX_REQUEST_BYTES} of a request` };
    }
    const reply = await this.#post(body, call.signal);
    return noOf(reply, { config: this.#config, nowMs: this.#context.now() }) ?? { kind: 'acked' };
  }

  check(signal: AbortSignal): Promise<readonly Check[]> {
    const ask = (): Promise<HttpReply> => this.#post('[]', signal);
    return checkPeer({ ask, config: this.#config, nowMs: this.#context.now() });
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #post(body: string, signal: AbortSignal): Promise<HttpReply> {
    const headers = { 'content-type': 'application/json' };
    return this.#client.request({ method: 'POST', path: PATH, headers, body, gzip: this.#config.gzip, signal });
  }
}

function clientOptions(config: DatadogConfig, context: SinkContext): Parameters<typeof openHttpClient>[0] {
  const base = baseOf(config);
  const proxy = config.proxy ?? context.proxyFor(base);
  return {
    url: base,
    urlKey: config.site === undefined ? 'url' : 'site',
    ...(config.tls === undefined ? {} : { tls: config.tls }),
    ...(proxy === undefined ? {} : { proxy }),
    // DD-EVP-ORIGIN names the sender, as Datadog's own senders do.
    headers: { 'dd-api-key': config.api_key, 'user-agent': context.userAgent, 'dd-evp-origin': 'audit-relay' },
    connections: limitsOf(config).maxInFlight,
    timeoutMs: config.request_timeout,
    maxBytes: MAX_ANSWER_BYTES,
  };
}
