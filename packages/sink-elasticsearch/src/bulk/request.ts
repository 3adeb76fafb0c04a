/** The request around the body of a bulk. */
import type { ElasticsearchConfig } from '../config.ts';
import type { Ask } from '../connect.ts';
import { type Identity, isAtLeast } from '../identify.ts';
import { serverMsOf } from '../limits.ts';
import { streamOf } from '../target.ts';

/** The parts of the answer that are read; whole, it would be as long as the bulk. Every item has a status, so none is left out. */
const FILTER =
  'items.*._id,items.*.status,items.*.result,items.*.failure_store,items.*.error.type,items.*.error.reason';

/**
 * A bulk of the gzipped NDJSON `body`:
 *
 *     POST /logs-openai.org_audit-default/_bulk?filter_path=…&timeout=30000ms&require_data_stream=true&include_source_on_error=false
 */
export function bulkRequest(body: Buffer, config: ElasticsearchConfig, identity: Identity): Omit<Ask, 'signal'> {
  const stream = streamOf(config);
  return {
    method: 'POST',
    path: stream === undefined ? '/_bulk' : `/${encodeURIComponent(stream)}/_bulk`,
    query: {
      filter_path: FILTER,
      timeout: `${serverMsOf(config)}ms`,
      // Without it a missing template makes a plain index of this name. Since 8.13.
      ...(stream !== undefined && isAtLeast(identity, 8, 13) ? { require_data_stream: 'true' } : {}),
      // Otherwise errors quote the document. Since 8.18.
      ...(isAtLeast(identity, 8, 18) ? { include_source_on_error: 'false' } : {}),
    },
    headers: { 'content-encoding': 'gzip' },
    body,
  };
}
