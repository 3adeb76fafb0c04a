import { expect, test } from 'vitest';
import { expositionFor } from './exposition.ts';

const cases: readonly [name: string, accept: string | undefined, exposition: string][] = [
  ['no wish', undefined, 'plain'],
  ['curl', '*/*', 'plain'],
  ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'plain'],
  [
    'Prometheus 3',
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    'openmetrics',
  ],
  [
    'Prometheus that likes its own format best',
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.4',
    'openmetrics',
  ],
  ['Prometheus before 2.5', 'text/plain;version=0.0.4;q=1,*/*;q=0.1', 'plain'],
  ['OpenMetrics alone', 'application/openmetrics-text', 'openmetrics'],
  ['either, with equal liking', 'text/plain;version=0.0.4, application/openmetrics-text; version=1.0.0', 'openmetrics'],
  ['plain text rather than OpenMetrics', 'application/openmetrics-text;q=0.2, text/plain;q=0.5', 'plain'],
  ['never OpenMetrics', 'application/openmetrics-text;q=0', 'plain'],
  ['a version of it that we do not speak', 'application/openmetrics-text;version=2.0.0', 'plain'],
  ['a version in quotes, in capitals', 'APPLICATION/OpenMetrics-Text; version="1.0.0"', 'openmetrics'],
  ['a liking that is no number', 'application/openmetrics-text;q=much', 'plain'],
];
test.each(cases)('%s', (_, accept, exposition) => {
  expect(expositionFor(accept)).toBe(exposition);
});
