/** From a document to an entry of Datadog's: what it knows by name stands around the text, which stays as it came. */
import type { Envelope, Facts, SinkContext } from '@audit-relay/sink';
import type { DatadogConfig } from './config.ts';

type Metadata = Pick<DatadogConfig, 'service' | 'source' | 'tags' | 'hostname'>;

/** The official date of an entry, and what its tags say of it. */
export interface Stamp {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly tag?: string;
}

/** One entry as text. */
export type Wrap = (envelope: Envelope, stamp: Stamp) => string;

/**
 * What is the same for all events is made into text once. Names at the top are Datadog's own
 * (docs.datadoghq.com/standard-attributes); whatever else an event says stands under `ecs`, `ocsf` or `raw` and
 * `openai`, so that no key of it can take the place of one of them:
 *
 *     {"ddsource":"openai-audit","service":"openai","ddtags":"env:prod","timestamp":1772366400000,"status":"info",
 *      "message":"login.succeeded by ada@example.com","evt":{"id":"audit_log-1","name":"login.succeeded","outcome":"success"},
 *      "usr":{"id":"user-1"},"network":{"client":{"ip":"192.0.2.1"}},"openai":{…},"ecs":{…}}
 */
export function wrapOf({ service, source, tags, hostname }: Metadata, format: SinkContext['format'] = 'ecs'): Wrap {
  const fixed = { ddsource: source, service, ...(hostname === undefined ? {} : { hostname }) };
  const head = JSON.stringify(fixed).slice(0, -1);
  return (envelope, { atMs, tag }) => {
    const ddtags = [...tags, ...(tag === undefined ? [] : [tag])].join(',');
    const tagged = ddtags === '' ? '' : `,"ddtags":${JSON.stringify(ddtags)}`;
    const attributes = JSON.stringify(attributesOf(envelope)).slice(1, -1);
    return `${head}${tagged},"timestamp":${atMs},${attributes},"${format}":${envelope.json}}`;
  };
}

/** By what the facts say, and never by the text. What is undefined is left out by `JSON.stringify`. */
function attributesOf({ id, type, timeMs, facts }: Envelope): object {
  const { source, feed, summary, severity, outcome, organization, project, actor, ip, userAgent, target } = facts;
  return {
    status: STATUS[severity],
    message: summary,
    evt: { id, name: type, outcome },
    usr: actor,
    network: ip === undefined ? undefined : { client: { ip } },
    http: userAgent === undefined ? undefined : { useragent: userAgent },
    organization,
    openai: { source, feed, effective_at: new Date(timeMs).toISOString(), project, target },
  };
}

/** docs.datadoghq.com/logs/log_configuration/processors/log_status_remapper: words that Datadog takes as they stand. */
const STATUS: Readonly<Record<Facts['severity'], string>> = {
  1: 'info',
  2: 'notice',
  3: 'warning',
  4: 'error',
  5: 'critical',
  6: 'emergency',
};
