/**
 * `/metrics`: a status put into OpenMetrics text at the moment of the scrape. The status is the one
 * truth; no second set of counters is kept.
 */
import type { RelayStatus } from '@audit-relay/core';
import { Counter, Gauge, type OpenMetricsContentType, Registry } from 'prom-client';
import { distributionsOf, type Family, familiesOf, type ProcessFigures } from './families.ts';
import { FilledHistogram } from './filled-histogram.ts';

/** OpenMetrics 1.0, as the library spells it. */
export const METRICS_CONTENT_TYPE: string = Registry.OPENMETRICS_CONTENT_TYPE;

const PREFIX = 'audit_relay_';

/** All metrics as OpenMetrics text; pure but for its arguments. */
export async function metricsText(status: RelayStatus, process: ProcessFigures): Promise<string> {
  const registry: Registry<OpenMetricsContentType> = new Registry();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const family of familiesOf(status, process)) addFamily(registry, family);
  for (const { name, help, series } of distributionsOf(status)) {
    if (series.length > 0) registry.registerMetric(new FilledHistogram(PREFIX + name, help, series));
  }
  return await registry.metrics();
}

function addFamily(registry: Registry<OpenMetricsContentType>, { name, help, samples }: Family): void {
  const labelNames = [...new Set(samples.flatMap(([labels]) => Object.keys(labels)))];
  const options = { name: PREFIX + name, help, labelNames, registers: [registry] };
  const known = samples.flatMap(([labels, value]) => (value === undefined ? [] : [{ labels: { ...labels }, value }]));
  // The library would write 0 for a metric without a sample.
  if (known.length === 0) return;
  if (name.endsWith('_total')) {
    const counter = new Counter(options);
    for (const { labels, value } of known) counter.inc(labels, value);
  } else {
    const gauge = new Gauge(options);
    for (const { labels, value } of known) gauge.set(labels, value);
  }
}
