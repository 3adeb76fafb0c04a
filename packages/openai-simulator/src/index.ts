/**
 * The simulator as a library: OpenAI's organization audit-log API on loopback, for tests, benchmarks
 * and trials. `startSimulator` gives a running one; its `url` is the base URL of the API.
 */
export type { NewEvent, TruthRow } from './audit-log.ts';
export type { Feed } from './feed.ts';
export type { Knobs, PlannedFailure } from './knobs.ts';
export type { Lateness } from './lateness.ts';
export { sampleFiles } from './record.ts';
export type { ApiRequest, Reply } from './reply.ts';
export { defaultKey, type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';
export type { RequestCount, Stats } from './stats.ts';
