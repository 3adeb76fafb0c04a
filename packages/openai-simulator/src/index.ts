/**
 * The simulator as a library: OpenAI's organization audit-log API on loopback, for tests, benchmarks
 * and trials. `startSimulator` gives a running one; its `url` is the base URL of the API.
 */
export type { Dialect, NewEvent, TruthRow } from './audit-log.ts';
export { type DirectAnswer, type DirectOptions, type DirectSimulator, directSimulator } from './direct.ts';
export { survivableFaults } from './fault-plan.ts';
export type { Feed } from './feed.ts';
export type { FaultKind, FaultPlan, FilterName, Knobs, PlannedFailure } from './knobs.ts';
export type { Backfill, Lateness } from './lateness.ts';
export { sampleFiles } from './record.ts';
export type { ApiRequest, Reply } from './reply.ts';
export { defaultKey, type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';
export type { RequestCount, Stats } from './stats.ts';
