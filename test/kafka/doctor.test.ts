/** Doctor and set-up at real brokers: what they find and make, and that looking leaves nothing behind. */
import type { Check, SetupStep } from '@audit-relay/sink';
import { kafka } from '@audit-relay/sink-kafka';
import { batchOf, envelopes, testContext } from '@audit-relay/sink-testkit';
import { describe, expect, test } from 'vitest';
import { certificates } from '../services/kafka/certificates.ts';
import type { Operation } from '../services/kafka/gateway.ts';
import { useBroker } from './broker.ts';
import { openSink } from './sink.ts';

const PASSWORD = 'password-of-nobody-else';

describe.each(['4.4.0', '3.9.2'] as const)('at Kafka %s', (version) => {
  const broker = useBroker({ version });
  const name = (word: string): string => `doctor-${word}`;

  async function topicOf(word: string, configs: Readonly<Record<string, string>> = {}): Promise<string> {
    await broker().observer.createTopic(name(word), { configs });
    return name(word);
  }

  const checksOf = async (keys: object, address = broker().addresses.plain): Promise<readonly Check[]> => {
    const { sink } = await openSink(address, { request_timeout: '30s', ...keys });
    return sink.check(new AbortController().signal);
  };

  /** As somebody who may do these things to the topic, and nothing else. */
  async function checksAs(user: string, topic: string, operations: readonly Operation[]): Promise<readonly Check[]> {
    await broker().observer.setScram(user, 'SCRAM-SHA-512', PASSWORD);
    await broker().observer.allow(user, topic, operations);
    const { ca } = await certificates();
    const sasl = { mechanism: 'scram-sha-512', username: user, password: PASSWORD };
    return checksOf({ topic, sasl, tls: { ca_file: ca } }, broker().addresses.sasl);
  }

  const verdicts = (findings: readonly Check[]): Readonly<Record<string, string>> =>
    Object.fromEntries(findings.map(({ name: check, verdict }) => [check, verdict]));

  test('a topic with one copy is found well but for that, and looking writes nothing', async () => {
    const topic = await topicOf('well');
    const found = verdicts(await checksOf({ topic }));
    expect(found).toMatchObject({ reach: 'ok', brokers: 'ok', protocol: 'ok', topic: 'ok', write: 'ok', clock: 'ok' });
    expect(found['min.insync.replicas']).toBe('warn');
    expect(Object.values(found)).not.toContain('fail');
    expect(await broker().observer.records(topic)).toEqual([]);
    expect(await broker().observer.size(topic)).toBe(0);
  });

  test('a topic that is not there is missing afterwards as well', async () => {
    expect(verdicts(await checksOf({ topic: name('absent') }))).toMatchObject({ topic: 'fail' });
    expect(await broker().observer.topics()).not.toContain(name('absent'));
  });

  test('its limits are told', async () => {
    const topic = await topicOf('limits', {
      'max.message.bytes': '20000',
      'message.timestamp.before.max.ms': '60000',
      'retention.ms': '3600000',
    });
    const found = verdicts(await checksOf({ topic }));
    expect(found).toMatchObject({ 'max.message.bytes': 'warn', 'message.timestamp': 'warn', 'retention.ms': 'warn' });
  });

  test.each([
    { key: 'event.id', verdict: 'ok' },
    { key: 'actor', verdict: 'fail' },
    { key: 'none', verdict: 'fail' },
  ])('compaction is found to take events away, or not, by key: $key', async ({ key, verdict }) => {
    const topic = await topicOf(`compacted-${key}`, { 'cleanup.policy': 'compact' });
    expect(verdicts(await checksOf({ topic, key }))).toMatchObject({ 'cleanup.policy': verdict });
  });

  test('a record without a key is refused by a compacted topic, with the fix', async () => {
    const topic = await topicOf('compacted', { 'cleanup.policy': 'compact' });
    const { send } = await openSink(broker().addresses.plain, { topic, key: 'none' });
    const result = await send(batchOf(envelopes(1)));
    expect(result).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('key: event.id') });
  });

  test('the right to write is known before the first event, and so is its lack', async () => {
    const topic = await topicOf('rights');
    const full = verdicts(await checksAs('doctor-writer', topic, ['WRITE', 'DESCRIBE', 'DESCRIBE_CONFIGS']));
    expect(full).toMatchObject({ credentials: 'ok', topic: 'ok', 'max.message.bytes': 'ok', write: 'ok' });
    const reader = await checksAs('doctor-reader', topic, ['DESCRIBE']);
    expect(verdicts(reader)).toMatchObject({ credentials: 'ok', topic: 'ok', settings: 'warn', write: 'fail' });
    expect(reader.find((check) => check.name === 'write')?.fix).toContain(topic);
    expect(await broker().observer.records(topic)).toEqual([]);
  });

  test('records from ahead of this host say that a clock is wrong', async () => {
    const topic = await topicOf('ahead', { 'message.timestamp.after.max.ms': '9223372036854775807' });
    const { send } = await openSink(broker().addresses.plain, { topic });
    const [event] = envelopes(1);
    if (event === undefined) throw new Error('no event');
    await send(batchOf([{ ...event, timeMs: Date.now() + 3_600_000 }]));
    expect(verdicts(await checksOf({ topic }))).toMatchObject({ clock: 'warn' });
  });

  describe('set-up', () => {
    const PLAN = {
      partitions: 4,
      replication_factor: 1,
      config: { 'retention.ms': 86_400_000, 'max.message.bytes': 20_000 },
    };

    async function setUp(
      topic: string,
      create_topic: object | undefined,
      dryRun = false,
    ): Promise<SetupStep | undefined> {
      const keys = {
        brokers: [broker().addresses.plain],
        topic,
        ...(create_topic === undefined ? {} : { create_topic }),
      };
      const call = { dryRun, signal: new AbortController().signal };
      const [step] = (await kafka.setup?.(kafka.configSchema.parse(keys), testContext(), call)) ?? [];
      return step;
    }

    test('makes the topic once, with its settings, and only when it is meant', async () => {
      const topic = name('made');
      expect(await setUp(topic, PLAN, true)).toMatchObject({ outcome: 'created' });
      expect(await broker().observer.topics()).not.toContain(topic);
      expect(await setUp(topic, PLAN)).toMatchObject({ outcome: 'created' });
      expect(await broker().observer.partitions(topic)).toHaveLength(4);
      await expect.poll(async () => (await setUp(topic, PLAN))?.outcome).toBe('current');
      expect((await checksOf({ topic })).find((check) => check.name === 'max.message.bytes')?.detail).toContain(
        '20000',
      );
    });

    test('changes nothing that is there', async () => {
      const topic = await topicOf('theirs');
      const step = await setUp(topic, PLAN);
      expect(step).toMatchObject({ outcome: 'left alone', detail: expect.stringContaining('3 partitions, not 4') });
      expect(await broker().observer.partitions(topic)).toHaveLength(3);
    });

    test('says what the brokers refuse, on a dry run too', async () => {
      const topic = name('refused');
      expect(await setUp(topic, { ...PLAN, replication_factor: 3 }, true)).toMatchObject({ outcome: 'failed' });
      expect(await setUp(topic, { ...PLAN, config: { 'no.such.setting': '1' } })).toMatchObject({ outcome: 'failed' });
      expect(await broker().observer.topics()).not.toContain(topic);
    });
  });
});
