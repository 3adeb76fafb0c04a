/** What one trouble means to the records that it befell. */
import type { Failure } from '@audit-relay/sink';
import { CLOSED, faultOf, OVERDUE } from '@audit-relay/sink-http';
import type { Trouble } from '../client/port.ts';
import type { KafkaConfig } from '../config.ts';
import { codeOf, type Meaning, wordsOf } from './codes.ts';

export interface FailureOptions {
  readonly topic: string;
  /** Records that shared the partition's batch: a verdict on several is none on each. */
  readonly together: number;
  /** How often in a row the topic was not known, this time included. */
  readonly unknownTopics: number;
  /** What the listener was taken to want. */
  readonly listener: Pick<KafkaConfig, 'tls' | 'sasl'>;
}

/** As often a topic may be unknown before that is taken for the truth: brokers learn of a new one at different times. */
const UNKNOWN_TOPIC_TRIES = 3;

export function failureOf(trouble: Trouble, options: FailureOptions): Failure {
  switch (trouble.kind) {
    case 'code':
      return ofCode(trouble.code, options);
    case 'network':
      return ofNetwork(trouble, options);
    case 'overdue':
      return ofNetwork({ code: OVERDUE, sent: trouble.sent }, options);
    case 'credentials':
      return { kind: 'blocked', reason: CREDENTIALS[trouble.detail] };
    case 'leaderless':
      return { kind: 'retryable', why: 'failed', reason: 'no broker leads the partition at the moment' };
    case 'client':
      return {
        kind: 'retryable',
        why: trouble.sent ? 'unanswered' : 'failed',
        reason: `the Kafka client failed: ${trouble.name}`,
      };
  }
}

const CREDENTIALS = {
  refused:
    'the broker refuses the credentials: put valid ones under sasl; new ones may take a while to reach every broker',
  mechanism: 'the broker does not offer this mechanism: set sasl.mechanism to one of its listener',
  token_file: 'sasl.token_file cannot be read, or is empty: write the token into it',
} as const;

/** By the same words as everywhere in the agent, and where the broker hangs up by what it may have wanted. */
function ofNetwork(
  { code, sent }: { readonly code: string; readonly sent: boolean },
  { listener }: Pick<FailureOptions, 'listener'>,
): Failure {
  if (!sent && (code === CLOSED || code === 'ECONNRESET')) {
    const reason = `the broker closed the connection before it answered: ${wishOf(listener)}`;
    return { kind: 'retryable', why: 'failed', reason };
  }
  const fault = faultOf({ code, sent, urlKey: 'brokers', ...(sent ? {} : { step: 'connect' }) });
  if (fault.fault === 'untrusted') return { kind: 'blocked', reason: fault.reason };
  return { kind: 'retryable', why: fault.sent ? 'unanswered' : 'failed', reason: fault.reason };
}

/** A listener that is spoken to in another way than it wants hangs up without a word; so does a broker that ends. */
function wishOf({ tls, sasl }: FailureOptions['listener']): string {
  const wishes = [
    ...(tls === undefined ? ['one that wants TLS does (set tls)'] : ['one without TLS does (take tls out)']),
    ...(sasl === undefined ? ['one that wants credentials does (set sasl)'] : []),
    ...(tls !== undefined && tls.cert_file === undefined
      ? ['one that wants a certificate of ours does (set tls.cert_file)']
      : []),
  ];
  return `if it does so each time, brokers names the wrong listener: ${wishes.join(', ')}`;
}

function ofCode(code: number, options: FailureOptions): Failure {
  const { meaning, fix } = codeOf(code);
  const reason = fix === undefined ? wordsOf(code) : `${wordsOf(code)}: ${fix.replace('%', options.topic)}`;
  return BY_MEANING[meaning](reason, options);
}

const BY_MEANING: Readonly<Record<Meaning, (reason: string, options: FailureOptions) => Failure>> = {
  busy: (reason) => ({ kind: 'retryable', why: 'refused', reason }),
  unanswered: (reason) => ({ kind: 'retryable', why: 'unanswered', reason }),
  // Said where nothing was asked to be stored.
  stored: (reason) => ({ kind: 'retryable', why: 'unanswered', reason }),
  failed: (reason) => ({ kind: 'retryable', why: 'failed', reason }),
  topic: (reason, { unknownTopics }) =>
    unknownTopics < UNKNOWN_TOPIC_TRIES ? { kind: 'retryable', why: 'failed', reason } : { kind: 'blocked', reason },
  too_large: (reason) => ({ kind: 'too_large', reason: `${reason}: larger than the topic’s max.message.bytes` }),
  timestamp: (reason) => ({ kind: 'blocked', reason: `${reason}: ${CLOCK_FIX}` }),
  // A partition's batch is refused whole. Said of each of them it would be final; in smaller parts the guilty one is found.
  rejected: (reason, { together }) =>
    together === 1
      ? { kind: 'rejected', reason }
      : { kind: 'too_large', reason: `${reason}: one or more of ${together} records of a partition` },
  blocked: (reason) => ({ kind: 'blocked', reason }),
};

const CLOCK_FIX =
  'the brokers refuse even the time of this host: set its clock, or the topic’s message.timestamp.before.max.ms and message.timestamp.after.max.ms';
