/**
 * The sink at work, in the order of one send: who is there and what may we do (once), what is held already (when the
 * batch was sent before), one bulk, and what became of each event.
 */
import type { Batch, Check, Envelope, Failure, SendCall, SendResult, Sink, SinkContext } from '@audit-relay/sink';
import { LogThrottle } from '@audit-relay/sink-http';
import { failureOf } from './answer.ts';
import { bulkRequest } from './bulk/request.ts';
import { type FailureAt, type Settlement, settle } from './bulk/settle.ts';
import { bodyOf, type Lines, linesOf } from './bulk/text.ts';
import { checkPeer } from './check/check.ts';
import type { ElasticsearchConfig } from './config.ts';
import type { Peer } from './connect.ts';
import type { Guard, Looked } from './guard/guard.ts';
import { lookMsOf } from './limits.ts';
import { prepare, type Ready } from './prepare.ts';
import { writingPrivilege } from './privileges.ts';
import { namesOf } from './target.ts';

/** What a sink is made of; a guard only where an id can be held twice. */
export interface SinkParts {
  readonly config: ElasticsearchConfig;
  readonly context: SinkContext;
  readonly peer: Peer;
  readonly guard: Guard | undefined;
}

export class ElasticsearchSink implements Sink {
  readonly #config: ElasticsearchConfig;
  readonly #context: SinkContext;
  readonly #peer: Peer;
  readonly #guard: Guard | undefined;
  readonly #lines: Lines;
  /** Of a batch that is to replace what is held. */
  readonly #overwritingLines: Lines;
  readonly #throttle: LogThrottle;
  #ready: Ready | undefined;

  constructor({ config, context, peer, guard }: SinkParts) {
    this.#config = config;
    this.#context = context;
    this.#peer = peer;
    this.#guard = guard;
    this.#lines = linesOf(config);
    this.#overwritingLines = linesOf({ ...config, overwrites: true });
    this.#throttle = new LogThrottle(context);
  }

  async send({ envelopes, replay, overwrite }: Batch, { signal }: SendCall): Promise<SendResult> {
    signal.throwIfAborted();
    const templated = { config: this.#config, format: this.#context.format };
    const ready = this.#ready ?? (await prepare(this.#peer, templated, signal));
    if (ready.kind !== 'ready') return ready;
    this.#ready = ready;
    const looked = replay ? await this.#look(envelopes, ready, signal) : NOTHING_HELD;
    if (looked.kind !== 'found') return looked;
    // Places in the batch, since the bulk counts from 0 again.
    const missing = [...envelopes.keys()].filter((index) => !looked.found.has(envelopes[index]?.id ?? ''));
    this.#count('duplicate', envelopes.length - missing.length);
    if (missing.length === 0) return { kind: 'acked' };
    const some = missing.flatMap((index) => envelopes[index] ?? []);
    const written = await this.#write({ envelopes: some, overwrite: overwrite === true }, ready, signal);
    return resultOf(written, missing, envelopes.length);
  }

  check(signal: AbortSignal): Promise<readonly Check[]> {
    const { format } = this.#context;
    return checkPeer({ peer: this.#peer, config: this.#config, format, nowMs: this.#context.now(), signal });
  }

  close(): Promise<void> {
    return this.#peer.close();
  }

  /** What of a batch that was sent before is held. Where ids are unique by themselves, the bulk finds out. */
  async #look(envelopes: readonly Envelope[], { unguarded }: Ready, signal: AbortSignal): Promise<Looked> {
    if (this.#guard === undefined) return NOTHING_HELD;
    const call = { peer: this.#peer, timeoutMs: lookMsOf(this.#config), signal };
    const looked = unguarded === undefined ? await this.#guard.look(envelopes, call) : refusedLook(unguarded);
    if (looked.kind !== 'blocked' || this.#config.duplicate_guard === 'required') return looked;
    this.#count('unguarded', envelopes.length);
    this.#throttle.log('ELASTICSEARCH_UNGUARDED', { reason: looked.reason });
    return NOTHING_HELD;
  }

  /** One bulk → what became of it, or the one failure of all its events. */
  async #write(
    { envelopes, overwrite }: { readonly envelopes: readonly Envelope[]; readonly overwrite: boolean },
    { identity }: Ready,
    signal: AbortSignal,
  ): Promise<Settlement | Failure> {
    const { length: events } = envelopes;
    const bulk = { ids: envelopes.map(({ id }) => id), keepsIds: !this.#config.elastic_integration };
    const request = {
      events,
      target: namesOf(this.#config),
      privilege: writingPrivilege({ overwrites: overwrite || this.#config.overwrites }),
    };
    const lines = overwrite ? this.#overwritingLines : this.#lines;
    const ask = bulkRequest(await bodyOf(envelopes, lines), this.#config, identity);
    let isKnown = false;
    try {
      const reply = await this.#peer.ask({ ...ask, signal });
      const isYes = reply.kind === 'answer' && reply.status === 200;
      const settlement = isYes ? settle(reply.body, bulk, request) : failureOf(reply, request);
      if (typeof settlement === 'string') return { kind: 'retryable', why: 'unanswered', reason: settlement };
      if ('kind' in settlement) {
        isKnown = !isUnanswered(settlement);
        return settlement;
      }
      isKnown = !settlement.failures.some(({ failure }) => isUnanswered(failure));
      this.#tell(settlement);
      return settlement;
    } finally {
      // Also when the signal has fired in the middle.
      if (!isKnown) this.#guard?.noteLost();
    }
  }

  #tell({ counts }: Settlement): void {
    const { duplicate, degraded, dropped } = counts;
    this.#count('duplicate', duplicate);
    this.#count('degraded', degraded);
    this.#count('dropped', dropped);
    const target = namesOf(this.#config);
    if (degraded > 0) this.#throttle.log('ELASTICSEARCH_FAILURE_STORE', { target, events: degraded });
    if (dropped > 0) this.#throttle.log('ELASTICSEARCH_DROPPED', { target, events: dropped });
  }

  #count(code: string, events: number): void {
    if (events > 0) this.#context.count(code, events);
  }
}

const NOTHING_HELD: Extract<Looked, { readonly kind: 'found' }> = { kind: 'found', found: new Set() };

function refusedLook(reason: string): Failure {
  return { kind: 'blocked', reason };
}

function isUnanswered(failure: Failure): boolean {
  return failure.kind === 'retryable' && failure.why === 'unanswered';
}

/** Back from the places in the bulk to those in the batch. */
function resultOf(written: Settlement | Failure, places: readonly number[], count: number): SendResult {
  if ('kind' in written && places.length === count) return written;
  const failed: readonly FailureAt[] =
    'kind' in written ? [...places.keys()].map((index) => ({ index, failure: written })) : written.failures;
  if (failed.length === 0) return { kind: 'acked' };
  const failures = failed.map(({ index, failure }) => ({ index: places[index] ?? index, failure }));
  return { kind: 'partial', acked: count - failures.length, failures };
}
