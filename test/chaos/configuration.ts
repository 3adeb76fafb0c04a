/** The relay's file as one life, or a part of it, has it. */

import { ASKED } from './made.ts';
import type { Parts } from './parts.ts';
import { EXCLUDABLE, type LifeConfig, type Proxiable, type SinkName } from './schedule.ts';

export interface ConfigurationOptions extends Pick<Parts, 'schedule' | 'disk' | 'api' | 'peers' | 'proxy'> {
  /** Of the journal. */
  readonly journal: string;
  /** Of the feeds, in seconds. */
  readonly startS: number;
  readonly secretFile: (of: SinkName | 'api') => string;
}

/** JSON is YAML. */
export function configurationOf(
  { sinks, filtered, someTypes, format, maxEvents, concurrency }: LifeConfig,
  { schedule, disk, api, peers, proxy, journal, startS, secretFile }: ConfigurationOptions,
): string {
  const proxyOf = (of: SinkName | 'api'): object =>
    schedule.proxied.includes(of as Proxiable) ? { proxy: proxy.url } : {};
  const lane = { batch: { max_events: maxEvents, max_age: '0s' }, concurrency };
  const sinkOf = (sink: SinkName): object => ({
    ...peers[sink].keys(secretFile(sink)),
    ...proxyOf(sink),
    ...lane,
    ...(sink === 'elastic' && schedule.mode === 'data_stream' ? {} : { format }),
    ...(filtered.includes(sink) ? { when: `event.action != "${EXCLUDABLE}"` } : {}),
  });
  const source = {
    type: 'openai',
    api_key: `\${file:${secretFile('api')}}`,
    base_url: `http://127.0.0.1:${api.port}/v1`,
    ...proxyOf('api'),
    poll_interval: '1s',
    requests_per_second: 100,
    ...(schedule.backfill ? { backfill_start_time: new Date(startS * 1_000).toISOString() } : {}),
    ...(someTypes ? { event_types: ASKED } : {}),
  };
  return JSON.stringify({
    sources: { acme: source },
    journal: {
      path: journal,
      // Longer than the host's clock is ever ahead: the verdict looks for each event in the journal.
      retention: '400d',
      max_bytes: disk === undefined ? '64MiB' : '24MiB',
      on_damage: 'set_aside',
    },
    http: { listen: '127.0.0.1:0' },
    sinks: Object.fromEntries(sinks.map((sink) => [sink, sinkOf(sink)])),
  });
}
