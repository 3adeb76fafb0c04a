/**
 * The sink at work, in the order of one send: the batch becomes the load of one request, the intake answers for it as a whole,
 * and what its clock says it has dropped all the same goes again.
 */
import type { Batch, Check, Failure, SendCall, SendResult, Sink, SinkContext } from '@audit-relay/sink';
import { type HttpClient, type HttpReply, openHttpClient } from '@audit-relay/sink-http';
import { isKept } from './age.ts';
import { noOf } from './answer.ts';
import { checkPeer } from './check/check.ts';
import { baseOf, type DatadogConfig } from './config.ts';
import { type Wrap, wrapOf } from './entry.ts';
import { IntakeClock } from './intake-clock.ts';
import { limitsOf, MAX_REQUEST_BYTES } from './limits.ts';
import { type Load, type Loaded, loadOf } from './load.ts';

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
  readonly #clock: IntakeClock;
  readonly #wrap: Wrap;
  /** Of bodies that are sent: with new ones of megabytes for each request a third of the time goes to collecting them. */
  readonly #spare: Buffer[] = [];

  /** @throws TlsFileError, ProxyError. Touches no network. */
  constructor({ config, context }: SinkParts) {
    this.#config = config;
    this.#context = context;
    this.#client = openHttpClient(clientOptions(config, context));
    this.#clock = new IntakeClock(context);
    this.#wrap = wrapOf(config, context.format);
  }

  async send({ envelopes }: Batch, call: SendCall): Promise<SendResult> {
    call.signal.throwIfAborted();
    const before = this.#load(envelopes);
    const isInDoubt = this.#isInDoubt(before);
    const fault = isInDoubt ? await this.#askTime(call.signal) : undefined;
    if (fault !== undefined) return fault;
    const load = isInDoubt ? this.#load(envelopes) : before;
    const { bytes } = load.body;
    if (bytes > MAX_REQUEST_BYTES) {
      return { kind: 'too_large', reason: `${bytes} bytes, more than the ${MAX_REQUEST_BYTES} of a request` };
    }
    if (load.loaded.length === 0) return resultOf(load.left, envelopes.length);
    const reply = await this.#post(load.body.end(), call.signal);
    // What was packed is read no more; what was not may stand in a socket still.
    if (this.#config.gzip) this.#spare.push(load.body.buffer);
    // A no is of the whole, so that core halves what the intake names nobody of; what was left is judged again with it.
    const no = noOf(reply, { config: this.#config, nowMs: this.#context.now() });
    if (no !== undefined) return no;
    const dropped = this.#dropped(reply, load);
    this.#count(load, dropped);
    const failures = [...load.left, ...dropped.map(({ index }) => ({ index, failure: DROPPED }))];
    return resultOf(failures, envelopes.length);
  }

  async check(signal: AbortSignal): Promise<readonly Check[]> {
    const [config, context] = [this.#config, this.#context];
    const ask = (): Promise<HttpReply> => this.#post('[]', signal);
    const intake = await checkPeer({ ask, config, nowMs: context.now() });
    // Loaded for a doctor alone, with all that set-up knows.
    const { checkApi } = await import('./check/api.ts');
    return [...intake, ...(await checkApi({ config, context, signal }))];
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #load(envelopes: Batch['envelopes']): Load {
    const nowMs = this.#clock.nowMs();
    return loadOf(envelopes, { wrap: this.#wrap, policy: this.#config.old_events, nowMs, spare: this.#spare.pop() });
  }

  /** Whether the intake's time is to be known before what it decides: that an event is left out, or gets another date. */
  #isInDoubt({ isAnyOld, isAnyRestamped }: Load): boolean {
    return (isAnyOld && !this.#clock.isAsked) || ((isAnyOld || isAnyRestamped) && this.#clock.isApart);
  }

  /** Nothing is left out for its age by this host's clock alone: what is not sent has no answer that would set it right. */
  async #askTime(signal: AbortSignal): Promise<Failure | undefined> {
    const reply = await this.#post('[]', signal);
    if (reply.kind === 'fault') return noOf(reply, { config: this.#config, nowMs: this.#context.now() });
    this.#clock.heed(reply);
    return undefined;
  }

  /** What the intake has said yes to and not kept, since its clock is another than we took it for. */
  #dropped(reply: HttpReply, { loaded }: Load): readonly Loaded[] {
    if (reply.kind === 'fault') return [];
    const intakeMs = this.#clock.heed(reply);
    return loaded.filter(({ stamp }) => !isKept(stamp.atMs, intakeMs, ROUNDING_MS));
  }

  #count({ loaded }: Load, dropped: readonly Loaded[]): void {
    const restamped = loaded.filter((each) => each.isRestamped && !dropped.includes(each)).length;
    if (restamped > 0) this.#context.count('restamped', restamped);
  }

  #post(body: string | Uint8Array, signal: AbortSignal): Promise<HttpReply> {
    const headers = { 'content-type': 'application/json' };
    return this.#client.request({ method: 'POST', path: PATH, headers, body, gzip: this.#config.gzip, signal });
  }
}

/** Dates of HTTP have no milliseconds, and the answer may have been on its way for a while. */
const ROUNDING_MS = 300_000;

const DROPPED: Failure = {
  kind: 'retryable',
  why: 'unanswered',
  reason:
    'the intake’s clock is hours away from this host’s, so that it dropped the event: set the one that is wrong (NTP)',
};

/** @param failures by their index in the batch of `count` events. */
function resultOf(
  failures: readonly { readonly index: number; readonly failure: Failure }[],
  count: number,
): SendResult {
  const [first] = failures;
  if (first === undefined) return { kind: 'acked' };
  if (count === 1) return first.failure;
  return { kind: 'partial', acked: count - failures.length, failures };
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
