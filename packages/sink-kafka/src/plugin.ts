/** The `kafka` sink as core sees it. */
import type { SinkPlugin } from '@audit-relay/sink';
import { type KafkaConfig, kafkaConfigSchema } from './config.ts';
import { limitsOf } from './limits.ts';
import { KafkaSink } from './sink.ts';

/** Apache Kafka 2.1 and later, and what speaks its protocol; in YAML `type: kafka`. */
export const kafka: SinkPlugin<KafkaConfig> = {
  type: 'kafka',
  configSchema: kafkaConfigSchema,
  limits: limitsOf,
  document: () => ({ formats: ['ecs', 'ocsf', 'raw'] }),
  open: async (config) => new KafkaSink(config),
};
