/**
 * Sinks whose yes takes more than one answer: Splunk's acknowledgments, and the look before a write into a data stream. Whatever is
 * answered, an event counts as delivered where the peer has said so in whole words alone, and nothing is written unlooked.
 */
import type { Failure, SendResult } from '@audit-relay/sink';
import { elasticsearch } from '@audit-relay/sink-elasticsearch';
import { splunkHec } from '@audit-relay/sink-splunk-hec';
import { batchOf, envelopes, type PeerRequest, type Reply, startPeer, testContext } from '@audit-relay/sink-testkit';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { broken, CANARY, fuzz } from './fuzz.ts';

const EVENTS = 3;
const IDS: readonly string[] = envelopes(EVENTS).map(({ id }) => id);
const CALL = { accepted: (): void => undefined };
const STATUS = fc.oneof(
  { weight: 8, arbitrary: fc.constant(200) },
  { weight: 3, arbitrary: fc.constantFrom(201, 400, 401, 403, 404, 413, 429, 500, 503) },
);

interface Answered {
  readonly status: number;
  readonly body: string;
}

/** Now and then of broken bytes. */
function answered(body: fc.Arbitrary<unknown>): fc.Arbitrary<Answered> {
  const text = body.map((value) => JSON.stringify(value) ?? '');
  const bytes = fc.oneof(
    { weight: 5, arbitrary: text.map((sound) => Buffer.from(sound)) },
    { weight: 2, arbitrary: broken(text) },
  );
  return fc.record({ status: STATUS, body: bytes.map((each) => each.toString('latin1')) });
}

function parsed({ body }: Answered): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function failuresOf(result: SendResult): readonly Failure[] {
  if (result.kind === 'acked') return [];
  return result.kind === 'partial' ? result.failures.map(({ failure }) => failure) : [result];
}

const CODE = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.integer({ min: -1, max: 40 }), fc.jsonValue());
const ACK_ID = fc.oneof({ weight: 6, arbitrary: fc.nat(3) }, fc.integer(), fc.jsonValue());
const TAKEN = answered(
  fc.record({ text: fc.constant(CANARY), code: CODE, ackId: ACK_ID }, { requiredKeys: ['text', 'code'] }),
);
const STATUSES = answered(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .dictionary(fc.constantFrom('0', '1', '2', '3', '-1', '__proto__'), fc.oneof(fc.boolean(), fc.jsonValue()))
        .map((acks) => ({ acks })),
    },
    fc.record({ text: fc.constant(CANARY), code: fc.integer({ min: -1, max: 40 }) }),
    fc.jsonValue(),
  ),
);

test('splunk, with acknowledgments that are required', async () => {
  let script = { taken: { status: 200, body: '' }, acks: [] as readonly Answered[] };
  const told: Answered[] = [];
  const peer = await startPeer(({ path }): Reply => {
    if (!path.endsWith('/ack')) return script.taken;
    const reply = script.acks[told.length % Math.max(1, script.acks.length)] ?? { status: 200, body: '{"acks":{}}' };
    told.push(reply);
    return reply;
  });
  const plain = splunkHec.configSchema.parse({ url: peer.url, token: 't', indexer_ack: 'required' });
  const config = { ...plain, ack_timeout: 30, ack_poll_interval: 1 };
  await fuzz({
    name: 'answers to splunk, with acknowledgments',
    input: fc.record({ taken: TAKEN, acks: fc.array(STATUSES, { maxLength: 3 }) }),
    inputs: 40,
    check: async (given) => {
      script = given;
      told.length = 0;
      const sink = await splunkHec.open(config, testContext());
      try {
        const result = await sink.send(batchOf(envelopes(EVENTS)), { ...CALL, signal: AbortSignal.timeout(60_000) });
        expect(JSON.stringify(failuresOf(result))).not.toContain(CANARY);
        if (result.kind !== 'acked') return;
        const { code, ackId } = Object(parsed(given.taken)) as { code?: unknown; ackId?: unknown };
        expect([0, 24, 25]).toContain(code);
        expect(
          told.some((each) => each.status === 200 && Object(Object(parsed(each)).acks)[String(ackId)] === true),
        ).toBe(true);
      } finally {
        await sink.close();
      }
    },
  });
  await peer.close();
});

