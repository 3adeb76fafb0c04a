/**
 * From an error of kafkajs to what went wrong. The error that comes out is seldom the one that happened: kafkajs wraps it,
 * once or twice, in one that says only how often it tried, and what a broker or Node said stands in `cause`.
 */
import { CLOSED } from '@audit-relay/sink-http';
import { ClientError, type Trouble } from './port.ts';

/** What may stand in one, read key by key. */
interface Told {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  /** `host:port`. */
  readonly broker?: unknown;
  readonly cause?: unknown;
  /** Of one that stands for several. */
  readonly errors?: unknown;
}

/** Deeper than kafkajs ever wraps. */
const MOST_CAUSES = 8;

/** @param sent whether records may have left when it happened. */
export function clientError(error: unknown, sent: boolean, codeAt: CodeAt = NOT_TOLD): ClientError {
  if (error instanceof ClientError) return error;
  return new ClientError(troubleOf(error, sent, codeAt), { cause: error });
}

/** Why the last socket to a broker failed, for a connection of which kafkajs has seen the end alone. */
export type CodeAt = (broker?: string) => string | undefined;

const NOT_TOLD: CodeAt = () => undefined;

/** @param sent whether records may have left when it happened. */
export function troubleOf(error: unknown, sent: boolean, codeAt: CodeAt = NOT_TOLD): Trouble {
  const chain = chainOf(error);
  for (const one of chain) {
    const trouble = read(one, sent, codeAt);
    if (trouble !== undefined) return trouble;
  }
  const name = chain.at(-1)?.name;
  return { kind: 'client', name: typeof name === 'string' ? name : 'Error', sent };
}

function chainOf(error: unknown): readonly Told[] {
  const chain: Told[] = [];
  let at: unknown = error;
  while (typeof at === 'object' && at !== null && chain.length < MOST_CAUSES) {
    const told: Told = at;
    chain.push(told);
    at = told.cause ?? firstOf(told.errors);
  }
  return chain;
}

/** kafkajs makes of whatever happens between the messages of SASL a refusal of the credentials, with its words behind. */
const LOST_IN_SASL = /closed connection|connection error|connection closed|not connected|timed out|timeout/i;
const NO_MECHANISM = /mechanism is not supported|UNSUPPORTED_SASL_MECHANISM/i;

interface Seen extends Told {
  readonly text: string;
  readonly sent: boolean;
  readonly codeAt: CodeAt;
}

/** By the name of the error; undefined where its cause has to tell. */
const READERS: ReadonlyMap<unknown, (seen: Seen) => Trouble | undefined> = new Map([
  ['KafkaJSSASLAuthenticationError', ofSasl],
  ['TokenFileError', () => ({ kind: 'credentials', detail: 'token_file' })],
  ['KafkaJSProtocolError', ofCode],
  ['KafkaJSCreateTopicError', ofCode],
  ['KafkaJSConnectionError', ofConnection],
  ['KafkaJSConnectionClosedError', ofConnection],
  ['KafkaJSRequestTimeoutError', ({ sent }) => ({ kind: 'overdue', sent })],
  ['KafkaJSLockTimeout', ({ sent }) => ({ kind: 'overdue', sent })],
  ['KafkaJSTimeout', ({ sent }) => ({ kind: 'overdue', sent })],
  ['KafkaJSBrokerNotFound', () => ({ kind: 'leaderless' })],
]);

function read(told: Told, sent: boolean, codeAt: CodeAt): Trouble | undefined {
  const text = typeof told.message === 'string' ? told.message : '';
  return READERS.get(told.name)?.({ ...told, name: told.name, code: told.code, text, sent, codeAt });
}

function ofSasl({ text, sent, codeAt }: Seen): Trouble {
  if (LOST_IN_SASL.test(text)) return { kind: 'network', code: codeAt() ?? CLOSED, sent };
  return { kind: 'credentials', detail: NO_MECHANISM.test(text) ? 'mechanism' : 'refused' };
}

/** Of codes above 88 kafkajs knows nothing, and has the number in its words alone. */
const UNKNOWN_TO_IT = /^Unknown error code (\d+)$/;

function ofCode({ code, text }: Seen): Trouble | undefined {
  const [, unknown] = UNKNOWN_TO_IT.exec(text) ?? [];
  if (unknown !== undefined) return { kind: 'code', code: Number(unknown) };
  return typeof code === 'number' ? { kind: 'code', code } : undefined;
}

function ofConnection({ code, text, sent, codeAt, broker }: Seen): Trouble {
  if (text === 'Connection timeout') return { kind: 'overdue', sent: false };
  const socketCode = typeof broker === 'string' ? codeAt(broker) : undefined;
  return { kind: 'network', code: typeof code === 'string' ? code : (socketCode ?? CLOSED), sent };
}

function firstOf(errors: unknown): unknown {
  return Array.isArray(errors) ? errors[0] : undefined;
}
