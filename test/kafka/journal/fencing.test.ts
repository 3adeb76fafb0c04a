/**
 * What Kafka's fence of a transactional id is worth, with kafkajs alone, two processes and a real broker, counted as a reader of
 * committed transactions sees it. The rules of the journal (docs/decisions/0053) stand on these: where one fails, a new client or
 * broker behaves otherwise and they have to be looked at again.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { useBroker } from '../broker.ts';
import { startTold, type ToldProcess } from './told-process.ts';

const WRITER = fileURLToPath(new URL('../../dist/kafka/journal/bare-writer.js', import.meta.url));
const FENCED = { code: 47, type: 'INVALID_PRODUCER_EPOCH' };

describe('kafkajs at Kafka 4.4.0', () => {
  const broker = useBroker({ version: '4.4.0' });

  function writer(topic: string, timeoutMs = 60_000): ToldProcess {
    return startTold(WRITER, [broker().addresses.plain, topic, `${topic}-id`, String(timeoutMs)]);
  }

  /** Of each partition, the values of committed transactions in their order. */
  async function committed(topic: string): Promise<readonly string[]> {
    const records = await broker().observer.records(topic, { isCommitted: true });
    return [0, 1, 2].map((at) =>
      records
        .filter(({ partition }) => partition === at)
        .map(({ value }) => value)
        .join(' '),
    );
  }

  test('a writer that was stopped in a transaction is fenced by its successor, and with a fresh producer takes the id back', async () => {
    const topic = 'fencing-zombie';
    await broker().observer.createTopic(topic);
    const zombie = writer(topic);
    expect(await zombie.tell('open')).toEqual({});
    expect(await zombie.tell('write a')).toEqual({});
    expect(await zombie.tell('send b')).toEqual({});
    zombie.signal('SIGSTOP');
    const owner = writer(topic);
    expect(await owner.tell('open')).toEqual({});
    expect(await owner.tell('write c')).toEqual({});
    zombie.signal('SIGCONT');
    expect(await zombie.tell('commit')).toEqual(FENCED);
    expect(await committed(topic)).toEqual(['a c', 'a c', 'a c']);

    // The same client, asked as one asks after any failure: now the owner is fenced, by nobody's right.
    expect(await zombie.tell('open')).toEqual({});
    expect(await zombie.tell('write d')).toEqual({});
    expect(await owner.tell('write e')).toMatchObject(FENCED);
    expect(await committed(topic)).toEqual(['a c d', 'a c d', 'a c d']);
  });

  test('an owner whose transaction timed out is told the same, though nobody has taken its place', async () => {
    const topic = 'fencing-timeout';
    await broker().observer.createTopic(topic);
    const owner = writer(topic, 1000);
    expect(await owner.tell('open')).toEqual({});
    expect(await owner.tell('send a')).toEqual({});
    // Behind an open transaction a reader of committed ones sees nothing: once it does, the coordinator has ended that one.
    const partitions = await broker().observer.write(topic, ['p', 'q', 'r', 's', 't', 'u']);
    const seen = async (): Promise<number> =>
      (await broker().observer.records(topic, { isCommitted: true })).filter(({ key }) => key !== null).length;
    await expect.poll(seen, { timeout: 60_000, interval: 200 }).toBe(partitions.length);
    expect(await owner.tell('commit')).toEqual(FENCED);
  });

  test('after a failed transaction the same producer’s next one commits, and lacks the records of other partitions', async () => {
    const topic = 'fencing-spoiled';
    await broker().observer.createTopic(topic);
    const owner = writer(topic);
    expect(await owner.tell('open')).toEqual({});
    expect(await owner.tell('write a')).toEqual({});
    expect(await owner.tell('spoil b')).toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
    // As if all were well.
    expect(await owner.tell('write c')).toEqual({});
    expect(await committed(topic)).toEqual(['a', 'a c', 'a']);
    expect(await owner.tell('open')).toEqual({});
    expect(await owner.tell('write d')).toEqual({});
    expect(await committed(topic)).toEqual(['a d', 'a c d', 'a d']);
  });
});
