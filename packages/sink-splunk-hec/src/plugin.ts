/** The `splunk-hec` sink as core sees it. */
import { setTimeout } from 'node:timers/promises';
import type { SinkPlugin } from '@audit-relay/sink';
import { type SplunkHecConfig, splunkHecConfigSchema } from './config.ts';
import { limitsOf } from './limits.ts';
import { SplunkHecSink } from './sink.ts';

/** Splunk Enterprise and Splunk Cloud by the HTTP Event Collector, and receivers of its protocol; in YAML `type: splunk-hec`. */
export const splunkHec: SinkPlugin<SplunkHecConfig> = {
  type: 'splunk-hec',
  configSchema: splunkHecConfigSchema,
  limits: limitsOf,
  document: () => ({ formats: ['ecs', 'ocsf', 'raw'] }),
  locate: ({ id }, { index, receiver }) => {
    if (receiver === 'other') return `event_id=${id}`;
    return `index=${index ?? '*'} event_id="${id}"`;
  },
  open: async (config, context) => {
    const sleep = (ms: number, signal: AbortSignal): Promise<void> => setTimeout(ms, undefined, { signal });
    return new SplunkHecSink({ config, context, sleep });
  },
  files: async (config) => {
    // Loaded when it is asked for: sending needs none of it.
    const { addonFile } = await import('./addon/file.ts');
    return [addonFile(config)];
  },
};
