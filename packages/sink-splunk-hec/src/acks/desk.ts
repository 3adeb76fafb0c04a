/** From Splunk's first yes to its second: whether there is to be one at all, and what becomes of a batch that waits for it. */
import type { SendCall, SendResult, SinkContext } from '@audit-relay/sink';
import { failureOf, LogThrottle } from '@audit-relay/sink-http';
import { type Told, told, wordsOf } from '../answer.ts';
import { channelOf } from '../channel.ts';
import type { SplunkHecConfig } from '../config.ts';
import type { Endpoint } from '../endpoint.ts';
import { mayWaitForAcks } from '../limits.ts';
import type { AckOutcome, Ticket, Waiting } from './ledger.ts';
import { askFor, Poller, refusalIn, type Sleep, statusesIn } from './poller.ts';

type Yes = Extract<Told, { readonly kind: 'yes' }>;

/** So others say that they have no such address, without a code. */
const NO_SPLUNK =
  'indexer_ack is required: HTTP 400 without a code to the question for acknowledgments: set receiver: other if it is not Splunk';

export interface DeskOptions {
  readonly endpoint: Endpoint;
  readonly config: SplunkHecConfig;
  readonly context: SinkContext;
  readonly sleep: Sleep;
}

export class AckDesk {
  readonly #options: DeskOptions;
  readonly #poller: Poller;
  readonly #throttle: LogThrottle;

  constructor(options: DeskOptions) {
    const { endpoint, config, sleep } = options;
    this.#options = options;
    this.#throttle = new LogThrottle(options.context);
    this.#poller = new Poller({
      endpoint,
      sleep,
      intervalMs: config.ack_poll_interval,
      onRefused: (reason) => this.#refuse(reason),
      onTrouble: (reason) => this.#throttle.log('SPLUNK_HEC_ACK_POLL_FAILED', { url: endpoint.base, reason }),
    });
  }

  close(): Promise<void> {
    return this.#poller.close();
  }

  /**
   * With `required`, asked before anything is sent: events that a token takes without acknowledging them would be taken again
   * with every try. Undefined: send. @throws the signal's reason.
   */
  async hold(signal: AbortSignal): Promise<SendResult | undefined> {
    const { endpoint, config, context } = this.#options;
    if (config.indexer_ack !== 'required' || endpoint.acks === 'on') return undefined;
    // On a channel where no status waits to be read once.
    const reply = await askFor(endpoint, { ids: [0], channel: channelOf(`${context.name} asking`), signal });
    if (statusesIn(reply) !== undefined) {
      endpoint.acks = 'on';
      return undefined;
    }
    const refusal = refusalIn(reply, false);
    if (refusal !== undefined) return { kind: 'blocked', reason: `indexer_ack is required: ${refusal}` };
    if (reply.kind === 'fault') return failureOf(reply);
    if (reply.status === 400 && wordsOf(reply) === undefined) return { kind: 'blocked', reason: NO_SPLUNK };
    const answer = told(reply, { config, count: 1, nowMs: context.now(), hasWorked: false });
    if (answer.kind === 'no' && answer.result.kind !== 'rejected') return answer.result;
    return { kind: 'retryable', why: 'failed', reason: `HTTP ${reply.status} to the question for acknowledgments` };
  }

  /** What a yes is worth: at once, or once the acknowledgment has come. @throws the signal's reason. */
  async settle(
    yes: Yes,
    ticket: Ticket,
    { events, call }: { readonly events: number; readonly call: SendCall },
  ): Promise<SendResult> {
    const { endpoint, config, context } = this.#options;
    const acked: SendResult = yes.isBusy ? { kind: 'acked', busy: true } : { kind: 'acked' };
    if (yes.ackId === undefined || !mayWaitForAcks(config) || typeof endpoint.acks === 'object') {
      endpoint.ledger.refused(ticket);
      return this.#withoutAck(yes, events) ?? acked;
    }
    endpoint.acks = 'on';
    const { waiting, hasRestarted } = endpoint.ledger.took(ticket, yes.ackId);
    if (hasRestarted) this.#throttle.log('SPLUNK_HEC_ACK_RESTARTED', { url: endpoint.base });
    call.accepted();
    this.#poller.wake();
    const outcome = await this.#outcomeOf(waiting, call.signal);
    if (outcome === 'indexed') return acked;
    if (outcome === 'refused' && typeof endpoint.acks === 'object') {
      context.count('unconfirmed', events);
      return acked;
    }
    context.count(`ack_${outcome}`, events);
    return { kind: 'retryable', why: 'unanswered', reason: this.#reasonFor(outcome) };
  }

  /** A yes that is all there will be; a result when it is not enough. */
  #withoutAck({ ackId }: Yes, events: number): SendResult | undefined {
    const { endpoint, config, context } = this.#options;
    if (config.receiver === 'other') return undefined;
    if (ackId !== undefined) {
      if (config.indexer_ack === 'off') this.#throttle.log('SPLUNK_HEC_ACK_IGNORED', { url: endpoint.base });
      else context.count('unconfirmed', events);
      return undefined;
    }
    const had = endpoint.acks;
    endpoint.acks = 'off';
    if (config.indexer_ack === 'required') {
      const reason = 'taken without an acknowledgment: enable indexer acknowledgment for the token in Splunk';
      return { kind: 'retryable', why: 'unanswered', reason };
    }
    if (had !== 'off' && config.indexer_ack === 'auto') context.log('SPLUNK_HEC_ACK_OFF', { url: endpoint.base });
    return undefined;
  }

  /** @throws the signal's reason; the batch is then forgotten. */
  async #outcomeOf(waiting: Waiting, signal: AbortSignal): Promise<AckOutcome | 'timeout'> {
    const { endpoint, config, sleep } = this.#options;
    const done = new AbortController();
    const either = AbortSignal.any([signal, done.signal]);
    const timeout = sleep(config.ack_timeout, either).then(
      () => 'timeout' as const,
      () => 'timeout' as const,
    );
    try {
      const outcome = await Promise.race([waiting.outcome, timeout]);
      // The wait ends by the signal too.
      if (outcome === 'timeout') signal.throwIfAborted();
      return outcome;
    } finally {
      done.abort();
      endpoint.ledger.forget(waiting);
    }
  }

  #refuse(reason: string): void {
    const { endpoint, config } = this.#options;
    // Asked for anew before the next send.
    endpoint.acks = config.indexer_ack === 'required' ? 'unknown' : { refused: reason };
    this.#throttle.log('SPLUNK_HEC_ACK_REFUSED', { url: endpoint.base, reason });
    endpoint.ledger.settleAll('refused');
  }

  #reasonFor(outcome: Exclude<AckOutcome, 'indexed'> | 'timeout'): string {
    const seconds = Math.round(this.#options.config.ack_timeout / 1_000);
    if (outcome === 'timeout')
      return `not acknowledged as indexed within ${seconds} s: see whether the indexers are well`;
    if (outcome === 'restarted') return 'the indexer has restarted, and its acknowledgment is lost';
    return 'acknowledgments are refused: enable indexer acknowledgment for the token, and see that the token is valid';
  }
}
