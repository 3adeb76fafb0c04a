/** One address of the collector: its client, its cookies, and what was learnt of it. */
import type { SinkContext } from '@audit-relay/sink';
import { type HttpClient, type HttpReply, openHttpClient } from '@audit-relay/sink-http';
import { AckLedger } from './acks/ledger.ts';
import { channelOf } from './channel.ts';
import type { SplunkHecConfig } from './config.ts';
import { Cookies } from './cookies.ts';
import { FirstAlone } from './first-alone.ts';
import { limitsOf } from './limits.ts';

/** What is asked of the collector below its address. */
const PATHS = {
  event: '/services/collector/event',
  ack: '/services/collector/ack',
  health: '/services/collector/health',
} as const;

export interface EndpointRequest {
  readonly to: keyof typeof PATHS;
  /** Absent: GET. */
  readonly body?: string;
  /** In place of the process's own. */
  readonly channel?: string;
  readonly signal: AbortSignal;
}

/** What is known of the acknowledgments here: nothing yet, that the token has them or has not, or why they cannot be had. */
export type AckState = 'unknown' | 'on' | 'off' | { readonly refused: string };

/** No answer of the collector is longer than the statuses of some thousand acknowledgments. */
const MAX_BYTES = 4 * 2 ** 20;

export class Endpoint {
  readonly base: string;
  readonly ledger: AckLedger = new AckLedger();
  readonly first: FirstAlone = new FirstAlone();
  /** Has taken events since the sink was opened. */
  hasWorked = false;
  acks: AckState = 'unknown';
  readonly #config: SplunkHecConfig;
  readonly #context: SinkContext;
  readonly #client: HttpClient;
  readonly #cookies = new Cookies();

  /** @throws TlsFileError, ProxyError. Touches no network. */
  constructor(base: string, config: SplunkHecConfig, context: SinkContext) {
    const proxy = config.proxy ?? context.proxyFor(base);
    this.base = base;
    this.#config = config;
    this.#context = context;
    this.#client = openHttpClient({
      url: base,
      ...(config.tls === undefined ? {} : { tls: config.tls }),
      ...(proxy === undefined ? {} : { proxy }),
      // Without a User-Agent splunkd falls back to HTTP/1.0 (inputs.conf, `forceHttp10`).
      headers: { authorization: `Splunk ${config.token}`, 'user-agent': context.userAgent },
      // One beside the sends, so that acknowledgments can be asked for.
      connections: limitsOf(config).maxInFlight + 1,
      timeoutMs: config.request_timeout,
      maxBytes: MAX_BYTES,
    });
  }

  /** @throws the signal's reason when it fires. */
  async request({ to, body, channel, signal }: EndpointRequest): Promise<HttpReply> {
    const reply = await this.#client.request({
      method: body === undefined ? 'GET' : 'POST',
      path: PATHS[to],
      headers: {
        ...this.#cookies.headers(),
        'x-splunk-request-channel': channel ?? channelOf(this.#context.name),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
      gzip: to === 'event' && this.#config.gzip && body !== '',
      signal,
    });
    if (reply.kind === 'answer') this.#cookies.keep(reply, this.#context.now());
    return reply;
  }

  /** As the host has shown them, once it has answered. */
  certificates(): ReturnType<HttpClient['certificates']> {
    return this.#client.certificates();
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
