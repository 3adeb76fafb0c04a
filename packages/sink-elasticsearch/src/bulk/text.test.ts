/** The NDJSON around documents, for every id and document there can be. */
import { gunzipSync } from 'node:zlib';
import type { Envelope } from '@audit-relay/sink';
import { envelopes } from '@audit-relay/sink-testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limitsOf } from '../limits.ts';
import { elasticsearch } from '../plugin.ts';
import { bodyOf, linesOf } from './text.ts';

const NODES = ['https://es.example.com:9200'];

/** The unpacked body of these envelopes, as lines without the last newline. */
async function linesIn(list: readonly Envelope[], keys: object = {}): Promise<readonly string[]> {
  const config = elasticsearch.configSchema.parse({ nodes: NODES, ...keys });
  const text = gunzipSync(await bodyOf(list, linesOf(config))).toString('utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text.slice(0, -1).split('\n');
}

function envelopeOf(id: string, document: unknown, timeMs: number): Envelope {
  const [first] = envelopes(1);
  const json = JSON.stringify(document);
  return { ...first!, id, json, timeMs, bytes: Buffer.byteLength(json) };
}

describe('the action line', () => {
  test.each([
    { name: 'of a data stream', keys: {}, line: '{"create":{"_id":"a"}}' },
    {
      name: 'of an index by time',
      keys: { mode: 'index' },
      line: '{"create":{"_index":"openai-audit-2026.03","_id":"a"}}',
    },
    {
      name: 'that overwrites',
      keys: { mode: 'index', overwrites: true, index: 'x-%Y.%m.%d' },
      line: '{"index":{"_index":"x-2026.03.01","_id":"a"}}',
    },
    { name: 'of Elastic’s integration', keys: { elastic_integration: true }, line: '{"create":{"_id":"a"}}' },
  ])('$name', async ({ keys, line }) => {
    const [first] = await linesIn([envelopeOf('a', {}, Date.UTC(2026, 2, 1))], keys);
    expect(first).toBe(line);
  });
});

/** As core gives a document to a sink that takes bytes: its text is no property of its own. */
function bytesOf({ json, ...rest }: Envelope): Envelope {
  const copyTo = (target: Uint8Array, offset: number): void => target.set(Buffer.from(json), offset);
  return Object.create({ copyTo }, Object.getOwnPropertyDescriptors(rest));
}

test.each([{}, { mode: 'index' }, { mode: 'index', overwrites: true }])(
  'the body is the same of documents that come as bytes: %o',
  async (keys) => {
    const list = envelopes(50, { message: 'grün \u{1f600} "quoted"' });
    expect(await linesIn(list.map(bytesOf), keys)).toEqual(await linesIn(list, keys));
    expect(elasticsearch.document?.(elasticsearch.configSchema.parse({ nodes: NODES, ...keys })).taken).toBe('bytes');
  },
);

test('Elastic’s integration takes texts, which it writes anew', () => {
  const config = elasticsearch.configSchema.parse({ nodes: NODES, elastic_integration: true });
  expect(elasticsearch.document?.(config).taken).toBeUndefined();
});

test('Elastic’s integration gets the record as text, the time and its own stream', async () => {
  const record = { id: 'audit_log-1', type: 'login.failed', note: 'a "quote"\n' };
  const [, line = ''] = await linesIn([envelopeOf('audit_log-1', record, Date.UTC(2026, 2, 1, 11))], {
    elastic_integration: true,
    namespace: 'prod',
  });
  const document = JSON.parse(line);
  expect(JSON.parse(document.message)).toEqual(record);
  expect({ ...document, message: '' }).toEqual({
    '@timestamp': '2026-03-01T11:00:00.000Z',
    message: '',
    data_stream: { type: 'logs', dataset: 'openai.audit', namespace: 'prod' },
    event: { dataset: 'openai.audit', module: 'openai' },
  });
});

test('every id and document makes two lines, and the document is as it was', async () => {
  const event = fc.record({
    id: fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    document: fc.object(),
    timeMs: fc.nat(4e12),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { minLength: 1, maxLength: 5 }),
      fc.constantFrom({}, { mode: 'index' }),
      async (events, keys) => {
        const list = events.map(({ id, document, timeMs }) => envelopeOf(id, document, timeMs));
        const lines = await linesIn(list, keys);
        expect(lines).toHaveLength(list.length * 2);
        list.forEach(({ id, json }, at) => {
          expect(JSON.parse(lines[at * 2] ?? '').create._id).toBe(id);
          expect(lines[at * 2 + 1]).toBe(json);
        });
      },
    ),
  );
});

test.each([{}, { mode: 'index' }, { elastic_integration: true }])(
  'a batch at the limits stays below 10 MB, whatever its ids and documents: %o',
  async (keys) => {
    const config = elasticsearch.configSchema.parse({ nodes: NODES, ...keys });
    const { maxBytes, maxEvents } = limitsOf(config);
    // The worst there is: ids and documents of which each byte has to be escaped.
    const each = Math.floor(maxBytes / maxEvents);
    const json = JSON.stringify('"'.repeat(Math.floor((each - 2) / 2)));
    const list = Array.from({ length: maxEvents }, () => ({ ...envelopeOf('"'.repeat(512), '', 0), json }));
    const text = gunzipSync(await bodyOf(list, linesOf(config)));
    expect(text.length).toBeLessThan(10_000_000);
  },
);
