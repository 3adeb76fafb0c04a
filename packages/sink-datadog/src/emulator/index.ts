/** A strict intake of Datadog Logs for tests: `@audit-relay/sink-datadog/emulator`. */
export { html, no } from './answers.ts';
export { type EmulatorOptions, type Fault, IntakeEmulator, startIntakeEmulator } from './emulator.ts';
export type { EmulatorReply, EmulatorRequest } from './exchange.ts';
export { Intake, type IntakeSettings } from './intake.ts';
export type { DatadogLog, Kept } from './logs.ts';
