/**
 * What the bare client does at real brokers, without the sink: the losses that the sink is built around, and what they
 * answer to it. Where one of these fails, the client or a new broker behaves otherwise and the sink's reasoning has to
 * be looked at again.
 */
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { KafkaRecord } from '../services/kafka/gateway.ts';
import { useBroker } from './broker.ts';

const PARTITIONS = [0, 1, 2];
const MAX_BYTES = 10_000;

const each = (word: string): readonly string[] => PARTITIONS.map(() => word);
/** The one for partition 1 is larger than the topic takes. */
const spoiled = (word: string): readonly string[] => [word, 'x'.repeat(MAX_BYTES), word];

describe.each(['4.4.0', '3.9.2'] as const)('kafkajs at Kafka %s', (version) => {
  const broker = useBroker({ version });

  /** A second for a connection, as by default, is not enough where the machine is busy. */
  const client = (): Kafka =>
    new Kafka({ brokers: [broker().addresses.plain], logLevel: logLevel.NOTHING, connectionTimeout: 30_000 });

  async function producerOf(options: { readonly idempotent: boolean; readonly transactionalId?: string }) {
    const createPartitioner = Partitioners.DefaultPartitioner;
    const producer = client().producer({ ...options, createPartitioner, allowAutoTopicCreation: false });
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    return producer;
  }

  async function topicOf(name: string): Promise<string> {
    await broker().observer.createTopic(name, { configs: { 'max.message.bytes': `${MAX_BYTES}` } });
    return name;
  }

  /** Three records, one for each partition, to a topic that takes `MAX_BYTES` at a time. */
  async function sendTo(producer: Pick<Producer, 'send'>, topic: string, words: readonly string[]) {
    const messages = PARTITIONS.map((partition) => ({ partition, value: words[partition] ?? '' }));
    const answered = await producer.send({ topic, acks: -1, messages });
    return answered.map(({ errorCode }) => String(errorCode));
  }

  const byPartition = (records: readonly KafkaRecord[]): readonly (readonly (string | null)[])[] =>
    PARTITIONS.map((partition) => records.filter((record) => record.partition === partition).map(({ value }) => value));

  test('an idempotent producer loses what follows a partly failed send, and says that it is stored', async () => {
    const topic = await topicOf('client-idempotent');
    const producer = await producerOf({ idempotent: true });
    await sendTo(producer, topic, each('first'));
    await expect(sendTo(producer, topic, spoiled('second'))).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
    // No error for any partition, and yet two of three records are nowhere.
    expect(await sendTo(producer, topic, each('third'))).toEqual(['0', '0', '0']);
    expect(byPartition(await broker().observer.records(topic))).toEqual([
      ['first', 'second'],
      ['first', 'third'],
      ['first', 'second'],
    ]);
  });

  test('a new idempotent producer after a partly failed send loses nothing', async () => {
    const topic = await topicOf('client-renewed');
    const broken = await producerOf({ idempotent: true });
    await sendTo(broken, topic, each('first'));
    await expect(sendTo(broken, topic, spoiled('second'))).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
    await sendTo(await producerOf({ idempotent: true }), topic, each('third'));
    expect(byPartition(await broker().observer.records(topic))).toEqual([
      ['first', 'second', 'third'],
      ['first', 'third'],
      ['first', 'second', 'third'],
    ]);
  });

  test('a producer without sequence numbers loses nothing after a partly failed send', async () => {
    const topic = await topicOf('client-plain');
    const producer = await producerOf({ idempotent: false });
    await sendTo(producer, topic, each('first'));
    await expect(sendTo(producer, topic, spoiled('second'))).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
    await sendTo(producer, topic, each('third'));
    expect(byPartition(await broker().observer.records(topic))).toEqual([
      ['first', 'second', 'third'],
      ['first', 'third'],
      ['first', 'second', 'third'],
    ]);
  });

  test('a transactional producer loses what follows an aborted transaction, and commits without a word', async () => {
    const topic = await topicOf('client-transaction');
    const producer = await producerOf({ idempotent: true, transactionalId: `client-${version}` });
    const refused = await producer.transaction();
    await expect(sendTo(refused, topic, spoiled('first'))).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
    await refused.abort();
    const next = await producer.transaction();
    await sendTo(next, topic, each('second'));
    await next.commit();
    const held = byPartition(await broker().observer.records(topic, { isCommitted: true }));
    expect(held).toEqual([[], ['second'], []]);
  });

  test('a topic that is not there is made by the default of the client, and not without it', async () => {
    const send = async (topic: string, allowAutoTopicCreation: boolean, retries: number): Promise<void> => {
      const createPartitioner = Partitioners.DefaultPartitioner;
      const producer = client().producer({ createPartitioner, allowAutoTopicCreation, retry: { retries } });
      await producer.connect();
      onTestFinished(() => producer.disconnect());
      await producer.send({ topic, messages: [{ value: 'one' }] });
    };
    await expect(send('client-absent', false, 0)).rejects.toMatchObject({
      cause: { type: 'UNKNOWN_TOPIC_OR_PARTITION' },
    });
    await send('client-accident', true, 8);
    const topics = await broker().observer.topics();
    expect(topics).not.toContain('client-absent');
    expect(topics).toContain('client-accident');
  });
});
