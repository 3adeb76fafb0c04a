/** A strict node of Elasticsearch for tests: `@audit-relay/sink-elasticsearch/emulator`. */
export { type Action, actionsIn, type EmulatorReply, type EmulatorRequest, failed, ok, refusal } from './exchange.ts';
export { EmulatedNode, type Held, type ItemRule } from './node.ts';
