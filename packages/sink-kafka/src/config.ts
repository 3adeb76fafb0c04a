/** What the `kafka` sink can be told in YAML; what every file below works from. */
import { size } from '@audit-relay/sink-http';
import { z } from 'zod';
import { type Compression, missingCodec } from './client/codecs.ts';
import {
  CONNECTION_CONTRADICTIONS,
  type ConnectionConfig,
  type Contradiction,
  connectionKeys,
  topicName,
} from './client/connection-config.ts';

/** What each key means is said by its description below. Durations are milliseconds, sizes are bytes. */
export interface KafkaConfig extends ConnectionConfig {
  readonly topic: string;
  readonly key: RecordKey;
  readonly cloudevents: boolean;
  readonly compression: Compression;
  readonly idempotent: boolean;
  readonly max_message_bytes: number;
  readonly create_topic?: TopicPlan;
}

/** What a record's key is made of. */
export type RecordKey = 'event.id' | 'actor' | 'project' | 'organization' | 'none';

/** The topic as `audit-relay setup` makes it when there is none. */
export interface TopicPlan {
  readonly partitions: number;
  readonly replication_factor: number;
  readonly config: Readonly<Record<string, string>>;
}

const text = z.string().min(1);

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
  brokers: connectionKeys.brokers,
  topic: topicName
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
  sasl: connectionKeys.sasl,
  tls: connectionKeys.tls,
  create_topic: createTopic
    .exactOptional()
    .describe('What `audit-relay setup` makes of the topic when there is none.')
    .meta({ examples: [{ partitions: 6 }] }),
  client_id: connectionKeys.client_id,
  connect_timeout: connectionKeys.connect_timeout,
  request_timeout: connectionKeys.request_timeout,
});

const CONTRADICTIONS: readonly Contradiction<KafkaConfig>[] = [
  {
    path: ['compression'],
    expected: ({ compression }) => {
      const command = missingCodec(compression);
      return command === undefined ? undefined : `expected the package of ${compression} beside the agent: ${command}`;
    },
  },
  ...CONNECTION_CONTRADICTIONS,
];

export const kafkaConfigSchema: z.ZodType<KafkaConfig> = keys.superRefine((config, context) => {
  for (const { path, expected } of CONTRADICTIONS) {
    const message = expected(config);
    if (message !== undefined) context.addIssue({ code: 'custom', path: [...path], message });
  }
});
