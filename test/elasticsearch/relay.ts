/** A whole relay before a real node: the simulated API, the real journal, the real core, the real sink. */
import { join } from 'node:path';
import {
  journalConfigSchema,
  type Log,
  laneConfigSchema,
  type RelayOptions,
  sourceConfigSchema,
} from '@audit-relay/core';
import { elasticsearch } from '@audit-relay/sink-elasticsearch';
import { hurriedClock } from '../services/hurried-clock.ts';

/** Plain JSON, so that a child process can be told. */
export interface RelayOrder {
  /** Of the journal; a relay goes on where the last one in it ended. */
  readonly folder: string;
  readonly api: { readonly url: string; readonly key: string };
  /** `backfill_start_time`. */
  readonly start: string;
  /** The sink's keys, as in YAML. */
  readonly sink: object;
  /** Events in one batch; absent: what the sink allows. */
  readonly maxEvents?: number;
  /** How long a batch waits to become full; absent: not at all. */
  readonly maxAge?: string;
  readonly format?: 'ecs' | 'ocsf' | 'raw';
  readonly dialect?: 'audit_logs' | 'organization_logs';
}

export function relayOptions(
  { folder, api, start, sink, maxEvents, maxAge = '0s', format = 'ecs', dialect = 'audit_logs' }: RelayOrder,
  log: Log,
): RelayOptions {
  const config = elasticsearch.configSchema.parse(sink);
  const { sendMs } = elasticsearch.limits(config);
  const source = {
    type: 'openai',
    dialect,
    api_key: api.key,
    base_url: api.url,
    backfill_start_time: start,
    poll_interval: '1s',
    requests_per_second: 100,
  };
  const batch = { max_age: maxAge, ...(maxEvents === undefined ? {} : { max_events: maxEvents }) };
  return {
    name: 'elasticsearch-test',
    version: '0.0.0',
    sources: { acme: sourceConfigSchema.parse(source) },
    journal: journalConfigSchema.parse({ path: join(folder, 'journal') }),
    sinks: {
      siem: {
        plugin: elasticsearch,
        config,
        lane: laneConfigSchema.parse({ type: 'elasticsearch', batch, format }),
      },
    },
    proxyFor: () => undefined,
    runtime: {
      now: Date.now,
      random: Math.random,
      log,
      ...hurriedClock({ times: 20, kept: [sendMs] }),
    },
  };
}
