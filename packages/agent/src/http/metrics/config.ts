/** Metrics of the configuration: which is in force, and what became of newer ones. */
import type { RelayStatus } from '@audit-relay/core';
import { type Figure, type Labelled, type Metric, over, type Scraped, seconds } from './metric.ts';

type Configuration = NonNullable<RelayStatus['configuration']>;

const FIGURES: readonly Figure<Configuration>[] = [
  {
    name: 'config_last_reload_successful',
    help: '1 while the file is the configuration in force; 0 while it has changed and was refused, so that the old one runs on',
    query: 'audit_relay_config_last_reload_successful == 0',
    value: ({ refusal }) => (refusal === undefined ? 1 : 0),
  },
  {
    name: 'config_last_reload_success_timestamp_seconds',
    help: 'When the configuration in force was taken over; at first, when the process began',
    query: 'time() - audit_relay_config_last_reload_success_timestamp_seconds',
    value: ({ sinceMs }) => seconds(sinceMs),
  },
];

export const CONFIG_METRICS: readonly Metric[] = [
  ...over([], configurations, FIGURES),
  {
    name: 'config_reloads_total',
    help: 'Changes of the configuration that were taken over or refused',
    query: 'sum by (outcome) (increase(audit_relay_config_reloads_total[1d]))',
    labels: ['outcome'],
    samples: (scraped) =>
      configurations(scraped).flatMap(([, { applied, refused }]) =>
        Object.entries({ applied, refused }).map(([outcome, count]) => [{ outcome }, count] as const),
      ),
  },
  {
    name: 'config_info',
    help: 'The configuration in force, by the first digits of the SHA-256 of its text',
    query: 'count by (hash) (audit_relay_config_info)',
    labels: ['hash'],
    samples: (scraped) => configurations(scraped).map(([, { hash }]) => [{ hash }, 1]),
  },
];

/** One, or none: whoever runs a relay by itself has no file. */
function configurations({ status: { configuration } }: Scraped): readonly Labelled<Configuration>[] {
  return configuration === undefined ? [] : [[{}, configuration]];
}
