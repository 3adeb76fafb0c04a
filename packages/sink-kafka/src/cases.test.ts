/**
 * The cases that a sink to Kafka has to pass, by their numbers, as far as a broker can be made up; those that are about what
 * Kafka itself does, and with which versions (18), are in `test/kafka/`.
 */
import { batchOf, envelopes } from '@audit-relay/sink-testkit';
import { describe, expect, test } from 'vitest';
import { openSink, world, yamlFor } from './__fixtures__/world.ts';
import { kafkaConfigSchema } from './config.ts';
import { Cluster } from './emulator/cluster.ts';

const forEver = new AbortController().signal;

describe('1: events go out', () => {
  test('with acks of all replicas, key, headers, the time of the event, packed with gzip, one request at a time', async () => {
    const { cluster, sink } = await world({ partitions: 1 });
    const list = envelopes(3);
    expect(await sink.send(batchOf(list), { signal: forEver, accepted: () => undefined })).toEqual({ kind: 'acked' });
    expect(cluster.produces.map(({ acks, batches }) => [acks, batches.get(0)?.codec])).toEqual([[-1, 1]]);
    expect(cluster.held.map(({ key, value, timestampMs }) => ({ key, value, timestampMs }))).toEqual(
      list.map(({ id, json, timeMs }) => ({ key: id, value: json, timestampMs: timeMs })),
    );
    expect(cluster.held[0]?.headers).toEqual({
      'content-type': 'application/json',
      'openai-event-id': 'audit_log-0',
      'openai-event-type': 'api_key.created',
      'schema-version': 'ecs',
    });
  });

  test('as one request to each leader, and as many as there are leaders', async () => {
    const { cluster, send } = await world({ partitions: 6, nodes: 3 });
    expect(await send(60)).toEqual({ kind: 'acked' });
    expect(cluster.produces.map(({ node }) => node).sort((a, b) => a - b)).toEqual([0, 1, 2]);
    expect(new Set(cluster.ids).size).toBe(60);
  });
});

describe('2: one record is larger than its topic takes', () => {
  test('the others of its partition are named too large with it, and those of other partitions are stored', async () => {
    const { cluster, send } = await world();
    cluster.act = ({ batches }) => ({
      codes: Object.fromEntries([...batches.keys()].map((id) => [id, id === 1 ? 10 : 0])),
    });
    const result = await send(30);
    if (result.kind !== 'partial') throw new Error(`not partial: ${result.kind}`);
    expect(result.acked + result.failures.length).toBe(30);
    expect(result.acked).toBe(cluster.held.length);
    expect(new Set(result.failures.map(({ failure }) => failure.kind))).toEqual(new Set(['too_large']));
    cluster.act = () => ({});
    expect(await send(30)).toEqual({ kind: 'acked' });
    expect(new Set(cluster.held.map(({ partition }) => partition))).toEqual(new Set([0, 1, 2]));
  });

  test('alone in its partition it is too large, and nothing else is', async () => {
    const { cluster, send } = await world({ partitions: 1 });
    cluster.act = () => ({ codes: { 0: 10 } });
    expect(await send(1)).toMatchObject({ kind: 'too_large', reason: expect.stringContaining('MESSAGE_TOO_LARGE') });
  });

  test('an idempotent producer that a send has failed in is never used again', async () => {
    const { cluster, send } = await world({ config: { idempotent: true } });
    const producers = (): readonly bigint[] =>
      cluster.produces.map(({ batches }) => [...batches.values()][0]?.producerId ?? 0n);
    expect(await send(30)).toEqual({ kind: 'acked' });
    expect(await send(30)).toEqual({ kind: 'acked' });
    cluster.act = () => ({ codes: { 1: 10 } });
    expect(await send(30)).toMatchObject({ kind: 'partial' });
    cluster.act = () => ({});
    expect(await send(30)).toEqual({ kind: 'acked' });
    const [first, second, third, fourth] = producers();
    expect([second, third]).toEqual([first, first]);
    const counts = [...(cluster.produces[0]?.batches ?? [])].map(([partition, { records }]) => [
      partition,
      records.length,
    ]);
    const goesOn = [...(cluster.produces[1]?.batches ?? [])].map(([partition, { sequence }]) => [partition, sequence]);
    expect(Object.fromEntries(goesOn)).toEqual(Object.fromEntries(counts));
    expect(fourth).not.toBe(first);
    expect([...(cluster.produces[3]?.batches.values() ?? [])].map(({ sequence }) => sequence)).toEqual([0, 0, 0]);
  });
});

