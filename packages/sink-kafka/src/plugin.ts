/** The `kafka` sink as core sees it. */
import type { SinkPlugin } from '@audit-relay/sink';
import { LogThrottle } from '@audit-relay/sink-http';
import { KafkajsProducer } from './client/kafkajs.ts';
import { type KafkaConfig, kafkaConfigSchema } from './config.ts';
import { limitsOf } from './limits.ts';
import { KafkaSink } from './sink.ts';

/** Apache Kafka 2.1 and later, and what speaks its protocol; in YAML `type: kafka`. */
export const kafka: SinkPlugin<KafkaConfig> = {
  type: 'kafka',
  configSchema: kafkaConfigSchema,
  limits: limitsOf,
  document: () => ({ formats: ['ecs', 'ocsf', 'raw'] }),
  open: async (config, context) => {
    const log = new LogThrottle(context);
    const { brokers } = config;
    let turn = 0;
    const openProducer = (): KafkajsProducer => {
      // Each begins with another broker: one that is silent would take all the time there is.
      const first = turn % brokers.length;
      turn += 1;
      return new KafkajsProducer({ config, log, brokers: [...brokers.slice(first), ...brokers.slice(0, first)] });
    };
    // Wrong files of tls are wrong configuration, told now.
    openProducer().destroy();
    return new KafkaSink({ config, context, openProducer, check: async () => [] });
  },
};
