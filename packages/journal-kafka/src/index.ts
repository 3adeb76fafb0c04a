/** The journal of Audit Relay on Kafka. */
export { type KafkaJournalConfig, kafkaJournalConfigSchema } from './config.ts';
export type { Assignment, Membership } from './membership.ts';
export { type OpenSources, openSources, type SourcesOrder, setUpTopics } from './open.ts';
