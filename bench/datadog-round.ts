/**
 * One round of the Datadog bench, in a process of its own, so that its memory is its own too: sends the documents of a file by
 * one way and prints one line of JSON. Argument: one JSON object of `RoundOrder`.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import type { Envelope } from '@audit-relay/sink';
import { datadog } from '@audit-relay/sink-datadog';
import { cpuSeconds, memoryMb } from './measure.ts';

/** By our sink, or by `submitLog` of Datadog's client with the same attributes, both packed by gzip. */
export type Way = 'sink' | 'submitLog';

export interface RoundOrder {
  readonly way: Way;
  readonly url: string;
  /** JSON array of envelopes. */
  readonly file: string;
  /** Requests of all of them; a quarter as many before, to warm up. */
  readonly requests: number;
}

export interface RoundResult {
  readonly eventsPerCpuSecond: number;
  readonly eventsPerSecond: number;
  readonly maxRssMb: number;
}

const AT_ONCE = 4;
const KEY = '0123456789abcdef0123456789abcdef';

// Written by the bench that started this process.
const order = JSON.parse(process.argv[2] ?? '') as RoundOrder;
// What the bench took from a relay, as of now, so that none is late.
const envelopes = (JSON.parse(readFileSync(order.file, 'utf8')) as readonly Envelope[]).map((one) => ({
  ...one,
  timeMs: Date.now(),
}));

/** Sends all of them in one request. */
type Send = () => Promise<void>;

// As the agent has it, for either.
setFlagsFromString('--heap-growing-percent=50');

const send = order.way === 'sink' ? await sinkSend() : clientSend();
await sendAll(order.requests / 4);
const startedMs = performance.now();
const seconds = await cpuSeconds(() => sendAll(order.requests));
const events = envelopes.length * order.requests;
const result: RoundResult = {
  eventsPerCpuSecond: events / seconds,
  eventsPerSecond: events / ((performance.now() - startedMs) / 1_000),
  maxRssMb: memoryMb().maxRss,
};
console.log(JSON.stringify(result));
process.exit(0);

async function sendAll(requests: number): Promise<void> {
  let left = requests;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await send();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

async function sinkSend(): Promise<Send> {
  const sink = await datadog.open(datadog.configSchema.parse({ url: order.url, api_key: KEY, tags: ['env:bench'] }), {
    name: 'bench',
    userAgent: 'audit-relay-bench',
    now: Date.now,
    elapsedMs: () => performance.now(),
    proxyFor: () => undefined,
    log: () => undefined,
    count: () => undefined,
  });
  const call = { signal: new AbortController().signal, accepted: () => undefined };
  const bytes = envelopes.reduce((sum, one) => sum + one.bytes, 0);
  return async () => {
    const { kind } = await sink.send({ envelopes, bytes, replay: false }, call);
    if (kind !== 'acked') throw new Error(`not acked: ${kind}`);
  };
}

/** The part of the client that is used. */
interface Client {
  readonly client: { createConfiguration(options: object): object };
  readonly v2: { readonly LogsApi: new (configuration: object) => { submitLog(order: object): Promise<unknown> } };
}

interface Servers {
  readonly ServerConfiguration: new (url: string, variables: object) => object;
}

function clientSend(): Send {
  // The very client that the sink depends on.
  const load = createRequire(import.meta.resolve('@audit-relay/sink-datadog'));
  const name = '@datadog/datadog-api-client';
  const { client, v2 } = load(name) as Client;
  const { ServerConfiguration } = load(`${name}/dist/packages/datadog-api-client-common/servers.js`) as Servers;
  const baseServer = new ServerConfiguration(order.url, {});
  const api = new v2.LogsApi(client.createConfiguration({ authMethods: { apiKeyAuth: KEY }, baseServer }));
  // What the document says is an object already, as it is to who has no text: not counted.
  const documents = envelopes.map(({ json }): unknown => JSON.parse(json));
  return async () => {
    const body = envelopes.map((one, index) => itemOf(one, documents[index]));
    await api.submitLog({ body, contentEncoding: 'gzip' });
  };
}

/** What the client has no name for goes under `additionalProperties`, or it leaves it out. */
function itemOf({ id, type, timeMs, facts }: Envelope, ecs: unknown): object {
  const { source, feed, summary, outcome, organization, project, actor, ip, userAgent, target } = facts;
  const additionalProperties = {
    timestamp: timeMs,
    status: 'info',
    evt: { id, name: type, outcome },
    usr: actor,
    network: { client: { ip } },
    http: { useragent: userAgent },
    organization,
    openai: { source, feed, effective_at: new Date(timeMs).toISOString(), project, target },
    ecs,
  };
  return { ddsource: 'openai-audit', service: 'openai', ddtags: 'env:bench', message: summary, additionalProperties };
}
