/**
 * One event after hours in which nothing happened is at every peer within the poll and `max_age`: the four sinks with what they
 * are by default, in virtual time. What each allows and how it batches is its own; its peer answers at once.
 */
import { rmSync } from 'node:fs';
import { laneConfigSchema, sourceConfigSchema } from '@audit-relay/core';
import { directSimulator } from '@audit-relay/openai-simulator';
import type { SinkPlugin } from '@audit-relay/sink';
import { datadog } from '@audit-relay/sink-datadog';
import { elasticsearch } from '@audit-relay/sink-elasticsearch';
import { kafka } from '@audit-relay/sink-kafka';
import { splunkHec } from '@audit-relay/sink-splunk-hec';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openJournal } from './core.ts';
import { laneIn, memoryFolder, runtimeOf, sourceIn } from './in-virtual-time.ts';
import { HOUR, T0, VirtualTime } from './virtual-time.ts';

const POLL_MS = 30_000;
const MAX_AGE_MS = 1_000;
/** There and back. */
const NETWORK_MS = 200;

const SINKS = {
  elasticsearch: [elasticsearch, { nodes: ['http://127.0.0.1:9200'], auth: { api_key: 'k' } }],
  'splunk-hec': [splunkHec, { url: 'http://127.0.0.1:8088', token: '11111111-2222-4333-8444-555555555555' }],
  datadog: [datadog, { site: 'datadoghq.com', api_key: '0123456789abcdef0123456789abcdef' }],
  kafka: [kafka, { brokers: ['127.0.0.1:9092'], topic: 'audit' }],
} as const;

let folder: string;
beforeEach(() => {
  folder = memoryFolder('idle');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** As the sink is, but for a peer that takes everything at once. */
function answering(plugin: SinkPlugin<never>, ask: (ids: readonly string[]) => void): SinkPlugin<never> {
  return {
    ...plugin,
    limits: (config) => plugin.limits(config),
    open: async () => ({
      send: async ({ envelopes }) => {
        ask(envelopes.map(({ id }) => id));
        return { kind: 'acked' };
      },
      check: async () => [],
      close: async () => undefined,
    }),
  };
}

test('after 3 and 6 idle hours an event is at each of the four peers within the poll and max_age', async () => {
  const time = new VirtualTime(T0 * 1_000);
  const runtime = runtimeOf(time);
  const simulator = directSimulator({ now: () => Math.floor(time.nowMs) });
  const happened: { readonly id: string; readonly atMs: number }[] = [];
  for (const [index, hours] of [3, 6].entries()) {
    // At another moment between two polls each time.
    const atMs = hours * HOUR * 1_000 + index * 11_003;
    time.after(atMs, () => {
      const record = {
        id: `audit_log-${hours}`,
        type: 'login.succeeded',
        effective_at: Math.floor(time.nowMs / 1_000),
      };
      simulator.add([{ record: JSON.stringify(record) }]);
      happened.push({ id: record.id, atMs: time.nowMs });
    });
  }
  const journal = await openJournal({ path: folder, max_bytes: 2 ** 26, retention: 0, create: 'auto' }, runtime);
  const config = sourceConfigSchema.parse({ type: 'openai', api_key: 'k', base_url: 'http://127.0.0.1:1' });
  expect(config.poll_interval).toBe(POLL_MS);
  const names = Object.keys(SINKS);
  await journal.configure({
    sources: [{ name: 'acme', feeds: config.feeds }],
    lanes: names.map((name) => ({ name, startFrom: 'beginning' })),
  });
  const taken = new Map<string, Map<string, number>>(names.map((name) => [name, new Map()]));
  const place = { time, runtime, simulator, journal };
  const lanes = Object.entries(SINKS).map(([name, [plugin, given]]) => {
    expect(laneConfigSchema.parse({ type: plugin.type }).batch.max_age).toBe(MAX_AGE_MS);
    const ask = (ids: readonly string[]): void => {
      for (const id of ids) taken.get(name)?.set(id, time.nowMs);
    };
    const answers = answering(plugin as unknown as SinkPlugin<never>, ask);
    return laneIn(place, { name, plugin: answers, sinkConfig: plugin.configSchema.parse(given), lane: {} });
  });
  const source = sourceIn(place, { name: 'acme', config, networkMs: NETWORK_MS });
  for (const lane of lanes) lane.start();
  source.start();
  await time.pass((T0 + 7 * HOUR) * 1_000);
  expect(happened).toHaveLength(2);
  for (const { id, atMs } of happened) {
    for (const name of names) {
      const late = (taken.get(name)?.get(id) ?? Number.POSITIVE_INFINITY) - atMs;
      expect(late, `${id} at ${name}`).toBeLessThanOrEqual(POLL_MS + MAX_AGE_MS + NETWORK_MS);
    }
  }
  await source.stop();
  for (const lane of lanes) lane.end();
  await journal.close();
});