describe('3: a batch is cut by the bytes of each partition', () => {
  test('thirty records of 50 kB with one key go out in requests below the limit of the topic', async () => {
    const { cluster, sink } = await world({ config: { key: 'organization', compression: 'none' } });
    const batch = batchOf(envelopes(30, { bytes: 50_000 }));
    expect(await sink.send(batch, { signal: forEver, accepted: () => undefined })).toEqual({ kind: 'acked' });
    const sizes = cluster.produces.flatMap(({ batches }) => [...batches.values()].map(({ bytes }) => bytes));
    expect(sizes).toHaveLength(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_048_576);
    expect(cluster.ids).toEqual(batch.envelopes.map(({ id }) => id));
  });
});

test('3: after a request that failed the producer sends no more; what has not gone is told so', async () => {
  const { cluster, sink } = await world({ partitions: 1, config: { compression: 'none' } });
  cluster.act = () => ({ codes: { 0: 7 }, isStored: false });
  const batch = batchOf(envelopes(30, { bytes: 50_000 }));
  const result = await sink.send(batch, { signal: forEver, accepted: () => undefined });
  if (result.kind !== 'partial') throw new Error(`not partial: ${result.kind}`);
  const whys = result.failures.map(({ failure }) => (failure.kind === 'retryable' ? failure.why : failure.kind));
  expect([whys.at(0), whys.at(-1)]).toEqual(['unanswered', 'failed']);
  expect(cluster.produces).toHaveLength(1);
});

