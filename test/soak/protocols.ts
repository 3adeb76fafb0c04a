/** What the three peers that speak HTTP say, as far as a sink that does nothing odd asks them. */

import type { Held } from './held.ts';
import type { Asked, Protocol, Said } from './http-peer.ts';

const ELASTIC = {
  'content-type': 'application/vnd.elasticsearch+json;compatible-with=8',
  'x-elastic-product': 'Elasticsearch',
};

function elastic(body: object, status = 200): Said {
  return { status, headers: ELASTIC, body: JSON.stringify(body) };
}

const STREAM = 'logs-openai.org_audit-default';
const INDEX = `.ds-${STREAM}-000001`;

/** A data stream with one backing index, where an id is taken once. */
export const elasticsearch: Protocol = {
  answer: ({ path, text }, held) => {
    if (path === '/') return elastic({ version: { number: '9.5.3', build_flavor: 'default' }, tagline: '' });
    if (path.endsWith('/_bulk')) return elastic({ took: 1, errors: false, items: bulkItems(text, held) });
    if (path.startsWith('/_data_stream/'))
      return elastic({ data_streams: [{ name: STREAM, indices: [{ index_name: INDEX }] }] });
    if (path === '/_mget') return elastic({ docs: documents(text, held) });
    // As a cluster without security: everything is allowed.
    return elastic({ error: { type: 'invalid_index_name_exception', reason: '' }, status: 400 }, 400);
  },
  refuse: elastic({ error: { type: 'es_rejected_execution_exception', reason: 'full' }, status: 429 }, 429),
  error: elastic({ error: { type: 'process_cluster_event_timeout_exception', reason: '' }, status: 500 }, 500),
};

function bulkItems(text: string, held: Held): readonly object[] {
  const lines = text.split('\n').filter((_, at) => at % 2 === 0);
  return lines.slice(0, -1).map((line) => {
    // As the sink writes it.
    const { create } = JSON.parse(line) as { create: { _id: string } };
    if (held.take(create._id)) return { create: { _id: create._id, status: 201, result: 'created' } };
    held.copies -= 1;
    const error = { type: 'version_conflict_engine_exception', reason: 'document already exists' };
    return { create: { _id: create._id, status: 409, error } };
  });
}

function documents(text: string, held: Held): readonly object[] {
  const { docs } = JSON.parse(text) as { docs: readonly { _id: string }[] };
  return docs.map((doc) => ({ ...doc, found: held.ids.has(doc._id) }));
}

function json(body: object, status = 200, headers: Readonly<Record<string, string>> = {}): Said {
  return { status, headers, body: JSON.stringify(body) };
}

/** A token with indexer acknowledgment, whose requests are indexed when they are first asked about. */
export function splunk(): Protocol {
  let next = 0;
  return {
    answer: ({ path, text }, held) => {
      if (path.endsWith('/ack')) {
        const { acks } = JSON.parse(text) as { acks: readonly number[] };
        return json({ acks: Object.fromEntries(acks.map((id) => [id, true])) });
      }
      if (path.includes('/health')) return json({ text: 'HEC is healthy', code: 17 });
      for (const [, id = ''] of text.matchAll(/"event_id":"([^"]+)"/g)) held.take(id);
      next += 1;
      return json({ text: 'Success', code: 0, ackId: next - 1 });
    },
    refuse: json({ text: 'Server is busy', code: 9 }, 503),
    error: json({ text: 'Internal server error', code: 8 }, 500),
  };
}

export const datadog: Protocol = {
  answer: ({ text }: Asked, held) => {
    // As the sink writes them.
    for (const { evt } of JSON.parse(text) as readonly { evt: { id: string } }[]) held.take(evt.id);
    return json({}, 202);
  },
  refuse: json({ errors: [{ status: '429', title: 'Too Many Requests' }] }, 429, { 'x-ratelimit-reset': '2' }),
  error: json({ errors: [{ status: '500', title: 'Internal Server Error' }] }, 500),
};
