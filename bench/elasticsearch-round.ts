/**
 * One round of the Elasticsearch bench, in a process of its own, so that its memory is its own too: sends the documents
 * of a file by one way and prints one line of JSON. Argument: one JSON object of `RoundOrder`.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Envelope } from '@audit-relay/sink';
import { elasticsearch } from '@audit-relay/sink-elasticsearch';
import { cpuSeconds, memoryMb } from './measure.ts';

/** By our sink; or by the helper of Elastic's client, with documents as text or as objects, gzipped or plain. */
export type Way = 'sink' | 'helper, text, gzip' | 'helper, objects, gzip' | 'helper, text, plain';

export interface RoundOrder {
  readonly way: Way;
  readonly url: string;
  /** JSON array of envelopes. */
  readonly file: string;
  /** How often all of them are sent, each time under other ids; the first time only warms up. */
  readonly times: number;
  /** Start of the names of ids and of the index, different for every round. */
  readonly name: string;
}

export interface RoundResult {
  readonly docsPerCpuSecond: number;
  readonly docsPerSecond: number;
  readonly maxRssMb: number;
}

const BATCH = 1_000;
const AT_ONCE = 4;

// Written by the bench that started this process.
const order = JSON.parse(process.argv[2] ?? '') as RoundOrder;
// What the bench took from a relay.
const envelopes = JSON.parse(readFileSync(order.file, 'utf8')) as readonly Envelope[];

/** Sends every document once under ids that end in `time`. */
type Pass = (time: number) => Promise<void>;

const pass = order.way === 'sink' ? await sinkPass() : helperPass(order.way);
await pass(0);
const startedMs = performance.now();
const seconds = await cpuSeconds(async () => {
  for (let time = 1; time <= order.times; time++) await pass(time);
});
const docs = envelopes.length * order.times;
const result: RoundResult = {
  docsPerCpuSecond: docs / seconds,
  docsPerSecond: docs / ((performance.now() - startedMs) / 1_000),
  maxRssMb: memoryMb().maxRss,
};
console.log(JSON.stringify(result));
process.exit(0);

async function sinkPass(): Promise<Pass> {
  const config = elasticsearch.configSchema.parse({ nodes: [order.url], mode: 'index', index: `${order.name}-%Y.%m` });
  const sink = await elasticsearch.open(config, {
    name: 'bench',
    userAgent: 'audit-relay-bench',
    now: Date.now,
    elapsedMs: () => performance.now(),
    proxyFor: () => undefined,
    log: () => undefined,
    count: () => undefined,
  });
  const call = { signal: new AbortController().signal, accepted: () => undefined };
  return async (time) => {
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < envelopes.length) {
        const batch = envelopes.slice(next, next + BATCH).map((one) => ({ ...one, id: `${one.id}-${time}` }));
        next += BATCH;
        const bytes = batch.reduce((sum, one) => sum + one.bytes, 0);
        const { kind } = await sink.send({ envelopes: batch, bytes, replay: false }, call);
        if (kind !== 'acked') throw new Error(`not acked: ${kind}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  };
}

/** The part of the client that is used. */
interface Client {
  readonly helpers: {
    bulk(options: object): Promise<{ readonly successful: number; readonly failed: number }>;
  };
}

function helperPass(way: Exclude<Way, 'sink'>): Pass {
  // Of its types not all can be checked.
  const load = createRequire(import.meta.url);
  const { Client } = load('@elastic/elasticsearch') as { readonly Client: new (options: object) => Client };
  const client = new Client({ node: order.url, maxRetries: 0, compression: way.endsWith('gzip') });
  const documents = envelopes.map(({ json }): unknown => (way.includes('objects') ? JSON.parse(json) : json));
  const total = envelopes.reduce((sum, { bytes }) => sum + bytes, 0);
  return async (time) => {
    let index = 0;
    const { failed, successful } = await client.helpers.bulk({
      datasource: documents,
      // As many documents in one request, as many requests at a time, as the sink sends.
      flushBytes: Math.round((total / envelopes.length) * BATCH),
      concurrency: AT_ONCE,
      // Called once per document, in their order.
      onDocument: () => {
        const { id, timeMs } = at(index);
        index += 1;
        const month = new Date(timeMs).toISOString().slice(0, 7).replace('-', '.');
        return { create: { _index: `${order.name}-${month}`, _id: `${id}-${time}` } };
      },
    });
    if (failed > 0 || successful !== envelopes.length) throw new Error(`${failed} failed, ${successful} taken`);
  };
}

function at(index: number): Envelope {
  const envelope = envelopes[index];
  if (envelope === undefined) throw new Error('more documents than there are');
  return envelope;
}
