/** Nodes that are too small for what they are given: they refuse, and at the end they hold every event once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRelay, type Relay } from '@audit-relay/core';
import { defaultKey, type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import type { SendResult } from '@audit-relay/sink';
import { batchOf, envelopes } from '@audit-relay/sink-testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ask, notOnce, order, useNode } from './node.ts';
import { type RelayOrder, relayOptions } from './relay.ts';
import { failuresOf, openSink } from './sink.ts';

const DAY_MS = 86_400_000;
let simulator: Simulator;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-refusals-'));
  simulator = await startSimulator({ events: 2_000, spanMs: 2 * DAY_MS, seed: 12 });
});
afterAll(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a relay in `mode: index` until everything of the simulator is delivered to `<name>-*`. */
async function deliver(url: string, name: string, batch: Pick<RelayOrder, 'maxEvents'> = {}): Promise<Relay> {
  const relayOrder: RelayOrder = {
    folder: join(folder, name),
    api: { url: simulator.url, key: defaultKey },
    start: new Date(Date.now() - 3 * DAY_MS).toISOString(),
    sink: { nodes: [url], mode: 'index', index: `${name}-%Y.%m` },
    // In full batches: of 1,000 events, which are 1.5 MB.
    maxAge: '20s',
    ...batch,
  };
  const relay = await openRelay(relayOptions(relayOrder, () => undefined));
  await relay.caughtUp(AbortSignal.timeout(120_000));
  await relay.drain(10_000);
  return relay;
}

function truth(): readonly string[] {
  return [...simulator.truth()].map(({ id }) => String(id));
}

/** Small in every way: 1 MB at a time, one writer, and a queue for two. No template of ours is on it. */
const node = useNode({
  version: '9.5.3',
  settings: {
    'indexing_pressure.memory.limit': '1mb',
    'node.processors': 1,
    'thread_pool.write.size': 1,
    'thread_pool.write.queue_size': 2,
  },
});

test('a data stream without a template blocks, and no plain index is made in its place', async () => {
  const { send } = await openSink(node().url, { namespace: 'missing' });
  const result = await send(batchOf(envelopes(2)));
  expect(failuresOf(result)).toEqual([0, 1].map((index) => ({ index, kind: 'blocked' })));
  expect((await ask(node().url, 'GET /logs-openai.org_audit-missing')).status).toBe(404);
});

describe('a node that takes 1 MB at a time', () => {
  test('refuses a larger bulk as a whole, however often it comes, and takes it in parts', async () => {
    const { send } = await openSink(node().url, { mode: 'index', index: 'pressed-%Y.%m' });
    const large = envelopes(600, { bytes: 2_000 });
    for (const _time of [1, 2]) {
      expect(await send(batchOf(large))).toMatchObject({ kind: 'retryable', why: 'refused' });
    }
    for (const part of [large.slice(0, 300), large.slice(300)]) {
      expect(await send(batchOf(part))).toEqual({ kind: 'acked' });
    }
    expect(
      await notOnce(
        node().url,
        'pressed-*',
        large.map(({ id }) => id),
      ),
    ).toEqual([]);
  });

  test('gets everything of a relay whose batches are larger, because core halves them', async () => {
    const lane = (await deliver(node().url, 'halved')).status().lanes['siem'];
    expect(lane).toMatchObject({ acked: truth().length, deadLettered: 0 });
    expect(lane?.failures['retryable']).toBeGreaterThanOrEqual(3);
    expect(await notOnce(node().url, 'halved-*', truth())).toEqual([]);
  });
});

describe('a node with one writer and a queue for two', () => {
  // The more shards, the more places in the queue one bulk needs.
  beforeEach(() =>
    order(node().url, 'PUT /_index_template/crowded', {
      index_patterns: ['crowded*'],
      template: { settings: { 'index.number_of_shards': 20 } },
    }),
  );

  test('refuses single events of a bulk, which come again until they are taken', async () => {
    const { send } = await openSink(node().url, { mode: 'index', index: 'crowded-items-%Y.%m' });
    let open = envelopes(400);
    const results: SendResult[] = [];
    while (open.length > 0 && results.length < 50) {
      const result = await send(batchOf(open));
      results.push(result);
      const left = result.kind === 'partial' ? new Set(result.failures.map(({ index }) => index)) : new Set();
      if (result.kind !== 'retryable') open = open.filter((_, index) => left.has(index));
    }
    const refusals = results.flatMap((result) => (result.kind === 'partial' ? result.failures : []));
    expect(refusals.length).toBeGreaterThan(0);
    for (const { failure } of refusals) expect(failure).toMatchObject({ kind: 'retryable', why: 'refused' });
    expect(
      await notOnce(
        node().url,
        'crowded-items-*',
        envelopes(400).map(({ id }) => id),
      ),
    ).toEqual([]);
  });

  test('gets everything of a whole relay', async () => {
    // Of 0.6 MB, so that only single events are refused.
    const lane = (await deliver(node().url, 'crowded-relay', { maxEvents: 400 })).status().lanes['siem'];
    expect(lane).toMatchObject({ acked: truth().length, deadLettered: 0 });
    expect(Object.keys(lane?.failures ?? {})).not.toEqual([]);
    expect(await notOnce(node().url, 'crowded-relay-*', truth())).toEqual([]);
  });
});
