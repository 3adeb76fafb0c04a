/** The Splunk HEC sink: one export for the core, one for who types a configuration in code. */
export type { SplunkHecConfig } from './config.ts';
export { splunkHec } from './plugin.ts';
