/** Judges what a broker said of the records of one partition; remembers what has to be known from one send to the next. */
import type { Failure, SinkContext } from '@audit-relay/sink';
import { LogThrottle } from '@audit-relay/sink-http';
import type { PartitionOutcome, Trouble } from '../client/port.ts';
import type { KafkaConfig } from '../config.ts';
import type { Outgoing } from '../record/record.ts';
import type { Timestamps } from '../record/timestamps.ts';
import { codeOf, wordsOf } from './codes.ts';
import { failureOf } from './failure.ts';
import { OffsetWatch } from './offset-watch.ts';

export interface JudgeOptions {
  readonly config: Pick<KafkaConfig, 'topic' | 'tls' | 'sasl'>;
  readonly context: Pick<SinkContext, 'count' | 'elapsedMs' | 'log' | 'now'>;
  readonly timestamps: Timestamps;
}

/** Stored, or why not. `isHarmless`: the producer has no part in it and may go on, if it keeps no sequences. */
export type Judgement = 'stored' | { readonly failure: Failure; readonly isHarmless: boolean };

export class Judge {
  readonly #config: JudgeOptions['config'];
  readonly #context: JudgeOptions['context'];
  readonly #timestamps: Timestamps;
  readonly #offsets = new OffsetWatch();
  readonly #log: LogThrottle;
  #unknownTopics = 0;
  /** Whether this send has met it: what all partitions say at once is said once. */
  #isUnknownTopic = false;

  constructor({ config, context, timestamps }: JudgeOptions) {
    this.#config = config;
    this.#context = context;
    this.#timestamps = timestamps;
    this.#log = new LogThrottle(context);
  }

  /** From here on what is judged belongs to another send. */
  beginSend(): void {
    this.#isUnknownTopic = false;
  }

  /** Of records that went to one partition in one batch. */
  partition(partition: number, list: readonly Outgoing[], outcome: PartitionOutcome): Judgement {
    if (outcome.kind === 'trouble') return { failure: this.trouble(outcome.trouble, list.length), isHarmless: false };
    const { code, baseOffset } = outcome;
    if (code === 0 && !this.#offsets.isPlausible(partition, baseOffset, list.length)) {
      return { failure: this.#wentBack(partition), isHarmless: false };
    }
    switch (codeOf(code).meaning) {
      case 'stored':
        this.#unknownTopics = 0;
        return 'stored';
      case 'timestamp':
        return { failure: this.#timestampRefused(code, list), isHarmless: true };
      case 'too_large':
      case 'rejected':
        return { failure: this.trouble({ kind: 'code', code }, list.length), isHarmless: true };
      case 'topic':
        this.#offsets.forget(partition);
        return { failure: this.trouble({ kind: 'code', code }, list.length), isHarmless: false };
      default:
        return { failure: this.trouble({ kind: 'code', code }, list.length), isHarmless: false };
    }
  }

  /** Of what never came to an answer for a partition. */
  trouble(trouble: Trouble, together = 1): Failure {
    const isUnknown = trouble.kind === 'code' && codeOf(trouble.code).meaning === 'topic';
    if (isUnknown && !this.#isUnknownTopic) this.#unknownTopics += 1;
    this.#isUnknownTopic ||= isUnknown;
    const unknownTopics = this.#unknownTopics;
    return failureOf(trouble, { topic: this.#config.topic, listener: this.#config, together, unknownTopics });
  }

  #wentBack(partition: number): Failure {
    this.#context.count('offset_went_back', 1);
    this.#context.log('KAFKA_OFFSET_WENT_BACK', { topic: this.#config.topic, partition }, 'warn');
    const reason = `partition ${partition} stored nothing new: its offset went back; sent again by a new producer`;
    return { kind: 'retryable', why: 'unanswered', reason };
  }

  #timestampRefused(code: number, list: readonly Outgoing[]): Failure {
    // By what was sent, and not by what is known since: other partitions have answered before this one.
    const own = list.filter(({ record, timeMs }) => record.timestamp === String(timeMs));
    const times = own.map(({ timeMs }) => timeMs);
    if (!this.#timestamps.refuse(times, this.#context.now())) return this.trouble({ kind: 'code', code }, list.length);
    this.#context.count('time_of_sending', own.length);
    this.#log.log('KAFKA_TIME_OF_SENDING', { topic: this.#config.topic });
    const reason = `${wordsOf(code)}: the topic refuses the time of an event; sent again with the time of sending`;
    return { kind: 'retryable', why: 'failed', reason };
  }
}
