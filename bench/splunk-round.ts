/**
 * One round of the Splunk bench, in a process of its own: sends the documents of a file by the sink, or by a bare loop that
 * wraps, packs and posts the same texts and reads the answers. Prints one line of JSON. Argument: one JSON object of `RoundOrder`.
 */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Envelope } from '@audit-relay/sink';
import { splunkHec } from '@audit-relay/sink-splunk-hec';
import { cpuSeconds, memoryMb } from './measure.ts';

export interface RoundOrder {
  readonly way: 'sink' | 'loop';
  readonly url: string;
  readonly gzip: boolean;
  /** JSON array of envelopes. */
  readonly file: string;
  /** How often all of them are sent after a first time that only warms up. */
  readonly times: number;
}

export interface RoundResult {
  readonly perCpuSecond: number;
  readonly maxRssMb: number;
}

const BATCH = 500;
const AT_ONCE = 4;
const TOKEN = '0b1d2c3e-aaaa-bbbb-cccc-1234567890ab';

// Written by the bench that started this process.
const order = JSON.parse(process.argv[2] ?? '') as RoundOrder;
// What the bench took from a relay.
const envelopes = JSON.parse(readFileSync(order.file, 'utf8')) as readonly Envelope[];

/** Sends one batch; resolves once it holds no slot any more. `done`: all that was sent is confirmed. */
interface Sender {
  send(batch: readonly Envelope[]): Promise<void>;
  done(): Promise<void>;
}

const sender = order.way === 'sink' ? await sinkSender() : loopSender();
await pass();
const seconds = await cpuSeconds(async () => {
  for (let time = 0; time < order.times; time += 1) await pass();
});
const result: RoundResult = {
  perCpuSecond: (envelopes.length * order.times) / seconds,
  maxRssMb: memoryMb().maxRss,
};
console.log(JSON.stringify(result));
process.exit(0);

async function pass(): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < envelopes.length) {
      const batch = envelopes.slice(next, next + BATCH);
      next += BATCH;
      await sender.send(batch);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  await sender.done();
}

async function sinkSender(): Promise<Sender> {
  const config = splunkHec.configSchema.parse({
    url: order.url,
    token: TOKEN,
    gzip: order.gzip,
    ack_poll_interval: '100ms',
  });
  const sink = await splunkHec.open(config, {
    name: 'bench',
    userAgent: 'audit-relay-bench',
    now: Date.now,
    elapsedMs: () => performance.now(),
    proxyFor: () => undefined,
    log: () => undefined,
    count: () => undefined,
  });
  const { signal } = new AbortController();
  const waiting = new Set<Promise<unknown>>();
  return {
    send: (batch) =>
      new Promise((resolve, reject) => {
        const bytes = batch.reduce((sum, one) => sum + one.bytes, 0);
        const sent = sink.send({ envelopes: batch, bytes, replay: false }, { signal, accepted: resolve });
        const settled = sent
          .then(({ kind }) => (kind === 'acked' ? resolve() : reject(new Error(`not acked: ${kind}`))), reject)
          .finally(() => waiting.delete(settled));
        waiting.add(settled);
      }),
    done: async () => {
      while (waiting.size > 0) await Promise.race([Promise.all(waiting), setTimeout(1_000)]);
    },
  };
}

function loopSender(): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const zipped = promisify<string, Buffer>(gzip);
  const post = async (text: string): Promise<string> => {
    const body = order.gzip ? await zipped(text) : Buffer.from(text);
    return exchanged(body);
  };
  async function exchanged(body: Buffer): Promise<string> {
    const sent = request(`${order.url}/services/collector/event`, {
      method: 'POST',
      agent,
      headers: {
        authorization: `Splunk ${TOKEN}`,
        'content-type': 'application/json',
        'content-length': body.length,
        ...(order.gzip ? { 'content-encoding': 'gzip' } : {}),
      },
    });
    sent.end(body);
    // The one value of Node's `response` event.
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return text(response);
  }
  return {
    send: async (batch) => {
      const answer = await post(batch.map(wrapped).join('\n'));
      if (Object(JSON.parse(answer)).code !== 0) throw new Error(answer);
    },
    done: async () => undefined,
  };
}

/** The same keys as the sink's. */
function wrapped({ id, type, timeMs, json }: Envelope): string {
  return `{"time":${timeMs / 1_000},"host":"openai","source":"openai:audit_logs","sourcetype":"openai:audit:ecs","fields":{"event_id":"${id}","event_action":"${type}"},"event":${json}}`;
}
