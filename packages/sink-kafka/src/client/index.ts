/**
 * `@audit-relay/sink-kafka/connection`: how a cluster is reached, for what else of ours speaks to Kafka. It follows the
 * pinned kafkajs and promises nothing to anybody else.
 */
export { Connection, type ConnectionOptions } from './connection.ts';
export {
  CONNECTION_CONTRADICTIONS,
  type ConnectionConfig,
  type Contradiction,
  connectionKeys,
} from './connection-config.ts';
export type { Broker as AdminBroker, Cluster } from './internals.ts';
export { ClientError, type Trouble } from './port.ts';
