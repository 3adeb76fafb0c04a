/**
 * The sink at work, in the order of one send: the producer, the records, the partition of each, as few requests as hold
 * them, and what becomes of each record.
 */
import type { Batch, Check, Failure, SendCall, SendResult, Sink, SinkContext } from '@audit-relay/sink';

import { Judge } from './answer/judge.ts';
import { Settlement } from './answer/settlement.ts';
import { checkPeer } from './check/check.ts';
import { type AdminPort, ClientError, type Produced, type ProducerPort, type Trouble } from './client/port.ts';
import { Producers } from './client/producers.ts';
import type { KafkaConfig } from './config.ts';
import { ownSendMs, partitionBytesOf, silenceMs } from './limits.ts';
import { Placer } from './record/place.ts';
import { outgoing } from './record/record.ts';
import { type Round, roundsOf } from './record/rounds.ts';
import { schemaVersionOf } from './record/schema-version.ts';
import { Timestamps } from './record/timestamps.ts';
import { type Bounds, Overdue, within } from './within.ts';

export interface SinkParts {
  readonly config: KafkaConfig;
  readonly context: SinkContext;
  /** Makes a producer that is not connected yet. */
  readonly openProducer: () => ProducerPort;
  readonly openAdmin: () => AdminPort;
}

const UNSENT: Failure = {
  kind: 'retryable',
  why: 'failed',
  reason: 'not sent yet: an earlier request of the batch failed, or took too long',
};

export class KafkaSink implements Sink {
  readonly #config: KafkaConfig;
  readonly #context: SinkContext;
  readonly #producers: Producers;
  readonly #openAdmin: SinkParts['openAdmin'];
  readonly #timestamps = new Timestamps();
  readonly #placer = new Placer();
  readonly #judge: Judge;
  #throttledUntilMs = 0;

  constructor({ config, context, openProducer, openAdmin }: SinkParts) {
    this.#config = config;
    this.#context = context;
    this.#producers = new Producers(openProducer);
    this.#openAdmin = openAdmin;
    this.#judge = new Judge({ config, context, timestamps: this.#timestamps });
  }

