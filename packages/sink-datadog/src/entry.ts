/** From a document to an entry of Datadog's: what it knows by name stands around the text, which stays as it came. */
import type { Envelope, Facts, SinkContext } from '@audit-relay/sink';
import type { DatadogConfig } from './config.ts';

/** The official date of an entry, and what its tags say of it. */
export interface Stamp {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly tag?: string;
}

/** One entry as it is sent. */
export interface Entry {
  readonly text: string;
  /** Its UTF-8 length. */
  readonly bytes: number;
}

export type Wrap = (envelope: Envelope, stamp: Stamp) => Entry;

type Metadata = Pick<DatadogConfig, 'service' | 'source' | 'tags' | 'hostname' | 'receiver'>;

export function wrapOf(metadata: Metadata, format: SinkContext['format'] = 'ecs'): Wrap {
  return metadata.receiver === 'worker' ? workerWrap(metadata, format) : intakeWrap(metadata, format);
}

/**
 * What is the same for all events is made into text once. Names at the top are Datadog's own
 * (docs.datadoghq.com/standard-attributes); whatever else an event says stands under `ecs`, `ocsf` or `raw` and
 * `openai`, so that no key of it can take the place of one of them:
 *
 *     {"ddsource":"openai-audit","service":"openai","ddtags":"env:prod","timestamp":1772366400000,"status":"info",
 *      "message":"login.succeeded by ada@example.com","evt":{"id":"audit_log-1","name":"login.succeeded","outcome":"success"},
 *      "usr":{"id":"user-1"},"network":{"client":{"ip":"192.0.2.1"}},"openai":{…},"ecs":{…}}
 */
function intakeWrap({ service, source, tags, hostname }: Metadata, format: string): Wrap {
  const fixed = { ddsource: source, service, ...(hostname === undefined ? {} : { hostname }) };
  const head = JSON.stringify(fixed).slice(0, -1);
  return (envelope, { atMs, tag }) => {
    const ddtags = tagsOf(tags, tag);
    const tagged = ddtags === '' ? '' : `,"ddtags":${JSON.stringify(ddtags)}`;
    const status = STATUS[envelope.facts.severity];
    const around = `${head}${tagged},"timestamp":${atMs},"status":"${status}",${attributesOf(envelope)},"${format}":`;
    return { text: `${around}${envelope.json}}`, bytes: Buffer.byteLength(around) + envelope.bytes + 1 };
  };
}

/**
 * As the Datadog Agent sends it, in these keys and no others, since a worker refuses what has more or fewer; the message holds
 * the attributes as JSON, which Datadog takes apart again:
 *
 *     {"ddsource":"openai-audit","service":"openai","hostname":"","ddtags":"","timestamp":1772366400000,"status":"info",
 *      "message":"{\"message\":\"login.succeeded by ada@example.com\",\"evt\":{…},\"ecs\":{…}}"}
 */
function workerWrap({ service, source, tags, hostname = '' }: Metadata, format: string): Wrap {
  const head = JSON.stringify({ ddsource: source, service, hostname }).slice(0, -1);
  return (envelope, { atMs, tag }) => {
    const ddtags = JSON.stringify(tagsOf(tags, tag));
    const status = STATUS[envelope.facts.severity];
    const message = JSON.stringify(`{${attributesOf(envelope)},"${format}":${envelope.json}}`);
    const text = `${head},"ddtags":${ddtags},"timestamp":${atMs},"status":"${status}","message":${message}}`;
    return { text, bytes: Buffer.byteLength(text) };
  };
}

/** Datadog reads one text, its tags parted by commas; a list there is not taken. */
function tagsOf(tags: readonly string[], tag: string | undefined): string {
  return [...tags, ...(tag === undefined ? [] : [tag])].join(',');
}

/** By what the facts say, and never by the text: `"message":…,"evt":…`. What is undefined is left out by `JSON.stringify`. */
function attributesOf({ id, type, timeMs, facts }: Envelope): string {
  const { source, feed, summary, outcome, organization, project, actor, ip, userAgent, target } = facts;
  const attributes = {
    message: summary,
    evt: { id, name: type, outcome },
    usr: actor,
    network: ip === undefined ? undefined : { client: { ip } },
    http: userAgent === undefined ? undefined : { useragent: userAgent },
    organization,
    openai: { source, feed, effective_at: new Date(timeMs).toISOString(), project, target },
  };
  return JSON.stringify(attributes).slice(1, -1);
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
