/**
 * Three brokers of which one dies, a leader that moves, too few replicas: everything arrives, in order where that was
 * promised. Each with and without sequence numbers, side by side at one cluster.
 */
import type { Envelope, SendResult } from '@audit-relay/sink';
import { batchOf, envelopes } from '@audit-relay/sink-testkit';
import { expect, test } from 'vitest';
import { startCluster } from '../services/kafka/cluster.ts';
import { needed } from '../services/needed.ts';
import { headerOf, ID_HEADER, observerOf, wrongIds } from './broker.ts';
import { type OpenSink, openSink, settle } from './sink.ts';

/** So that a try at a dead broker costs little. */
const LIMITS = { connect_timeout: '2s', request_timeout: '4s' };
const PER_BATCH = 20;

const cluster = needed({
  name: 'Kafka',
  get: async () => {
    const started = await startCluster('4.4.0');
    return { ...started, observer: await observerOf(started.bootstrap.join(',')) };
  },
  giveBack: (started) => started.stop(),
});

const idsOf = (list: readonly Envelope[]): readonly string[] => list.map(({ id }) => id);

function batches(count: number): readonly (readonly Envelope[])[] {
  const all = envelopes(count * PER_BATCH);
  return Array.from({ length: count }, (_, index) => all.slice(index * PER_BATCH, (index + 1) * PER_BATCH));
}

/** A sink and its topic, of which every partition is on all three brokers and wants two of them. */
async function sinkAt(topic: string, keys: object = {}): Promise<OpenSink & { readonly topic: string }> {
  const configs = { 'min.insync.replicas': '2' };
  await cluster().observer.createTopic(topic, { partitions: 3, replicas: 3, configs });
  return { topic, ...(await openSink(cluster().bootstrap, { topic, ...LIMITS, ...keys })) };
}

/** One without sequence numbers and one with them, each at a topic of its own. */
function bothAt(topic: string) {
  return Promise.all([false, true].map((idempotent) => sinkAt(`${topic}-${idempotent}`, { idempotent })));
}

test.each([false, true])('a leader that moves costs no record and no order, idempotent: %s', async (idempotent) => {
  const open = await sinkAt(`moving-${idempotent}`, { idempotent, key: 'organization' });
  const { topic } = open;
  const all = batches(12);
  await settle(open, all[0] ?? []);
  const [first] = await cluster().observer.records(topic);
  const leaders = [2, 3, 1, 2];
  for (const [index, list] of all.slice(1).entries()) {
    const leader = index % 3 === 0 ? (leaders[index / 3] ?? 1) : undefined;
    const others = [1, 2, 3].filter((nodeId) => nodeId !== leader);
    const isMoved = leader !== undefined && cluster().observer.lead(topic, first?.partition ?? 0, [leader, ...others]);
    expect(await settle(open, list)).toMatchObject({ dead: [] });
    await isMoved;
  }
  const records = await cluster().observer.records(topic);
  expect(wrongIds(records, idsOf(all.flat()))).toEqual([]);
  // Copies aside, each stands where it was sent.
  const seen = [...new Set(records.map((record) => headerOf(record, ID_HEADER)))];
  expect(seen).toEqual(idsOf(all.flat()));
});

test('a broker that is killed in the middle of records, and comes back, costs none', async () => {
  const open = await bothAt('killed');
  const all = batches(30);
  const last = envelopes(PER_BATCH, { id: (index) => `last-${index}` });
  const sending = open.map(async (one) => {
    for (const list of all) expect(await settle(one, list)).toMatchObject({ dead: [] });
  });
  await cluster().broker(2).kill();
  await Promise.all(sending);
  const held = (topic: string) => cluster().observer.records(topic);
  for (const { topic } of open) expect(wrongIds(await held(topic), idsOf(all.flat()))).toEqual([]);
  await cluster().broker(2).restart();
  for (const one of open) {
    expect(await settle(one, last)).toMatchObject({ dead: [] });
    expect(wrongIds(await held(one.topic), idsOf([...all.flat(), ...last]))).toEqual([]);
  }
});

test('too few replicas hold everything back, drop nothing, and when they are back all goes on', async () => {
  const open = await bothAt('lonely');
  const [first = [], second = []] = batches(2);
  for (const one of open) expect(await settle(one, first)).toMatchObject({ dead: [] });
  await Promise.all([2, 3].map((nodeId) => cluster().broker(nodeId).kill()));
  // Until the controller has found out, brokers that are dead are asked and waited for.
  const untilRefused = async ({ send }: OpenSink): Promise<void> => {
    let result: SendResult;
    do {
      result = await send(batchOf(second, true));
      expect(JSON.stringify(result)).not.toMatch(/"kind":"(acked|rejected|too_large|blocked)"/);
    } while (!/"why":"refused","reason":"[^"]*NOT_ENOUGH_REPLICAS/.test(JSON.stringify(result)));
  };
  await Promise.all(open.map(untilRefused));
  await Promise.all([2, 3].map((nodeId) => cluster().broker(nodeId).restart()));
  for (const one of open) {
    expect(await settle(one, second)).toMatchObject({ dead: [] });
    const records = await cluster().observer.records(one.topic);
    expect(wrongIds(records, idsOf([...first, ...second]))).toEqual([]);
  }
});
