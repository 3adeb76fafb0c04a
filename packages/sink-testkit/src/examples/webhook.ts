/**
 * A whole sink in one file, to read and to begin a new HTTP sink from: it posts events to a webhook. What all HTTP
 * sinks have in common (TLS, proxies, timeouts, what a fault of the network means) is `@audit-relay/sink-http`'s, so that
 * what stands here is what this peer alone means. The kit's own tests run on it.
 *
 * The wire, one line per event, answered by how many are stored and which are refused:
 *
 *     POST /events   {"id":"audit_log-0","event":{"@timestamp":"2026-03-01T11:59:00.000Z",…}}
 *     200            {"stored":0,"refused":[{"index":0,"code":"no_such_user"}]}
 */
import type { Batch, Check, Failure, SendCall, SendResult, Sink, SinkContext, SinkPlugin } from '@audit-relay/sink';
import {
  failureOf,
  type HttpClient,
  type HttpReply,
  openHttpClient,
  proxySchema,
  type TlsFiles,
  tlsSchema,
} from '@audit-relay/sink-http';
import { z } from 'zod';

export interface WebhookConfig {
  /** Base URL; its path goes before `/events` and `/health`. */
  readonly url: string;
  readonly token: string;
  /** Longest wait for one answer, in milliseconds. */
  readonly timeout_ms: number;
  readonly tls?: TlsFiles;
  readonly proxy?: string;
}

export const webhook: SinkPlugin<WebhookConfig> = {
  type: 'webhook',
  configSchema: z.strictObject({
    url: z.url({ protocol: /^https?$/ }),
    token: z.string().min(1),
    timeout_ms: z.int().min(1).default(10_000),
    tls: tlsSchema.exactOptional(),
    proxy: proxySchema.exactOptional(),
  }),
  limits: ({ timeout_ms }) => ({
    maxEvents: 500,
    maxBytes: 1_000_000,
    maxEventBytes: 256_000,
    maxInFlight: IN_FLIGHT,
    sendMs: timeout_ms * 3,
  }),
  open: async (config, context) => new WebhookSink(config, context),
};

const IN_FLIGHT = 4;

class WebhookSink implements Sink {
  readonly #client: HttpClient;
  readonly #context: SinkContext;

  constructor({ url, token, timeout_ms, tls, proxy }: WebhookConfig, context: SinkContext) {
    const through = proxy ?? context.proxyFor(url);
    this.#context = context;
    this.#client = openHttpClient({
      url,
      headers: { authorization: `Bearer ${token}`, 'user-agent': context.userAgent },
      connections: IN_FLIGHT,
      timeoutMs: timeout_ms,
      ...(tls === undefined ? {} : { tls }),
      ...(through === undefined ? {} : { proxy: through }),
    });
  }

  async send(batch: Batch, { signal }: SendCall): Promise<SendResult> {
    const body = batch.envelopes.map(({ id, json }) => `{"id":${JSON.stringify(id)},"event":${json}}`).join('\n');
    const headers = { 'content-type': 'application/x-ndjson' };
    const reply = await this.#client.request({ method: 'POST', path: '/events', headers, body, signal });
    if (reply.kind === 'answer' && reply.status === 200) return readYes(reply.json(), batch);
    return this.#no(reply);
  }

  async check(signal: AbortSignal): Promise<readonly Check[]> {
    const name = 'webhook';
    try {
      const reply = await this.#client.request({ path: '/health', signal });
      if (reply.kind === 'answer' && reply.status === 200) {
        return [{ name, verdict: 'ok', detail: 'answers and takes the token' }];
      }
      return [
        {
          name,
          verdict: 'fail',
          detail: this.#no(reply).reason,
          fix: 'do as that says; look at url, token and the network',
        },
      ];
    } catch {
      return [{ name, verdict: 'fail', detail: 'no answer in time', fix: 'check url and the network' }];
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #no(reply: HttpReply): Failure {
    return failureOf(reply, { nowMs: this.#context.now(), credentials: 'token' });
  }
}

const webhookAnswer = z.object({
  stored: z.int(),
  refused: z.array(z.object({ index: z.int(), code: z.string() })),
});

/** Only the peer's own words are a yes: a proxy's page may come with a 200 as well. */
function readYes(body: unknown, { envelopes }: Batch): SendResult {
  const answer = webhookAnswer.safeParse(body);
  if (!answer.success) return { kind: 'retryable', why: 'unanswered', reason: 'HTTP 200 with an unreadable body' };
  const { stored, refused } = answer.data;
  if (stored + refused.length !== envelopes.length) {
    const counted = `${stored} stored and ${refused.length} refused of ${envelopes.length} events`;
    return { kind: 'retryable', why: 'unanswered', reason: `HTTP 200 that counts ${counted}` };
  }
  if (refused.length === 0) return { kind: 'acked' };
  return { kind: 'partial', acked: stored, failures: refused.map(({ index, code }) => ({ index, failure: no(code) })) };
}

/** A code of the webhook's own pages is fit for a reason; its free text might quote the event. */
function no(code: string): Failure {
  if (code === 'busy') return { kind: 'retryable', why: 'refused', reason: 'the webhook is busy' };
  return { kind: 'rejected', reason: 'the webhook refused this event for ever' };
}
