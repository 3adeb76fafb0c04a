/** Brokers of a made-up cluster for tests: `@audit-relay/sink-kafka/emulator`. */
export { Cluster, type Held, type ProduceAct, type ProduceSeen } from './cluster.ts';