const ELASTIC = { 'x-elastic-product': 'Elasticsearch', 'content-type': 'application/json' };
const ROOT = JSON.stringify({ version: { number: '9.5.3', build_flavor: 'default' }, tagline: '' });
const INDICES = ['.ds-a-1', '.ds-a-2', '.ds-a-3', '.ds-a-4', '.ds-a-5'];
const STREAMS = answered(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .subarray(INDICES)
        .map((names) => ({ data_streams: [{ indices: names.map((index_name) => ({ index_name })) }] })),
    },
    fc.record({ error: fc.record({ type: fc.constant('x'), reason: fc.constant(CANARY) }) }),
    fc.jsonValue(),
  ),
);
/** Of documents asked for: found or not, in order or not, one too many or too few. */
const MGET = fc.record({
  found: fc.array(fc.oneof({ weight: 6, arbitrary: fc.boolean() }, fc.jsonValue()), { minLength: 15, maxLength: 15 }),
  change: fc.oneof({ weight: 4, arbitrary: fc.constant('none') }, fc.constantFrom('drop', 'swap', 'error', 'other')),
  answer: answered(fc.jsonValue()),
});
const HITS = answered(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .subarray([...IDS, 'another'])
        .map((ids) => ({ took: 1, hits: { hits: ids.map((_id) => ({ _id })) } })),
    },
    fc.jsonValue(),
  ),
);

type Look = {
  streams: Answered;
  mget: { found: readonly unknown[]; change: string; answer: Answered };
  hits: Answered;
};

function mgetBody(request: PeerRequest, { found, change }: Look['mget']): string {
  const { docs } = JSON.parse(request.text) as { docs: readonly { _index: string; _id: string }[] };
  const all = docs.map((doc, index) => ({ ...doc, found: found[index % found.length] }));
  if (change === 'drop') all.pop();
  if (change === 'swap') all.reverse();
  const error = { type: 'illegal_argument_exception', reason: CANARY };
  if (change === 'error') return JSON.stringify({ docs: all.map((doc) => ({ ...doc, error })) });
  return JSON.stringify({ docs: all });
}

test('elasticsearch, that looks before it writes into a data stream', async () => {
  let look: Look | undefined;
  const written: string[] = [];
  const said: string[] = [];
  const peer = await startPeer((request): Reply => {
    const { method, path } = request;
    if (path === '/' || look === undefined) return { headers: ELASTIC, body: ROOT };
    if (path.includes('/_bulk')) return { headers: ELASTIC, body: bulk(request, written) };
    const { mget, streams, hits } = look;
    const isMade = path.startsWith('/_mget') && mget.change !== 'other';
    const reply = method === 'GET' ? streams : path.startsWith('/_mget') ? mget.answer : hits;
    const answer = isMade ? { status: 200, body: mgetBody(request, mget) } : reply;
    said.push(answer.body);
    return { ...answer, headers: ELASTIC };
  });
  const config = elasticsearch.configSchema.parse({ nodes: [peer.url], mode: 'data_stream' });
  const sink = await elasticsearch.open(config, testContext());
  await fuzz({
    name: 'answers to elasticsearch, before a write',
    input: fc.record({ streams: STREAMS, mget: MGET, hits: HITS }),
    inputs: 100,
    check: async (given) => {
      look = given;
      written.length = said.length = 0;
      const result = await sink.send(batchOf(envelopes(EVENTS), true), {
        ...CALL,
        signal: AbortSignal.timeout(60_000),
      });
      expect(JSON.stringify(failuresOf(result))).not.toContain(CANARY);
      const failed =
        result.kind === 'partial' ? result.failures.map(({ index }) => index) : IDS.map((_, index) => index);
      const acked = IDS.filter((_, index) => result.kind === 'acked' || !failed.includes(index));
      // What counts as delivered was written, or somebody has named it.
      expect(acked.filter((id) => !written.includes(id) && !said.some((text) => text.includes(id)))).toEqual([]);
      expect(new Set(written).size).toBe(written.length);
      // Where the look has not told, nothing is written.
      if (result.kind === 'retryable' || result.kind === 'blocked') expect(written).toEqual([]);
      // What it has shown as held is not written again, and of documents that were not asked for nothing is believed.
      if (!asked(said)) return;
      const { change } = given.mget;
      if (change === 'none') expect(written.filter((id) => heldIn(said, id))).toEqual([]);
      else expect(written).toEqual([]);
    },
  });
  await sink.close();
  await peer.close();
});

/** All are new. */
function bulk({ text }: PeerRequest, written: string[]): string {
  const actions = text.split('\n').filter((_, index) => index % 2 === 0 && text.split('\n')[index] !== '');
  const ids = actions.map((line) => (JSON.parse(line) as { create: { _id: string } }).create._id);
  written.push(...ids);
  return JSON.stringify({
    took: 1,
    errors: false,
    items: ids.map((_id) => ({ create: { _id, status: 201, result: 'created' } })),
  });
}

function asked(said: readonly string[]): boolean {
  return said.some((text) => text.startsWith('{"docs":'));
}

function heldIn(said: readonly string[], id: string): boolean {
  return said.some((text) => {
    const { docs } = Object(parsed({ status: 200, body: text })) as { docs?: unknown };
    return Array.isArray(docs) && docs.some((doc) => Object(doc)._id === id && Object(doc).found === true);
  });
}
