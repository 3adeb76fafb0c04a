/** Whatever a peer answers over HTTP: each event of the batch is settled once, and no word of the answer is passed on. */
import type { Failure, SendResult, Sink } from '@audit-relay/sink';
import { datadog } from '@audit-relay/sink-datadog';
import { elasticsearch } from '@audit-relay/sink-elasticsearch';
import { splunkHec } from '@audit-relay/sink-splunk-hec';
import { batchOf, envelopes, type Reply, startPeer, testContext } from '@audit-relay/sink-testkit';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { broken, CANARY, fuzz } from './fuzz.ts';

const EVENTS = 3;
const context = testContext();

const SINKS: readonly { readonly name: string; open(url: string): Promise<Sink> }[] = [
  {
    name: 'elasticsearch',
    open: (url) => elasticsearch.open(elasticsearch.configSchema.parse({ nodes: [url], mode: 'index' }), context),
  },
  {
    name: 'splunk',
    open: (url) => splunkHec.open(splunkHec.configSchema.parse({ url, token: 't', indexer_ack: 'off' }), context),
  },
  { name: 'datadog', open: (url) => datadog.open(datadog.configSchema.parse({ url, api_key: 'k' }), context) },
];

const STATUS = fc.oneof(
  fc.constantFrom(200, 202, 400, 401, 403, 413, 429, 500, 503),
  fc.integer({ min: 200, max: 599 }),
);
const ITEM = fc.record(
  {
    _id: fc.oneof(
      fc.integer({ min: 0, max: EVENTS }).map((at) => `audit_log-${at}`),
      fc.jsonValue(),
    ),
    status: fc.oneof(STATUS, fc.jsonValue()),
    result: fc.constantFrom('created', 'noop', 7),
    error: fc.oneof(
      fc.jsonValue(),
      fc.record({ type: fc.constantFrom('mapper_parsing_exception', 'x'), reason: fc.constant(CANARY) }),
    ),
  },
  { requiredKeys: [] },
);
const BODY = fc.oneof(
  fc.jsonValue().map((value) => JSON.stringify({ value, said: CANARY })),
  fc
    .record({
      code: fc.oneof(fc.integer({ min: -1, max: 40 }), fc.jsonValue()),
      text: fc.constant(CANARY),
      'invalid-event-number': fc.oneof(fc.integer(), fc.jsonValue()),
    })
    .map((value) => JSON.stringify(value)),
  fc
    .array(ITEM, { minLength: EVENTS - 1, maxLength: EVENTS + 1 })
    .map((items) => JSON.stringify({ took: 1, errors: true, items: items.map((create) => ({ create })) })),
  fc.constant(`<html>${CANARY}</html>`),
);
const ANSWER = fc.record({
  status: STATUS,
  body: broken(BODY),
  retryAfter: fc.oneof(
    fc.constantFrom('1', '-1', '1e9', 'Sun, 06 Nov 1994 08:49:37 GMT'),
    fc.string({ unit: fc.constantFrom('0', '9', '.', ' ', 'a') }),
  ),
});

function failuresOf(result: SendResult): readonly Failure[] {
  if (result.kind === 'acked') return [];
  return result.kind === 'partial' ? result.failures.map(({ failure }) => failure) : [result];
}

test.each(SINKS)('$name', async ({ name, open }) => {
  let reply: Reply = { status: 200, body: '' };
  const isElastic = { 'x-elastic-product': 'Elasticsearch', 'content-type': 'application/json' };
  const root = JSON.stringify({ version: { number: '9.5.3', build_flavor: 'default' }, tagline: '' });
  const peer = await startPeer(({ method }) =>
    method === 'GET' ? { status: 200, headers: isElastic, body: root } : reply,
  );
  const sink = await open(peer.url);
  await fuzz({
    name: `answers to ${name}`,
    input: ANSWER,
    inputs: 300,
    check: async ({ status, body, retryAfter }) => {
      reply = { status, headers: { ...isElastic, 'retry-after': retryAfter.trim() }, body: body.toString('latin1') };
      const result = await sink.send(batchOf(envelopes(EVENTS)), {
        signal: AbortSignal.timeout(60_000),
        accepted: () => undefined,
      });
      expect(JSON.stringify(failuresOf(result))).not.toContain(CANARY);
      if (result.kind !== 'partial') return;
      const indexes = result.failures.map(({ index }) => index);
      expect(new Set(indexes).size).toBe(indexes.length);
      expect(indexes.every((index) => Number.isInteger(index) && index >= 0 && index < EVENTS)).toBe(true);
      expect(result.acked + indexes.length).toBe(EVENTS);
    },
  });
  await sink.close();
  await peer.close();
});
