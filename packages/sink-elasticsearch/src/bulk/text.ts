/** The body of a bulk: NDJSON built around documents that are text already. */
import type { Envelope } from '@audit-relay/sink';
import { packed, TextBytes } from '@audit-relay/sink-http';
import type { ElasticsearchConfig } from '../config.ts';
import { INDEX_PATTERN, INTEGRATION_DATASET, indexNamer } from '../target.ts';

/** Writes the two lines of an envelope, each with its newline. */
export type Lines = (envelope: Envelope, to: TextBytes) => void;

/** Each as a text of its own: put together they would be copied once more. */
function write(to: TextBytes, action: string, document: string): void {
  to.add(action);
  to.add(document);
  to.add('\n');
}

/** The document as it came, which as bytes need not be made a text. */
function writeOwn(to: TextBytes, action: string, envelope: Envelope): void {
  to.add(action);
  if (hasBytes(envelope)) to.addBytes(envelope);
  else to.add(envelope.json);
  to.add('\n');
}

function hasBytes(envelope: Envelope): envelope is Required<Envelope> {
  return envelope.copyTo !== undefined;
}

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
    return (envelope, to) => write(to, `{"create":{"_id":${JSON.stringify(envelope.id)}}}\n`, wrap(envelope));
  }
  if (mode === 'data_stream') {
    return (envelope, to) => writeOwn(to, `{"create":{"_id":${JSON.stringify(envelope.id)}}}\n`, envelope);
  }
  const operation = overwrites ? 'index' : 'create';
  const nameOf = indexNamer(index);
  return (envelope, to) => {
    const { id, timeMs } = envelope;
    writeOwn(to, `{"${operation}":{"_index":"${nameOf(timeMs)}","_id":${JSON.stringify(id)}}}\n`, envelope);
  };
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

/** About what stands before a document; what is longer makes room for itself. */
const ACTION_BYTES = 128;

/** The gzipped body; it ends with a newline, without which the last event would be refused. */
export function bodyOf(envelopes: readonly Envelope[], lines: Lines): Promise<Buffer> {
  const bytes = envelopes.reduce((sum, envelope) => sum + envelope.bytes + ACTION_BYTES, 0);
  const text = new TextBytes(bytes);
  for (const envelope of envelopes) lines(envelope, text);
  return packed(text.bytes());
}
