/** One `send` after another at real brokers: what stands in the topic, what comes back, and what is in nobody's way. */
import type { Envelope } from '@audit-relay/sink';
import { batchOf, envelopes } from '@audit-relay/sink-testkit';
import { describe, expect, test } from 'vitest';
import type { Topic } from '../services/kafka/gateway.ts';
import { headerOf, notOnce, useBroker, wrongIds } from './broker.ts';
import { fates, openSink, settle } from './sink.ts';

const idsOf = (list: readonly Envelope[]): readonly string[] => list.map(({ id }) => id);

describe.each(['4.4.0', '3.9.2'] as const)('Kafka %s', (version) => {
  const broker = useBroker({ version });

  /** The sink at a topic that is there; `keys` are those of the YAML. */
  async function sinkAt(topic: string, keys: object = {}, made: Topic = {}) {
    await broker().observer.createTopic(topic, made);
    return openSink(broker().addresses.plain, { topic, ...keys });
  }

  const recordsOf = (topic: string) => broker().observer.records(topic);

  test('each event is one record with its key, its time, its text and the headers', async () => {
    const { send } = await sinkAt('plain');
    const list = envelopes(300);
    expect(await send(batchOf(list))).toEqual({ kind: 'acked' });
    const records = await recordsOf('plain');
    expect(notOnce(records, idsOf(list))).toEqual([]);
    expect(new Set(records.map(({ partition }) => partition)).size).toBe(3);
    const seen = records.map(({ key, value, timestampMs, timestampType, headers }) => ({
      key,
      value,
      timestampMs,
      timestampType,
      headers: Object.fromEntries(headers),
    }));
    const wanted = list.map(({ id, type, timeMs, json }) => ({
      key: id,
      value: json,
      timestampMs: timeMs,
      timestampType: 'CreateTime',
      headers: {
        'content-type': 'application/json',
        'openai-event-id': id,
        'openai-event-type': type,
        'schema-version': 'ecs',
      },
    }));
    expect(new Map(seen.map((record) => [record.key, record]))).toEqual(new Map(wanted.map((one) => [one.key, one])));
  });

  test('each partition has its events in the order in which they were sent', async () => {
    const { send } = await sinkAt('ordered', { key: 'organization' });
    const list = envelopes(400);
    for (const at of [0, 100, 200, 300])
      expect(await send(batchOf(list.slice(at, at + 100)))).toEqual({ kind: 'acked' });
    expect((await recordsOf('ordered')).map((record) => headerOf(record, 'openai-event-id'))).toEqual(idsOf(list));
  });

  test.each(['gzip', 'snappy', 'lz4', 'none'] as const)(
    'compression %s is what the broker stores',
    async (compression) => {
      const topic = `stored-${compression}`;
      const { send } = await sinkAt(topic, { compression }, { partitions: 1 });
      const list = envelopes(200, { bytes: 2_000 });
      expect(await send(batchOf(list))).toEqual({ kind: 'acked' });
      expect((await recordsOf(topic)).map(({ value }) => value)).toEqual(list.map(({ json }) => json));
      const isSmall = (await broker().observer.size(topic)) < 200 * 2_000;
      expect(isSmall).toBe(compression !== 'none');
    },
  );

  test("a key stands in the partition in which Kafka's own producer puts it", async () => {
    const { send } = await sinkAt('partitioned', {}, { partitions: 7 });
    const names = ['a', 'ab', 'abc', 'abcd', 'Ünïcödé', '事件', '🦆', 'x'.repeat(300), '0', '-', ' ', 'audit_log-1'];
    const list = envelopes(names.length, { id: (index) => names[index] ?? '' });
    expect(await send(batchOf(list))).toEqual({ kind: 'acked' });
    const ours = new Map((await recordsOf('partitioned')).map(({ key, partition }) => [key, partition]));
    await broker().observer.createTopic('partitioned-by-java', { partitions: 7 });
    expect(names.map((name) => ours.get(name))).toEqual(await broker().observer.write('partitioned-by-java', names));
  });

  const CLOUD_EVENT = {
    ce_specversion: '1.0',
    ce_id: 'audit_log-0',
    ce_source: expect.stringMatching(/org-kit/),
    ce_type: expect.stringMatching(/api_key\.created$/),
    ce_time: '2026-03-01T11:59:00.000Z',
    'content-type': 'application/json',
  };

  test('a CloudEvent in binary mode has its attributes as headers', async () => {
    const { send } = await sinkAt('cloudevents', { cloudevents: true });
    await send(batchOf(envelopes(1)));
    const [record] = await recordsOf('cloudevents');
    expect(Object.fromEntries(record?.headers ?? [])).toMatchObject(CLOUD_EVENT);
  });

  describe.each([false, true])('with idempotent: %s', (idempotent) => {
    const name = (topic: string): string => `${topic}-${idempotent}`;

    test('the one record that is too large is set aside, and all others arrive, those of later batches too', async () => {
      const topic = name('one-too-large');
      const open = await sinkAt(
        topic,
        { idempotent, compression: 'none' },
        { configs: { 'max.message.bytes': '30000' } },
      );
      const small = envelopes(30);
      const [large] = envelopes(1, { id: () => 'large', bytes: 50_000 });
      const first = await settle(open, [...small.slice(0, 4), large!, ...small.slice(4, 10)]);
      expect(first.dead).toEqual(['large']);
      // Whoever keeps sequence numbers over a partly failed send loses these, and is told that they are stored.
      for (const at of [10, 20]) expect(await settle(open, small.slice(at, at + 10))).toMatchObject({ dead: [] });
      expect(wrongIds(await recordsOf(topic), idsOf(small))).toEqual([]);
    });

    test('what the bare client loses after a partly failed send is there', async () => {
      const topic = name('as-the-bare-client');
      const keys = { idempotent, compression: 'none' };
      const open = await sinkAt(topic, keys, { configs: { 'max.message.bytes': '30000' } });
      // One record for each partition in each send: the numbers of one send are then those of another.
      const words = Array.from({ length: 60 }, (_, index) => `word-${index}`);
      await broker().observer.createTopic(`${topic}-words`);
      const partitions = await broker().observer.write(`${topic}-words`, words);
      const sends = [0, 1, 2].map((time) =>
        [0, 1, 2].map((partition) => {
          const id = words.filter((_, index) => partitions[index] === partition)[time] ?? '';
          const isTooLarge = time === 1 && partition === 1;
          return envelopes(1, { id: () => id, bytes: isTooLarge ? 50_000 : 1_000 })[0] as Envelope;
        }),
      );
      const dead: string[] = [];
      for (const list of sends) dead.push(...(await settle(open, list)).dead);
      expect(dead).toEqual([sends[1]?.[1]?.id]);
      const wanted = sends.flat().filter(({ id }) => !dead.includes(id));
      expect(notOnce(await recordsOf(topic), idsOf(wanted))).toEqual([]);
      // And nothing looked as if it had been lost.
      expect(open.context.counts).toEqual([]);
    });

    test('what one key has is cut by bytes before it is sent', async () => {
      const topic = name('one-key');
      const { send } = await sinkAt(topic, { idempotent, key: 'organization', compression: 'none' });
      const list = envelopes(30, { bytes: 50_000 });
      expect(await send(batchOf(list))).toEqual({ kind: 'acked' });
      const records = await recordsOf(topic);
      expect(notOnce(records, idsOf(list))).toEqual([]);
      expect(new Set(records.map(({ partition }) => partition)).size).toBe(1);
    });

    test('a topic that takes less than is configured gets everything all the same', async () => {
      const topic = name('smaller');
      const configs = { 'max.message.bytes': '20000' };
      const open = await sinkAt(topic, { idempotent, compression: 'none' }, { configs });
      const list = envelopes(200, { bytes: 1_000 });
      const { dead } = await settle(open, list);
      expect(dead).toEqual([]);
      expect(wrongIds(await recordsOf(topic), idsOf(list))).toEqual([]);
    });

    test('the time of sending takes the place of an event time that the topic refuses', async () => {
      const topic = name('old');
      const before = Date.now();
      const open = await sinkAt(topic, { idempotent }, { configs: { 'message.timestamp.before.max.ms': '3600000' } });
      const list = envelopes(20);
      expect(await settle(open, list)).toMatchObject({ dead: [] });
      const records = await recordsOf(topic);
      expect(wrongIds(records, idsOf(list))).toEqual([]);
      expect(records.filter(({ timestampMs }) => timestampMs < before - 1_000)).toEqual([]);
      expect(new Set(records.map(({ value }) => value))).toEqual(new Set(list.map(({ json }) => json)));
    });

    test('a topic that is taken away is not given up at once, though all its partitions say so', async () => {
      const topic = name('taken-away');
      const { send } = await sinkAt(topic, { idempotent });
      const batch = batchOf(envelopes(30));
      expect(await send(batch)).toEqual({ kind: 'acked' });
      await broker().observer.deleteTopic(topic);
      const first = await send(batch);
      expect(new Set(fates(first, 30))).toEqual(new Set(['retryable']));
      await broker().observer.createTopic(topic);
      expect(await send(batch)).toEqual({ kind: 'acked' });
    });

    test('a topic that is not there is asked for a few times, then waited for, and never made', async () => {
      const topic = name('absent');
      const { send } = await openSink(broker().addresses.plain, { topic, idempotent });
      const batch = batchOf(envelopes(3));
      let kinds: string[] = [];
      for (let tries = 0; tries < 10 && !kinds.includes('blocked'); tries += 1)
        kinds = [...kinds, (await send(batch)).kind];
      expect(kinds).toEqual(['retryable', 'retryable', 'blocked']);
      expect(await send(batch)).toMatchObject({ kind: 'blocked', reason: expect.stringContaining(topic) });
      expect(await broker().observer.topics()).not.toContain(topic);
      await broker().observer.createTopic(topic);
      expect(await send(batch)).toEqual({ kind: 'acked' });
    });
  });

  test('a topic that stamps records itself takes events of any time', async () => {
    const { send } = await sinkAt('stamped', {}, { configs: { 'message.timestamp.type': 'LogAppendTime' } });
    expect(await send(batchOf(envelopes(5)))).toEqual({ kind: 'acked' });
    const types = (await recordsOf('stamped')).map(({ timestampType }) => timestampType);
    expect(types).toEqual(Array.from({ length: 5 }, () => 'LogAppendTime'));
  });

  test('who keeps no sequences is no idempotent producer, and a failed send ends an idempotent one', async () => {
    const configs = { 'max.message.bytes': '30000' };
    const plain = await sinkAt(
      'sequences-false',
      { idempotent: false, compression: 'none' },
      { configs, partitions: 1 },
    );
    const idempotent = await sinkAt(
      'sequences-true',
      { idempotent: true, compression: 'none' },
      { configs, partitions: 1 },
    );
    const [large] = envelopes(1, { id: () => 'large', bytes: 50_000 });
    for (const open of [plain, idempotent]) {
      await settle(open, envelopes(3));
      expect((await settle(open, [large!])).dead).toEqual(['large']);
      await settle(open, envelopes(3));
    }
    const producersOf = async (topic: string) => (await broker().observer.partitions(topic))[0]?.producers.length;
    expect(await producersOf('sequences-false')).toBe(0);
    expect(await producersOf('sequences-true')).toBe(2);
  });
});
