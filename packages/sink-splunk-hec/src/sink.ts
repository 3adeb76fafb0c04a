/**
 * The sink at work, in the order of one send: an address in turn, the envelopes as one request, what the answer means, and,
 * where the token has indexer acknowledgment, the wait for it.
 */
import type { Batch, Check, SendCall, SendResult, Sink, SinkContext } from '@audit-relay/sink';
import { Rotation } from '@audit-relay/sink-http';
import { AckDesk } from './acks/desk.ts';
import type { Ticket } from './acks/ledger.ts';
import type { Sleep } from './acks/poller.ts';
import { type Told, told } from './answer.ts';
import { checkPeer } from './check/check.ts';
import { basesOf, type SplunkHecConfig } from './config.ts';
import { Endpoint } from './endpoint.ts';
import { bodyOf, type Wrap, wrapOf } from './envelope.ts';

export interface SinkParts {
  readonly config: SplunkHecConfig;
  readonly context: SinkContext;
  readonly sleep: Sleep;
}

export class SplunkHecSink implements Sink {
  readonly #config: SplunkHecConfig;
  readonly #context: SinkContext;
  readonly #wrap: Wrap;
  readonly #rotation: Rotation<Endpoint>;
  readonly #desks: ReadonlyMap<Endpoint, AckDesk>;

  /** @throws TlsFileError, ProxyError. Touches no network. */
  constructor({ config, context, sleep }: SinkParts) {
    this.#config = config;
    this.#context = context;
    this.#wrap = wrapOf(config, context.format);
    const endpoints = basesOf(config).map((base) => new Endpoint(base, config, context));
    this.#rotation = new Rotation(endpoints, context);
    this.#desks = new Map(endpoints.map((endpoint) => [endpoint, new AckDesk({ endpoint, config, context, sleep })]));
  }

  async send(batch: Batch, call: SendCall): Promise<SendResult> {
    call.signal.throwIfAborted();
    const { endpoint, note } = this.#rotation.next();
    const desk = this.#desks.get(endpoint);
    if (desk === undefined) throw new Error('an address without its desk');
    const done = await endpoint.first.enter(call.signal);
    let sent: Sent;
    try {
      const held = await desk.hold(call.signal);
      sent = held === undefined ? await this.#post(endpoint, batch, call.signal) : { held };
    } catch (error) {
      done(false);
      throw error;
    }
    const isYes = 'answer' in sent && sent.answer.kind === 'yes';
    endpoint.hasWorked ||= isYes;
    done(isYes);
    return settled(sent, { desk, events: batch.envelopes.length, call, note });
  }

  check(signal: AbortSignal): Promise<readonly Check[]> {
    return checkPeer({
      endpoints: this.#rotation.endpoints,
      config: this.#config,
      nowMs: this.#context.now(),
      signal,
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#desks.values()].map((desk) => desk.close()));
    await Promise.all(this.#rotation.endpoints.map((endpoint) => endpoint.close()));
  }

  /** One request. Whatever becomes of it, the ledger hears of it, since it may have been given an id. */
  async #post(endpoint: Endpoint, { envelopes }: Batch, signal: AbortSignal): Promise<Posted> {
    const ticket = endpoint.ledger.begin();
    let answer: Told | undefined;
    let isLost = true;
    try {
      const reply = await endpoint.request({ to: 'event', body: bodyOf(envelopes, this.#wrap), signal });
      isLost = reply.kind === 'fault' && reply.sent;
      answer = told(reply, {
        config: this.#config,
        count: envelopes.length,
        nowMs: this.#context.now(),
        hasWorked: endpoint.hasWorked,
      });
      return { answer, ticket };
    } finally {
      if (isLost) endpoint.ledger.lost(ticket);
      else if (answer?.kind !== 'yes') endpoint.ledger.refused(ticket);
    }
  }
}

interface Posted {
  readonly answer: Told;
  readonly ticket: Ticket;
}

type Sent = Posted | { readonly held: SendResult };

interface Settling {
  readonly desk: AckDesk;
  readonly events: number;
  readonly call: SendCall;
  note(isWell: boolean): void;
}

async function settled(sent: Sent, { desk, events, call, note }: Settling): Promise<SendResult> {
  if ('held' in sent) {
    note(false);
    return sent.held;
  }
  const { answer, ticket } = sent;
  if (answer.kind === 'yes') {
    note(true);
    return desk.settle(answer, ticket, { events, call });
  }
  note(answer.result.kind !== 'retryable' && answer.result.kind !== 'blocked');
  return answer.result;
}
