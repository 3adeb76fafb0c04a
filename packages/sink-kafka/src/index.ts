/** The Kafka sink: one export for the core, one for who types a configuration in code. */
export type { KafkaConfig } from './config.ts';
export { kafka } from './plugin.ts';
