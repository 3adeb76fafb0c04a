/** The engine of Audit Relay, as the agent and tests see it. The path begins in `relay.ts`. */
export { adoptSources } from './adopt.ts';
export { RelayError } from './errors.ts';
export { journalConfigSchema } from './journal/config.ts';
export { refuseHeldJournal } from './journal/ownership.ts';
export { readJournal } from './journal/read-only.ts';
export { LANE_KEYS, laneConfigSchema } from './lane/config.ts';
export { normalizationConfigSchema } from './normalize/config.ts';
export { known } from './normalize/known.ts';
export { createMapper } from './normalize/mapper.ts';
export { compileWhen } from './normalize/when.ts';
export type { Relay, RelayOptions, SinkOptions } from './options.ts';
export { openRelay } from './relay.ts';
export type { Log, Runtime } from './runtime.ts';
export { fileSink } from './sinks/file/index.ts';
export { stdoutSink } from './sinks/stdout.ts';
export { sourceConfigSchema } from './source/config.ts';
export { openSourceDoctor } from './source/doctor.ts';
export type { RelayStatus } from './status.ts';
