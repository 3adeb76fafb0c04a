/** What a failure of the cluster means for the journal: another owns the partition, or it is waited for. */
import { RelayError, type Runtime, type Unwritable } from '@audit-relay/core/journal';
import { ClientError, type Trouble } from '@audit-relay/sink-kafka/connection';
import type { Place } from '../client/committed.ts';
import { ProducerFailed } from '../client/producer.ts';

/** Nothing more can be written by this process in this generation. */
export function lostTo(cause: unknown): RelayError {
  const so = 'another process has it, or the cluster has ended a transaction that took too long';
  return new RelayError(
    'JOURNAL_LOST',
    `a partition of the journal is no longer ours: ${so}; it is read anew by whoever owns it next`,
    cause,
  );
}

/** What keeps the cluster from taking anything, with the fix. Undefined: it is no failure of the cluster. */
export function peerFault(error: unknown): RelayError | undefined {
  const trouble = troubleOf(error);
  if (trouble === undefined) return undefined;
  return new RelayError(
    'JOURNAL_PEER',
    `Kafka takes nothing for the journal (${wordsOf(trouble)}): the sources wait, nothing is lost`,
    error,
  );
}

/** What is wrong, with the fix where there is one: no token, no header. */
export function problemOf(error: unknown): string {
  const trouble = troubleOf(error);
  if (trouble !== undefined) return wordsOf(trouble);
  return error instanceof Error ? error.message : String(error);
}

function troubleOf(error: unknown): Trouble | undefined {
  return error instanceof ProducerFailed || error instanceof ClientError ? error.trouble : undefined;
}

/** Says of which partition an open transaction is waited for: at most as long as the broker lets one be open. */
export function sayLongWait({ log }: Pick<Runtime, 'log'>): (place: Place) => void {
  return ({ topic, partition }) => {
    const text = `an open transaction of ${topic}, partition ${partition}, holds up who has to read it to its end`;
    log('warn', 'JOURNAL_PEER', text, { topic, partition });
  };
}

/** Whether it may be over by itself: neither a refusal of who we are nor a code with a fix. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ClientError)) return false;
  const { trouble } = error;
  return trouble.kind === 'code' ? FIXES[trouble.code] === undefined : trouble.kind !== 'credentials';
}

export function unwritable({ code, message }: RelayError, sinceMs: number): Unwritable {
  return { code, problem: message, sinceMs };
}

/** Codes that somebody has to do something about (kafka.apache.org/protocol, Error Codes); all others are waited for. */
const FIXES: Readonly<Record<number, string>> = {
  3: 'a topic of the journal is missing: restore it, it is not made again by itself',
  10: 'a commit is larger than max.message.bytes of its topic: raise it to journal.max_message_bytes',
  19: 'fewer replicas are in sync than min.insync.replicas asks for',
  20: 'fewer replicas are in sync than min.insync.replicas asks for',
  26: 'journal.session_timeout is outside of what the brokers allow by group.min.session.timeout.ms and group.max.session.timeout.ms',
  29: 'grant Read, Write and Describe on the journal’s topics',
  30: 'grant Read on the journal’s groups',
  53: 'grant Write and Describe on transactional ids that begin with topic_prefix',
  67: 'grant Describe on transactional ids that begin with topic_prefix',
};

function wordsOf(trouble: Trouble): string {
  switch (trouble.kind) {
    case 'code':
      return FIXES[trouble.code] ?? `code ${trouble.code}`;
    case 'network':
      return `the network: ${trouble.code}`;
    case 'overdue':
      return 'no answer in time';
    case 'credentials':
      return `the credentials under sasl: ${trouble.detail}`;
    case 'leaderless':
      return 'no broker leads the partition';
    case 'client':
      return trouble.name;
  }
}
