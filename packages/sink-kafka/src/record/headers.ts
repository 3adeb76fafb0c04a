/** What stands beside a record's value, so that a consumer need not parse it to know what it is. */
import type { Envelope } from '@audit-relay/sink';

export interface HeaderOptions {
  readonly cloudevents: boolean;
  /** The record's key, which CloudEvents call its partition key. */
  readonly key: string | null;
  /** From `schemaVersionOf`. */
  readonly schemaVersion: string;
}

/** Header names and their values, in UTF-8. */
export type Headers = Readonly<Record<string, string>>;

const CONTENT_TYPE = 'application/json';

/** CloudEvents' attribute `type` begins with a name of DNS in reverse (CloudEvents 1.0.2, section `type`). */
const TYPE_PREFIX = 'com.openai.audit_log.';

export function headersOf(envelope: Envelope, { cloudevents, key, schemaVersion }: HeaderOptions): Headers {
  const { id, type } = envelope;
  const own = {
    'content-type': CONTENT_TYPE,
    'openai-event-id': id,
    'openai-event-type': type,
    'schema-version': schemaVersion,
  };
  return cloudevents ? { ...own, ...cloudEventHeaders(envelope, key) } : own;
}

/**
 * Binary mode of the Kafka protocol binding of CloudEvents 1.0.2
 * (github.com/cloudevents/spec, cloudevents/bindings/kafka-protocol-binding.md): attributes as headers with `ce_`.
 */
function cloudEventHeaders({ id, type, timeMs, facts }: Envelope, key: string | null): Headers {
  return {
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: `openai:${facts.organization?.id ?? facts.source}`,
    ce_type: `${TYPE_PREFIX}${type}`,
    ce_time: new Date(timeMs).toISOString(),
    ...(facts.target?.id === undefined ? {} : { ce_subject: facts.target.id }),
    ...(key === null ? {} : { ce_partitionkey: key }),
  };
}