describe('4: a leader moves', () => {
  test('code 6 is no loss: the records go to the new leader', async () => {
    const { cluster, send } = await world({ partitions: 2, nodes: 2 });
    expect(await send(10)).toEqual({ kind: 'acked' });
    cluster.leaders.reverse();
    expect(await send(['a', 'b', 'c', 'd'])).toMatchObject({ kind: 'retryable', why: 'failed' });
    expect(await send(['a', 'b', 'c', 'd'])).toEqual({ kind: 'acked' });
    expect(cluster.ids.slice(10).sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a partition without a leader holds up its own records alone', async () => {
    const { cluster, send } = await world();
    cluster.leaders[1] = -1;
    const result = await send(30);
    expect(result).toMatchObject({ kind: 'partial', acked: cluster.held.length });
    expect(cluster.held.some(({ partition }) => partition === 0)).toBe(true);
    expect(cluster.held.some(({ partition }) => partition === 2)).toBe(true);
  });

  test('records without a key go where there is a leader', async () => {
    const { cluster, send } = await world({ config: { key: 'none' } });
    cluster.leaders[0] = -1;
    expect(await send(30)).toEqual({ kind: 'acked' });
    expect(cluster.held).toHaveLength(30);
  });
});

test('5: too few replicas in sync refuse, as often as it takes, and nothing is dropped', async () => {
  const { cluster, send } = await world({ partitions: 1 });
  cluster.act = () => ({ codes: { 0: 19 } });
  for (let turn = 0; turn < 5; turn += 1) {
    expect(await send(['held'])).toMatchObject({ kind: 'retryable', why: 'refused' });
  }
  cluster.act = () => ({});
  expect(await send(['held'])).toEqual({ kind: 'acked' });
  expect(cluster.ids).toEqual(['held']);
});

describe('6: an answer is lost after the records were stored', () => {
  const losses = [
    { name: 'the connection breaks', act: { isStored: true, instead: 'close' } },
    { name: 'nothing comes', act: { isStored: true, instead: 'silence' } },
    { name: 'the broker gives up on its replicas', act: { isStored: true, codes: { 0: 7 } } },
    { name: 'replicas were lost after the append', act: { isStored: true, codes: { 0: 20 } } },
    { name: 'the answer leaves the partition out', act: { isStored: true, unnamed: [0] } },
    { name: 'a code that nobody knows', act: { isStored: true, codes: { 0: 999 } } },
  ] as const;
  test.each(losses)('$name: they go again, and both copies have the id', async ({ act }) => {
    const { cluster, send } = await world({ partitions: 1, config: { request_timeout: '2s' } });
    cluster.act = () => act;
    expect(await send(['x'])).toMatchObject({ kind: 'retryable', why: 'unanswered' });
    cluster.act = () => ({});
    expect(await send(['x'])).toEqual({ kind: 'acked' });
    expect(cluster.ids).toEqual(['x', 'x']);
  });
});

test('7: brokers that end idle connections are no failure', async () => {
  const { cluster, send } = await world({ nodes: 2 });
  expect(await send(10)).toEqual({ kind: 'acked' });
  await cluster.endConnections();
  expect(await send(10)).toEqual({ kind: 'acked' });
  expect(new Set(cluster.ids).size).toBe(20);
});

test('8: refused credentials hold everything, and it goes on when they are good', async () => {
  const sasl = { mechanism: 'plain', username: 'ada', password: 'right' };
  const { cluster, send } = await world({ config: { sasl } });
  cluster.users = new Map([['ada', 'other']]);
  const refused = await send(['a']);
  expect(refused).toMatchObject({ kind: 'blocked', reason: expect.stringContaining('sasl') });
  cluster.users = new Map([['ada', 'right']]);
  expect(await send(['a'])).toEqual({ kind: 'acked' });
  expect(cluster.ids).toEqual(['a']);
});

test('9: a topic that may not be written is told by its name, with the right that is missing', async () => {
  const { cluster, send } = await world({ partitions: 1 });
  cluster.act = () => ({ codes: { 0: 29 } });
  expect(await send(2)).toMatchObject({
    kind: 'blocked',
    reason: expect.stringMatching(/Write .* on the topic audit/),
  });
});

test('10: a topic that is not there is waited for twice, then told; it is never made', async () => {
  const { cluster, send } = await world();
  cluster.topicCode = 3;
  expect(await send(1)).toMatchObject({ kind: 'retryable', why: 'failed' });
  expect(await send(1)).toMatchObject({ kind: 'retryable', why: 'failed' });
  expect(await send(1)).toMatchObject({ kind: 'blocked', reason: expect.stringContaining('make the topic audit') });
  cluster.topicCode = 0;
  expect(await send(['a'])).toEqual({ kind: 'acked' });
  cluster.topicCode = 3;
  cluster.act = () => ({ codes: { 0: 3, 1: 3, 2: 3 } });
  expect(await send(1)).toMatchObject({ kind: 'retryable', why: 'failed' });
});

describe('11: a quota is used up', () => {
  test('code 89 refuses', async () => {
    const { cluster, send } = await world({ partitions: 1 });
    cluster.act = () => ({ codes: { 0: 89 } });
    expect(await send(1)).toMatchObject({ kind: 'retryable', why: 'refused' });
  });

  test('a wait that is shorter than a request is part of the next send, and a longer one is handed to core', async () => {
    const { cluster, send } = await world({ partitions: 1 });
    cluster.act = () => ({ throttleMs: 50 });
    expect(await send(1)).toEqual({ kind: 'acked' });
    cluster.act = () => ({ throttleMs: 120_000 });
    expect(await send(1)).toEqual({ kind: 'acked' });
    const held = await send(1);
    expect(held).toMatchObject({ kind: 'retryable', why: 'refused' });
    expect(held.kind === 'retryable' ? held.retryAfterMs : 0).toBeGreaterThan(60_000);
    expect(cluster.held).toHaveLength(2);
  });
});

test('12: a sequence that was seen before is a yes', async () => {
  const { cluster, send } = await world({ partitions: 1, config: { idempotent: true } });
  cluster.act = () => ({ codes: { 0: 46 } });
  expect(await send(1)).toEqual({ kind: 'acked' });
});

test.each([45, 47, 49, 59])('13: after code %i a new producer delivers', async (code) => {
  const { cluster, send } = await world({ partitions: 1, config: { idempotent: true } });
  cluster.act = () => ({ codes: { 0: code } });
  expect(await send(['a'])).toMatchObject({ kind: 'retryable', why: 'failed' });
  cluster.act = () => ({});
  expect(await send(['a'])).toEqual({ kind: 'acked' });
  const [before, after] = cluster.produces.map(({ batches }) => batches.get(0));
  expect([after?.producerId === before?.producerId, after?.sequence]).toEqual([false, 0]);
});

describe('14: an offset that is not beyond the last one of its partition', () => {
  test.each([true, false])('is a loss, told and sent again by a new producer (idempotent: %s)', async (idempotent) => {
    const { cluster, send, context } = await world({ partitions: 1, config: { idempotent } });
    expect(await send(5)).toEqual({ kind: 'acked' });
    cluster.act = () => ({ baseOffsets: { 0: 4n } });
    expect(await send(['lost'])).toMatchObject({ kind: 'retryable', why: 'unanswered' });
    expect(context.logs.map(({ code, level }) => [code, level])).toContainEqual(['KAFKA_OFFSET_WENT_BACK', 'warn']);
    expect(context.counts).toEqual([{ code: 'offset_went_back', n: 1 }]);
    const made = cluster.connections;
    cluster.act = () => ({});
    expect(await send(['lost'])).toEqual({ kind: 'acked' });
    expect(cluster.connections).toBeGreaterThan(made);
    expect(cluster.ids.at(-1)).toBe('lost');
  });

  test('a topic that was made anew begins at 0: the second yes is believed', async () => {
    const { cluster, send } = await world({ partitions: 1 });
    expect(await send(5)).toEqual({ kind: 'acked' });
    cluster.held.length = 0;
    expect(await send(['a'])).toMatchObject({ kind: 'retryable', why: 'unanswered' });
    expect(await send(['a'])).toEqual({ kind: 'acked' });
  });
});

test('15: with all brokers down it opens, holds, and connects when one is there', async () => {
  const cluster = await Cluster.start();
  const { addresses } = cluster;
  await cluster.stop();
  const sink = await openSink(cluster, {});
  const call = { signal: forEver, accepted: () => undefined };
  expect(await sink.send(batchOf(envelopes(1)), call)).toMatchObject({ kind: 'retryable', why: 'failed' });
  await cluster.startAgain();
  expect(cluster.addresses).toEqual(addresses);
  expect(await sink.send(batchOf(envelopes(1)), call)).toEqual({ kind: 'acked' });
  await sink.close();
  await cluster.stop();
});

describe('16: the agent ends while a send is under way', () => {
  test('what was stored by then is told, and the rest goes again', async () => {
    const { cluster, sink } = await world({ partitions: 1, config: { compression: 'none' } });
    const stop = new AbortController();
    cluster.act = () => {
      if (cluster.produces.length === 1) return {};
      stop.abort(new Error('the drain is over'));
      return { instead: 'silence' };
    };
    const batch = batchOf(envelopes(40, { bytes: 50_000 }));
    const result = await sink.send(batch, { signal: stop.signal, accepted: () => undefined });
    if (result.kind !== 'partial') throw new Error(`not partial: ${result.kind}`);
    expect(result.acked).toBe(20);
    expect(result.failures.every(({ failure }) => failure.kind === 'retryable')).toBe(true);
  });

  test('with nothing known it throws the reason, and no socket stays', async () => {
    const { cluster, sink, send } = await world({ partitions: 1 });
    const stop = new AbortController();
    cluster.act = () => {
      stop.abort(new Error('the drain is over'));
      return { instead: 'silence' };
    };
    await expect(send(1, stop.signal)).rejects.toThrow('the drain is over');
    await sink.close();
    await expect.poll(() => cluster.openSockets).toBe(0);
  });
});

test('17: a codec that is not there is an error of the configuration', async () => {
  const cluster = new Cluster(1, 1);
  const yaml = { ...yamlFor(cluster), brokers: ['kafka:9092'] };
  expect(kafkaConfigSchema.safeParse({ ...yaml, compression: 'zstd' }).success).toBe(false);
  expect(kafkaConfigSchema.safeParse({ ...yaml, compression: 'lz4' }).success).toBe(true);
});
