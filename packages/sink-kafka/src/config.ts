/** What the `kafka` sink can be told in YAML; what every file below works from. */
import { duration, size, type TlsFiles, tlsSchema } from '@audit-relay/sink-http';
import { z } from 'zod';
import { type Compression, missingCodec } from './client/codecs.ts';

/** What each key means is said by its description below. Durations are milliseconds, sizes are bytes. */
export interface KafkaConfig {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly key: RecordKey;
  readonly cloudevents: boolean;
  readonly compression: Compression;
  readonly idempotent: boolean;
  readonly max_message_bytes: number;
  readonly sasl?: Sasl;
  readonly tls?: TlsFiles;
  readonly create_topic?: TopicPlan;
  readonly client_id: string;
  readonly connect_timeout: number;
  readonly request_timeout: number;
}

/** What a record's key is made of. */
export type RecordKey = 'event.id' | 'actor' | 'project' | 'organization' | 'none';

/** Credentials. `username` and `password`, or for `oauthbearer` one of the last two. */
export interface Sasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512' | 'oauthbearer';
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
  readonly token_file?: string;
  readonly allow_cleartext: boolean;
}

/** The topic as `audit-relay setup` makes it when there is none. */
export interface TopicPlan {
  readonly partitions: number;
  readonly replication_factor: number;
  readonly config: Readonly<Record<string, string>>;
}

const text = z.string().min(1);

const broker = text
  .regex(/^[^\s:/@[\]]+:\d{1,5}$/, { error: 'expected a host and port such as kafka-0.example.com:9092', abort: true })
  .refine((address) => Number(portOf(address)) >= 1 && Number(portOf(address)) <= 65_535, {
    error: 'expected a port from 1 to 65535',
  });

const topic = text
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

const createTopic = z.strictObject({
  partitions: z
    .int()
    .min(1)
    .max(10_000)
    .describe('How many partitions.')
    .meta({ examples: [6] }),
  replication_factor: z.int().min(1).max(32_767).default(3).describe('How many copies of each.'),
  config: z
    .record(text, z.union([z.string(), z.number(), z.boolean()]).transform(String))
    .default({})
    .describe('The topic’s own settings, such as `min.insync.replicas: 2`.')
    .meta({ examples: [{ 'retention.ms': '7776000000' }] }),
});

const keys = z.strictObject({
  brokers: z
    .array(broker)
    .min(1)
    .refine((list) => new Set(list).size === list.length, { error: 'expected each broker once' })
    .describe('Brokers to begin with, as host:port; the others are learned from them.')
    .meta({ examples: [['kafka-0.example.com:9092']] }),
  topic: topic
    .describe('The topic. It must be there: it is never made by sending.')
    .meta({ examples: ['openai.audit'] }),
  key: z
    .enum(['event.id', 'actor', 'project', 'organization', 'none'])
    .default('event.id')
    .describe(
      'The key of each record: what has the same key stands in one partition, in the order in which it was sent.',
    ),
  cloudevents: z
    .boolean()
    .default(false)
    .describe('Whether the headers are those of a CloudEvent in binary mode, beside our own.'),
  compression: z
    .enum(['gzip', 'snappy', 'lz4', 'none'])
    .default('gzip')
    .describe('`snappy` needs the package `snappy` beside this one, `lz4` the package `lz4-napi`.'),
  idempotent: z
    .boolean()
    .default(false)
    .describe('Whether records are numbered, where brokers ask for it. It takes away no copies that this sink makes.'),
  max_message_bytes: size({ min: '16KiB', max: '64MiB' })
    .prefault('1MiB')
    .describe('The topic’s `max.message.bytes`: what goes to one partition at a time stays below it.'),
  sasl: sasl
    .exactOptional()
    .describe('Credentials.')
    .meta({ examples: [{ mechanism: 'scram-sha-512', username: 'audit-relay', password: '${KAFKA_PASSWORD}' }] }),
  tls: tlsSchema
    .exactOptional()
    .describe('`{}` for TLS with the usual authorities; absent, nothing is encrypted.')
    .meta({ examples: [{ ca_file: '/etc/ssl/company-ca.pem' }] }),
  create_topic: createTopic
    .exactOptional()
    .describe('What `audit-relay setup` makes of the topic when there is none.')
    .meta({ examples: [{ partitions: 6 }] }),
  client_id: text.default('audit-relay').describe('The name that brokers see, in logs and quotas.'),
  connect_timeout: duration({ min: '100ms', max: '5m' }).prefault('10s').describe('Longest wait for a connection.'),
  request_timeout: duration({ min: '100ms', max: '5m' })
    .prefault('30s')
    .describe('Longest wait for one answer of a broker.'),
});

/** Keys that contradict each other, and what is missing: at which key, and what was expected. */
interface Contradiction {
  readonly path: readonly [keyof KafkaConfig, ...string[]];
  /** Undefined: all is well. */
  readonly expected: (config: KafkaConfig) => string | undefined;
}

const CONTRADICTIONS: readonly Contradiction[] = [
  {
    path: ['compression'],
    expected: ({ compression }) => {
      const command = missingCodec(compression);
      return command === undefined ? undefined : `expected the package of ${compression} beside the agent: ${command}`;
    },
  },
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

export const kafkaConfigSchema: z.ZodType<KafkaConfig> = keys.superRefine((config, context) => {
  for (const { path, expected } of CONTRADICTIONS) {
    const message = expected(config);
    if (message !== undefined) context.addIssue({ code: 'custom', path: [...path], message });
  }
});

function isBearer({ mechanism }: Sasl): boolean {
  return mechanism === 'oauthbearer';
}

/** A password or token that is sent as it is, without TLS, to another machine. */
function sendsCleartext({ sasl, tls, brokers }: KafkaConfig): boolean {
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