  async send(batch: Batch, { signal }: SendCall): Promise<SendResult> {
    signal.throwIfAborted();
    this.#judge.beginSend();
    const waitMs = this.#throttledUntilMs - this.#context.elapsedMs();
    if (waitMs > this.#config.request_timeout) return throttled(waitMs);
    const clock = new SendClock(this.#context, ownSendMs(this.#config), signal);
    let producer: ProducerPort;
    try {
      producer = await this.#producers.take({ ...clock.bounds(), silenceMs: silenceMs(this.#config) });
    } catch (error) {
      signal.throwIfAborted();
      return this.#judge.trouble(troubleIn(error, false));
    }
    return this.#sendBy(producer, batch, clock);
  }

  check(signal: AbortSignal): Promise<readonly Check[]> {
    const parts = { admin: this.#openAdmin(), config: this.#config, context: this.#context, judge: this.#judge };
    return checkPeer({ ...parts, signal });
  }

  close(): Promise<void> {
    return this.#producers.close();
  }

  async #sendBy(producer: ProducerPort, { envelopes }: Batch, clock: SendClock): Promise<SendResult> {
    const settlement = new Settlement(envelopes.length);
    let isSound = false;
    try {
      const rounds = await this.#roundsOf(producer, envelopes, clock);
      isSound = true;
      for (const round of rounds) {
        isSound = await this.#sendRound(producer, { round, settlement, clock });
        if (!isSound) break;
      }
      return settlement.result(UNSENT);
    } catch (error) {
      isSound = false;
      if (clock.signal.aborted && !settlement.hasStored) throw clock.signal.reason;
      // What it took before is worth telling: the rest alone goes again.
      if (settlement.hasStored) return settlement.result(UNSENT);
      return this.#judge.trouble(troubleIn(error, false));
    } finally {
      if (isSound) this.#producers.giveBack(producer);
      else this.#producers.drop(producer);
    }
  }

  async #roundsOf(producer: ProducerPort, envelopes: Batch['envelopes'], clock: SendClock): Promise<readonly Round[]> {
    const partitions = await within(producer.partitions(), this.#boundsOf(producer, clock));
    const nowMs = this.#context.now();
    const [first] = envelopes;
    const schemaVersion = first === undefined ? '' : schemaVersionOf(first, this.#context.format);
    const timestampOf = (timeMs: number): number => this.#timestamps.of(timeMs, nowMs);
    const options = { config: this.#config, schemaVersion, timestampOf };
    const list = envelopes.map((envelope, index) => outgoing(envelope, index, options));
    return roundsOf(this.#placer.place(list, partitions), partitionBytesOf(this.#config));
  }

  /** True: the producer may send more. */
  async #sendRound(producer: ProducerPort, { round, settlement, clock }: Sending): Promise<boolean> {
    const produced = await this.#produced(producer, round, clock);
    if (produced.throttleMs > 0) this.#throttledUntilMs = this.#context.elapsedMs() + produced.throttleMs;
    let isSound = true;
    for (const [partition, list] of round) {
      const outcome = produced.outcomes.get(partition) ?? { kind: 'trouble', trouble: UNNAMED };
      const judgement = this.#judge.partition(partition, list, outcome);
      const indexes = list.map(({ index }) => index);
      if (judgement === 'stored') settlement.store(indexes);
      else {
        settlement.fail(indexes, judgement.failure);
        isSound &&= judgement.isHarmless && !this.#config.idempotent;
      }
    }
    clock.signal.throwIfAborted();
    return isSound;
  }

  /** @param pauseMs for which a broker has asked, beyond the usual. */
  #boundsOf(producer: ProducerPort, clock: SendClock, pauseMs = 0): Bounds {
    const silence = { silenceMs: silenceMs(this.#config) + pauseMs, heard: () => producer.heard() };
    return { ...clock.bounds(), silence };
  }

  /** What the client gave up on, or we on the client, is one trouble of all partitions. */
  async #produced(producer: ProducerPort, round: Round, clock: SendClock): Promise<Produced> {
    const parts = new Map([...round].map(([partition, list]) => [partition, list.map(({ record }) => record)]));
    const throttleMs = Math.max(0, this.#throttledUntilMs - this.#context.elapsedMs());
    try {
      return await within(producer.produce(parts), this.#boundsOf(producer, clock, throttleMs));
    } catch (error) {
      if (clock.signal.aborted) return allOf(round, { kind: 'overdue', sent: true });
      return allOf(round, troubleIn(error, true));
    }
  }
}

interface Sending {
  readonly round: Round;
  readonly settlement: Settlement;
  readonly clock: SendClock;
}

/** How much of the sink's own limit for a send is left. */
class SendClock {
  readonly signal: AbortSignal;
  readonly #context: Pick<SinkContext, 'elapsedMs'>;
  readonly #endMs: number;

  constructor(context: Pick<SinkContext, 'elapsedMs'>, limitMs: number, signal: AbortSignal) {
    this.#context = context;
    this.#endMs = context.elapsedMs() + limitMs;
    this.signal = signal;
  }

  /** What is left. */
  bounds(): Pick<Bounds, 'limitMs' | 'signal'> {
    return { limitMs: Math.max(0, this.#endMs - this.#context.elapsedMs()), signal: this.signal };
  }
}

function allOf(round: Round, trouble: Trouble): Produced {
  return {
    outcomes: new Map([...round.keys()].map((partition) => [partition, { kind: 'trouble', trouble }])),
    throttleMs: 0,
  };
}

function troubleIn(error: unknown, sent: boolean): Trouble {
  if (error instanceof ClientError) return error.trouble;
  if (error instanceof Overdue) return { kind: 'overdue', sent };
  return { kind: 'client', name: error instanceof Error ? error.name : 'Error', sent };
}

const UNNAMED = { kind: 'client', name: 'a partition without an outcome', sent: true } as const;

function throttled(waitMs: number): Failure {
  const reason = 'a quota of the brokers is used up: they ask us to wait';
  return { kind: 'retryable', why: 'refused', reason, retryAfterMs: Math.ceil(waitMs) };
}
