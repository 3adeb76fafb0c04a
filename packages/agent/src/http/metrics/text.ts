/**
 * `/metrics`: a status put into text at the moment of the scrape, in the form that the scraper asks for. The status is the
 * one truth; no second set of counters is kept.
 */
import type { RelayStatus } from '@audit-relay/core';
import { Counter, Gauge, type OpenMetricsContentType, type PrometheusContentType, Registry } from 'prom-client';
import { METRICS, PREFIX } from './catalogue.ts';
import { FilledHistogram } from './filled-histogram.ts';
import type { PlainMetric, ProcessFigures, Sample } from './metric.ts';

/** `openmetrics` is 1.0, `plain` the older text format 0.0.4, which every scraper reads. */
export type Exposition = 'openmetrics' | 'plain';

/** As the library spells them. */
const CONTENT_TYPES = {
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
  plain: Registry.PROMETHEUS_CONTENT_TYPE,
} as const;

type AnyRegistry = Registry<OpenMetricsContentType | PrometheusContentType>;

export interface Exposed {
  readonly contentType: string;
  readonly body: string;
}

/** All metrics as text; pure but for its arguments. */
export async function metricsText(
  exposition: Exposition,
  status: RelayStatus,
  process: ProcessFigures,
): Promise<Exposed> {
  const contentType = CONTENT_TYPES[exposition];
  const registry: AnyRegistry = new Registry();
  registry.setContentType(contentType);
  const scraped = { status, process };
  for (const metric of METRICS) {
    if ('samples' in metric) addPlain(registry, metric, metric.samples(scraped));
    else {
      const series = metric.series(scraped);
      if (series.length > 0) registry.registerMetric(new FilledHistogram(PREFIX + metric.name, metric.help, series));
    }
  }
  return { contentType, body: await registry.metrics() };
}

function addPlain(registry: AnyRegistry, { name, help, labels }: PlainMetric, samples: readonly Sample[]): void {
  const options = { name: PREFIX + name, help, labelNames: [...labels], registers: [registry] };
  const known = samples.flatMap(([of, value]) => (value === undefined ? [] : [{ labels: { ...of }, value }]));
  // The library would write 0 for a metric without a sample.
  if (known.length === 0) return;
  if (name.endsWith('_total')) {
    const counter = new Counter(options);
    for (const { labels: of, value } of known) counter.inc(of, value);
  } else {
    const gauge = new Gauge(options);
    for (const { labels: of, value } of known) gauge.set(of, value);
  }
}
