/** Why a topic is not made, and what to do: codes that a send never meets, and one that means something else here. */
import { wordsOf } from '../answer/codes.ts';
import type { Judge } from '../answer/judge.ts';
import type { Trouble } from '../client/port.ts';

interface Refusal {
  readonly detail: string;
  readonly fix: string;
}

/** Codes of CreateTopics (kafka.apache.org/protocol, Error Codes). */
const REFUSALS: Readonly<Record<number, Refusal>> = {
  29: { detail: 'code 29 TOPIC_AUTHORIZATION_FAILED', fix: 'grant Create and Describe on the topic to the principal' },
  31: { detail: 'code 31 CLUSTER_AUTHORIZATION_FAILED', fix: 'grant Create on the cluster, or on the topic' },
  37: { detail: 'code 37 INVALID_PARTITIONS', fix: 'set create_topic.partitions to 1 or more' },
  38: {
    detail: 'code 38 INVALID_REPLICATION_FACTOR',
    fix: 'set create_topic.replication_factor to the number of brokers at most',
  },
  40: { detail: 'code 40 INVALID_CONFIG', fix: 'write settings that a topic has into create_topic.config' },
  44: { detail: 'code 44 POLICY_VIOLATION', fix: 'ask who runs the brokers which topics their policy allows' },
};

export function refusalOf(trouble: Trouble, { judge }: { readonly judge: Pick<Judge, 'trouble'> }): Refusal {
  if (trouble.kind === 'code') {
    const fix = 'see whether the cluster is well, then run it again';
    return REFUSALS[trouble.code] ?? { detail: wordsOf(trouble.code), fix };
  }
  return { detail: judge.trouble(trouble).reason, fix: 'change brokers, sasl or tls as it says, then run it again' };
}
