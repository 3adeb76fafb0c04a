/** The `datadog` sink as core sees it. */
import type { SinkPlugin } from '@audit-relay/sink';
import { type DatadogConfig, datadogConfigSchema } from './config.ts';
import { exclusionsOf } from './exclusions.ts';
import { limitsOf } from './limits.ts';
import { DatadogSink } from './sink.ts';

/** Datadog Logs, on every site; in YAML `type: datadog`. */
export const datadog: SinkPlugin<DatadogConfig> = {
  type: 'datadog',
  configSchema: datadogConfigSchema,
  limits: limitsOf,
  exclusions: exclusionsOf,
  document: () => ({ formats: ['ecs', 'ocsf', 'raw'] }),
  open: async (config, context) => new DatadogSink({ config, context }),
  // Loaded when it is asked for: whoever only sends events does not wait for it.
  setup: async (config, context, call) => (await import('./setup/index.ts')).setUpDatadog(config, context, call),
};
