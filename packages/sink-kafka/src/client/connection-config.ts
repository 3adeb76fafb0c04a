/**
 * How a cluster of brokers is reached, as YAML says it: of the sink, and of whatever else of ours speaks to Kafka
 * (`@audit-relay/sink-kafka/connection`).
 */
import { duration, type TlsFiles, tlsSchema } from '@audit-relay/sink-http';
import { z } from 'zod';

/** Durations are milliseconds. */
export interface ConnectionConfig {
  readonly brokers: readonly string[];
  readonly sasl?: Sasl;
  readonly tls?: TlsFiles;
  readonly client_id: string;
  readonly connect_timeout: number;
  readonly request_timeout: number;
}

/** Credentials. `username` and `password`, or for `oauthbearer` one of the last two. */
export interface Sasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512' | 'oauthbearer';
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
  readonly token_file?: string;
  readonly allow_cleartext: boolean;
}

const text = z.string().min(1);

const broker = text
  .regex(/^[^\s:/@[\]]+:\d{1,5}$/, { error: 'expected a host and port such as kafka-0.example.com:9092', abort: true })
  .refine((address) => Number(portOf(address)) >= 1 && Number(portOf(address)) <= 65_535, {
    error: 'expected a port from 1 to 65535',
  });

/** The name of a topic. */
export const topicName: z.ZodString = text
  .max(249)
  .regex(/^[A-Za-z0-9._-]+$/, { error: 'expected the name of a topic: letters, digits, . _ and -', abort: true })
  .refine((name) => name !== '.' && name !== '..', { error: 'expected the name of a topic' });

const sasl = z.strictObject({
  mechanism: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'])
    .describe('How we show who we are.')
    .meta({ examples: ['scram-sha-512'] }),
  username: text
    .exactOptional()
    .describe('The user; goes with `password`.')
    .meta({ examples: ['audit-relay'] }),
  password: text
    .exactOptional()
    .describe('Best from a file: `${file:/run/secrets/kafka_password}`.')
    .meta({ examples: ['${PASSWORD}'] }),
  token: text
    .exactOptional()
    .describe('With `oauthbearer`: the token itself.')
    .meta({ examples: ['${KAFKA_TOKEN}'] }),
  token_file: text
    .exactOptional()
    .describe('With `oauthbearer`: a file with the token, read again whenever one is shown to a broker.')
    .meta({ examples: ['/run/secrets/kafka_token'] }),
  allow_cleartext: z
    .boolean()
    .default(false)
    .describe('Whether `plain` and `oauthbearer` may go without `tls` to other machines.'),
});

/** The keys of a connection, to be spread into an object's shape. */
export const connectionKeys: {
  readonly brokers: z.ZodType<readonly string[]>;
  readonly sasl: z.ZodExactOptional<z.ZodType<Sasl>>;
  readonly tls: z.ZodExactOptional<z.ZodType<TlsFiles>>;
  readonly client_id: z.ZodType<string>;
  readonly connect_timeout: z.ZodType<number>;
  readonly request_timeout: z.ZodType<number>;
} = {
  brokers: z
    .array(broker)
    .min(1)
    .refine((list) => new Set(list).size === list.length, { error: 'expected each broker once' })
    .describe('Brokers to begin with, as host:port; the others are learned from them.')
    .meta({ examples: [['kafka-0.example.com:9092']] }),
  sasl: sasl
    .exactOptional()
    .describe('Credentials.')
    .meta({ examples: [{ mechanism: 'scram-sha-512', username: 'audit-relay', password: '${KAFKA_PASSWORD}' }] }),
  tls: tlsSchema
    .exactOptional()
    .describe('`{}` for TLS with the usual authorities; absent, nothing is encrypted.')
    .meta({ examples: [{ ca_file: '/etc/ssl/company-ca.pem' }] }),
  client_id: text.default('audit-relay').describe('The name that brokers see, in logs and quotas.'),
  connect_timeout: duration({ min: '100ms', max: '5m' }).prefault('10s').describe('Longest wait for a connection.'),
  request_timeout: duration({ min: '100ms', max: '5m' })
    .prefault('30s')
    .describe('Longest wait for one answer of a broker.'),
};

/** Keys that contradict each other, and what is missing: at which key, and what was expected. */
export interface Contradiction<Config> {
  readonly path: readonly [keyof Config & string, ...string[]];
  /** Undefined: all is well. */
  readonly expected: (config: Config) => string | undefined;
}

export const CONNECTION_CONTRADICTIONS: readonly Contradiction<ConnectionConfig>[] = [
  {
    path: ['sasl', 'username'],
    expected: ({ sasl }) =>
      sasl === undefined || isBearer(sasl) || (sasl.username !== undefined && sasl.password !== undefined)
        ? undefined
        : `expected username and password with ${sasl.mechanism}`,
  },
  {
    path: ['sasl', 'token_file'],
    expected: ({ sasl }) =>
      sasl !== undefined && isBearer(sasl) && (sasl.token === undefined) === (sasl.token_file === undefined)
        ? 'expected either token or token_file with oauthbearer'
        : undefined,
  },
  {
    path: ['sasl', 'mechanism'],
    expected: ({ sasl }) => {
      if (sasl === undefined) return undefined;
      const isPassword = sasl.username !== undefined || sasl.password !== undefined;
      const isToken = sasl.token !== undefined || sasl.token_file !== undefined;
      if (isBearer(sasl)) return isPassword ? 'expected no username and password with oauthbearer' : undefined;
      return isToken ? 'expected oauthbearer with token or token_file' : undefined;
    },
  },
  {
    path: ['sasl', 'allow_cleartext'],
    expected: (config) =>
      sendsCleartext(config)
        ? 'expected tls: the credentials would cross the network in the clear; scram-sha-512 shows no password, and true allows it'
        : undefined,
  },
];

function isBearer({ mechanism }: Sasl): boolean {
  return mechanism === 'oauthbearer';
}

/** A password or token that is sent as it is, without TLS, to another machine. */
function sendsCleartext({ sasl, tls, brokers }: ConnectionConfig): boolean {
  if (sasl === undefined || tls !== undefined || sasl.allow_cleartext) return false;
  return !sasl.mechanism.startsWith('scram-') && !brokers.every(isLoopback);
}

/** Whether it is this machine, which nobody listens in on. */
function isLoopback(address: string): boolean {
  const host = address.slice(0, address.lastIndexOf(':'));
  return host === 'localhost' || /^127(\.\d+){3}$/.test(host);
}

function portOf(address: string): string {
  return address.slice(address.lastIndexOf(':') + 1);
}
