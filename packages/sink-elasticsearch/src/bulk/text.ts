/** The body of a bulk: NDJSON built around documents that are text already. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Envelope } from '@audit-relay/sink';
import type { ElasticsearchConfig } from '../config.ts';
import { INDEX_PATTERN, INTEGRATION_DATASET, indexNamer } from '../target.ts';

/** From an envelope to its two lines, each with its newline. */
export type Lines = (envelope: Envelope) => string;

/** What of the config decides on the lines. */
export type LinesConfig = Pick<
  ElasticsearchConfig,
  'mode' | 'namespace' | 'index' | 'overwrites' | 'elastic_integration'
>;

/**
 * The lines of a config's mode. In a data stream, which is named by the path, and in an index of the event's month:
 *
 *     {"create":{"_id":"audit_log-abc"}}
 *     {"@timestamp":"2026-03-01T11:59:00.000Z","event":{"id":"audit_log-abc",…},…}
 *
 *     {"create":{"_index":"openai-audit-2026.03","_id":"audit_log-abc"}}
 */
export function linesOf(config: LinesConfig): Lines {
  const { mode, overwrites, elastic_integration, namespace, index = INDEX_PATTERN } = config;
  if (elastic_integration) {
    const wrap = wrapperOf(namespace);
    return (envelope) => `{"create":{"_id":${JSON.stringify(envelope.id)}}}\n${wrap(envelope)}\n`;
  }
  if (mode === 'data_stream') return ({ id, json }) => `{"create":{"_id":${JSON.stringify(id)}}}\n${json}\n`;
  const operation = overwrites ? 'index' : 'create';
  const nameOf = indexNamer(index);
  return ({ id, json, timeMs }) =>
    `{"${operation}":{"_index":"${nameOf(timeMs)}","_id":${JSON.stringify(id)}}}\n${json}\n`;
}

/**
 * The document that the ingest pipeline of Elastic's integration expects: the record as text in `message`, which it
 * parses itself (elastic/integrations, packages/openai/data_stream/audit, 2.4.1, read 2026-08).
 *
 *     {"@timestamp":"2026-03-01T11:59:00.000Z","message":"{\"id\":\"audit_log-abc\",…}","data_stream":{…},…}
 */
function wrapperOf(namespace: string): (envelope: Envelope) => string {
  const stream = JSON.stringify({ type: 'logs', dataset: INTEGRATION_DATASET, namespace });
  const end = `"data_stream":${stream},"event":{"dataset":"${INTEGRATION_DATASET}","module":"openai"}}`;
  return ({ timeMs, json }) =>
    `{"@timestamp":"${new Date(timeMs).toISOString()}","message":${JSON.stringify(json)},${end}`;
}

/** Level 1: on audit events a quarter larger than the default's, for a third of the time. */
const LEVEL = 1;

const compress = promisify<string, { readonly level: number }, Buffer>(gzip);

/** The gzipped body; it ends with a newline, without which the last event would be refused. */
export function bodyOf(envelopes: readonly Envelope[], lines: Lines): Promise<Buffer> {
  return compress(envelopes.map(lines).join(''), { level: LEVEL });
}
