/** The `kafka` sink as core sees it. */
import type { SinkPlugin } from '@audit-relay/sink';
import { LogThrottle } from '@audit-relay/sink-http';
import { Judge } from './answer/judge.ts';
import { KafkajsProducer } from './client/kafkajs.ts';
import { KafkajsAdmin } from './client/kafkajs-admin.ts';
import type { WayOptions } from './client/way.ts';
import { type KafkaConfig, kafkaConfigSchema } from './config.ts';
import { limitsOf } from './limits.ts';
import { Timestamps } from './record/timestamps.ts';
import { setUp } from './setup/set-up.ts';
import { KafkaSink } from './sink.ts';

/** Apache Kafka 2.1 and later, and what speaks its protocol; in YAML `type: kafka`. */
export const kafka: SinkPlugin<KafkaConfig> = {
  type: 'kafka',
  configSchema: kafkaConfigSchema,
  limits: limitsOf,
  document: () => ({ formats: ['ecs', 'ocsf', 'raw'] }),
  // The newest of each partition; a test event is among them.
  locate: ({ id }, { brokers, topic }) =>
    `kcat -C -b ${brokers[0] ?? ''} -t ${topic} -o -100 -e -f '%k %h %s\\n' | grep ${id}`,
  open: async (config, context) => {
    const log = new LogThrottle(context);
    let turn = 0;
    // Each begins with another broker: one that is silent would take all the time there is.
    const way = (): WayOptions => ({ config, log, brokers: rotated(config.brokers, turn++) });
    // Files of tls that cannot be used are wrong configuration, and told now.
    new KafkajsProducer(way()).destroy();
    return new KafkaSink({
      config,
      context,
      openProducer: () => new KafkajsProducer(way()),
      openAdmin: () => new KafkajsAdmin(way()),
    });
  },
  setup: async (config, context, call) => {
    const admin = new KafkajsAdmin({ config, log: new LogThrottle(context), brokers: config.brokers });
    const judge = new Judge({ config, context, timestamps: new Timestamps() });
    return setUp({ admin, config, judge, call });
  },
};

function rotated<T>(list: readonly T[], turn: number): readonly T[] {
  const first = turn % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}
