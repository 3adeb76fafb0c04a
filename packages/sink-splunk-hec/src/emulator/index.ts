/** A strict HTTP Event Collector for tests: `@audit-relay/sink-splunk-hec/emulator`. */
export { type EmulatorOptions, type Fault, HecEmulator, startHecEmulator } from './emulator.ts';
export type { HecEvent } from './envelopes.ts';
export type { EmulatorReply, EmulatorRequest } from './exchange.ts';
export { answer, html, Indexer, type IndexerSettings, type TokenSettings } from './indexer.ts';
