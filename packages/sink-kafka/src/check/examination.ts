/** What every part of the examination works with. */
import type { SinkContext } from '@audit-relay/sink';
import type { Judge } from '../answer/judge.ts';
import type { AdminPort, Trouble } from '../client/port.ts';
import type { KafkaConfig } from '../config.ts';

export interface Examined {
  readonly admin: AdminPort;
  readonly config: KafkaConfig;
  readonly context: Pick<SinkContext, 'now'>;
  readonly judge: Pick<Judge, 'trouble'>;
  readonly signal: AbortSignal;
}

/** What each part of the examination works with. */
export interface Examination extends Examined {
  /** What a question comes to, or the trouble; ends by our own limit. Rejects only when the signal has fired. */
  ask<T>(question: Promise<T>): Promise<{ readonly answer: T } | { readonly trouble: Trouble }>;
}

/** `1 broker`, `3 brokers`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
