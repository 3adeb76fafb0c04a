/** Every metric that `/metrics` has, in its order. How they become text is in `text.ts`. */
import { CONFIG_METRICS } from './config.ts';
import { FEED_METRICS } from './feed.ts';
import { JOURNAL_METRICS } from './journal.ts';
import { byName, type Figure, type Metric, over, type ProcessFigures, type Sample, seconds } from './metric.ts';
import { SINK_METRICS } from './sink.ts';

/** Before every name. */
export const PREFIX = 'audit_relay_';

const PROCESS: readonly Figure<ProcessFigures>[] = [
  {
    name: 'process_cpu_seconds_total',
    help: 'CPU time, user and system',
    query: 'rate(audit_relay_process_cpu_seconds_total[5m])',
    value: ({ cpuSeconds }) => cpuSeconds,
  },
  {
    name: 'process_resident_memory_bytes',
    help: 'Memory, mapped pages of the journal included',
    query: 'audit_relay_process_resident_memory_bytes',
    value: ({ residentBytes }) => residentBytes,
  },
];

export const METRICS: readonly Metric[] = [
  {
    name: 'build_info',
    help: 'The relay: its name in the documents, and its version',
    query: 'count by (version) (audit_relay_build_info)',
    labels: ['name', 'version'],
    samples: ({ status: { name, version } }): readonly Sample[] => [[{ name, version }, 1]],
  },
  {
    name: 'start_timestamp_seconds',
    help: 'When this process began',
    query: 'changes(audit_relay_start_timestamp_seconds[1h]) > 2',
    labels: [],
    samples: ({ status }) => [[{}, seconds(status.startedMs)]],
  },
  ...CONFIG_METRICS,
  ...FEED_METRICS,
  ...SINK_METRICS,
  ...JOURNAL_METRICS,
  {
    name: 'drift_unknown_type_events_total',
    help: 'Events of a type that this version does not know',
    query: 'sum by (type) (increase(audit_relay_drift_unknown_type_events_total[1d])) > 0',
    labels: ['type'],
    samples: ({ status }) => byName('type', {}, status.drift.types),
  },
  {
    name: 'drift_unknown_field_total',
    help: 'Fields that this version does not know',
    query: 'sum by (field) (increase(audit_relay_drift_unknown_field_total[1d])) > 0',
    labels: ['field'],
    samples: ({ status }) => byName('field', {}, status.drift.fields),
  },
  ...over([], ({ process }) => [[{}, process]], PROCESS),
];

/** As Prometheus calls it. */
export function typeOf(metric: Metric): 'counter' | 'gauge' | 'histogram' {
  if ('series' in metric) return 'histogram';
  return metric.name.endsWith('_total') ? 'counter' : 'gauge';
}
