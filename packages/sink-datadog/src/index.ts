/** The Datadog sink: one export for the core, one for who types a configuration in code. */
export type { DatadogConfig } from './config.ts';
export { datadog } from './plugin.ts';
