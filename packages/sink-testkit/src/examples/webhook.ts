/**
 * A whole sink in one file, to read and to begin a new HTTP sink from: it posts events to a webhook with
 * nothing but Node's `http`. The kit's own tests run on it.
 *
 * The wire, one line per event, answered by how many are stored and which are refused:
 *
 *     POST /events   {"id":"audit_log-0","event":{"@timestamp":"2026-03-01T11:59:00.000Z",…}}
 *     200            {"stored":0,"refused":[{"index":0,"code":"no_such_user"}]}
 */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { Batch, Check, Failure, SendCall, SendResult, Sink, SinkContext, SinkPlugin } from '@audit-relay/sink';
import { z } from 'zod';

export interface WebhookConfig {
  /** Base URL, without a path. */
  readonly url: string;
  readonly token: string;
  /** Longest wait for one answer, in milliseconds. */
  readonly timeout_ms: number;
}

export const webhook: SinkPlugin<WebhookConfig> = {
  type: 'webhook',
  configSchema: z.strictObject({
    url: z.url(),
    token: z.string().min(1),
    timeout_ms: z.int().min(1).default(10_000),
  }),
  limits: ({ timeout_ms }) => ({
    maxEvents: 500,
    maxBytes: 1_000_000,
    maxEventBytes: 256_000,
    maxInFlight: 4,
    sendMs: timeout_ms * 3,
  }),
  open: async (config, context) => new WebhookSink(config, context),
};

/** One answer, read to its end. */
interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

class WebhookSink implements Sink {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  readonly #config: WebhookConfig;
  readonly #context: SinkContext;

  constructor(config: WebhookConfig, context: SinkContext) {
    this.#config = config;
    this.#context = context;
  }

  async send(batch: Batch, { signal }: SendCall): Promise<SendResult> {
    signal.throwIfAborted();
    const body = batch.envelopes.map(({ id, json }) => `{"id":${JSON.stringify(id)},"event":${json}}`).join('\n');
    try {
      const answer = await this.#ask('POST', '/events', { body, signal });
      return answer.status === 200 ? readYes(answer.text, batch) : readNo(answer, this.#context.now());
    } catch (error) {
      signal.throwIfAborted();
      return lost(error);
    }
  }

  async check(signal: AbortSignal): Promise<readonly Check[]> {
    const name = 'webhook';
    try {
      const { status } = await this.#ask('GET', '/health', { body: '', signal });
      if (status === 200) return [{ name, verdict: 'ok', detail: 'answers and takes the token' }];
      const fix = status === 401 ? 'put a valid token into the config' : 'check that url is the webhook';
      return [{ name, verdict: 'fail', detail: `answers HTTP ${status}`, fix }];
    } catch (error) {
      return [{ name, verdict: 'fail', detail: `no answer (${codeOf(error)})`, fix: 'check url and the network' }];
    }
  }

  async close(): Promise<void> {
    this.#agent.destroy();
  }

  /** One request; redirects are not followed, because Node's `http` never does. */
  #ask(method: string, path: string, { body, signal }: { body: string; signal: AbortSignal }): Promise<Answer> {
    const { url, token, timeout_ms } = this.#config;
    return new Promise<Answer>((resolve, reject) => {
      const request = httpRequest(new URL(path, url), {
        method,
        agent: this.#agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeout_ms)]),
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/x-ndjson',
          'content-length': Buffer.byteLength(body),
          'user-agent': this.#context.userAgent,
        },
      });
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, text: Buffer.concat(chunks).toString('utf8') });
        });
      });
      request.end(body);
    });
  }
}

const webhookAnswer = z.object({
  stored: z.int(),
  refused: z.array(z.object({ index: z.int(), code: z.string() })),
});

/** Only the peer's own words are a yes: a proxy's page may come with a 200 as well. */
function readYes(text: string, { envelopes }: Batch): SendResult {
  const answer = webhookAnswer.safeParse(parsed(text));
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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readNo({ status, headers }: Answer, nowMs: number): Failure {
  const reason = `HTTP ${status}`;
  if (status === 429 || status === 503) return { kind: 'retryable', why: 'refused', reason, ...waitOf(headers, nowMs) };
  if (status === 408 || status >= 500) return { kind: 'retryable', why: 'failed', reason };
  if (status === 413) return { kind: 'too_large', reason };
  if (status === 400) return { kind: 'rejected', reason };
  if (status === 401 || status === 403) return { kind: 'blocked', reason: `${reason}: the token is not valid` };
  return { kind: 'blocked', reason: `${reason}: url is not the webhook's` };
}

/** Retry-After is whole seconds or an HTTP date (RFC 9110, 10.2.3); anything else asks for nothing. */
function waitOf(headers: IncomingHttpHeaders, nowMs: number): { readonly retryAfterMs?: number } {
  const value = headers['retry-after'] ?? '';
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs;
  // No more than a day: what is longer is a mistake.
  return ms >= 0 ? { retryAfterMs: Math.min(ms, 86_400_000) } : {};
}

function lost(error: unknown): Failure {
  const code = codeOf(error);
  const why = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes(code) ? 'failed' : 'unanswered';
  return { kind: 'retryable', why, reason: `no answer (${code})` };
}

/** The code alone: an error's message may hold what was sent. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
