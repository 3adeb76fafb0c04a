/** What the journal on Kafka can be told in YAML; what every file below works from. */
import { duration, size } from '@audit-relay/core/journal';
import { CONNECTION_CONTRADICTIONS, type ConnectionConfig, connectionKeys } from '@audit-relay/sink-kafka/connection';
import { z } from 'zod';

/** Sizes are bytes, durations milliseconds. What each key means is said by its description below. */
export interface KafkaJournalConfig extends ConnectionConfig {
  readonly topic_prefix: string;
  readonly partitions: number;
  readonly replication_factor: number;
  readonly max_bytes: number;
  readonly retention: number;
  readonly max_message_bytes: number;
  readonly session_timeout: number;
  readonly removed_lanes: readonly string[];
}

export const kafkaJournalConfigSchema: z.ZodType<KafkaJournalConfig> = z
  .strictObject({
    ...connectionKeys,
    topic_prefix: z
      .string()
      .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/, {
        error: 'expected the beginning of topic names: letters, digits, . _ and -',
      })
      .default('audit-relay')
      .describe('What the names of the journal’s topics, groups and transactions begin with: one journal a prefix.'),
    partitions: z
      .int()
      .min(1)
      .max(1000)
      .default(16)
      .describe(
        'Partitions of each topic, for the life of the journal: no more collectors, or deliverers of a lane, share its work.',
      ),
    replication_factor: z
      .int()
      .min(1)
      .max(32_767)
      .default(3)
      .describe('Copies of each partition, where topics are made.'),
    max_bytes: size({ min: '16MiB', max: '1TiB' })
      .prefault('2GiB')
      .describe('Bound of the entries that some sink has not taken yet, all partitions together: at it sources wait.'),
    retention: duration({ min: '0s', max: '3650d' })
      .prefault('7d')
      .describe('How long events are kept after every sink has them, as far as `max_bytes` allows.'),
    max_message_bytes: size({ min: '1MiB', max: '64MiB' })
      .prefault('16MiB')
      .describe('`max.message.bytes` of the entries’ topic: no event is larger.'),
    session_timeout: duration({ min: '3s', max: '30m' })
      .prefault('30s')
      .describe(
        'How long a process may say nothing until others take over what it has. Brokers allow 6s and more by default.',
      ),
    removed_lanes: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Sinks that no agent of this journal has any more: only once one is named here, entries that it has not passed may leave.',
      ),
  })
  .superRefine((config, context) => {
    for (const { path, expected } of CONNECTION_CONTRADICTIONS) {
      const message = expected(config);
      if (message !== undefined) context.addIssue({ code: 'custom', path: [...path], message });
    }
  });
