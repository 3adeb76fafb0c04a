/**
 * Who may commit what: members of a group in processes of their own at a real broker, and what the broker itself lets pass,
 * on which docs/decisions/0054 stands.
 */
import { fileURLToPath } from 'node:url';
import { Coordinator, kafkaJournalConfigSchema } from '@audit-relay/journal-kafka';
import { Connection } from '@audit-relay/sink-kafka/connection';
import { describe, expect, onTestFinished, test } from 'vitest';
import { useBroker } from '../broker.ts';
import { startTold, type ToldProcess } from './told-process.ts';

const MEMBER = fileURLToPath(new URL('../../dist/kafka/journal/member-process.js', import.meta.url));
/** The least that this broker allows. */
const SESSION_MS = 3_000;
const REASSIGNED = { code: 'JOURNAL_REASSIGNED' };

describe('a group at Kafka 4.4.0', () => {
  const broker = useBroker({ version: '4.4.0' });

  async function topicOf(name: string, partitions: number): Promise<string> {
    await broker().observer.createTopic(name, { partitions });
    return name;
  }

  function member(topic: string, partitions: number): ToldProcess {
    return startTold(MEMBER, [broker().addresses.plain, topic, String(partitions), topic, String(SESSION_MS)]);
  }

  function coordinator(topic: string): Coordinator {
    const config = kafkaJournalConfigSchema.parse({ brokers: [broker().addresses.plain] });
    const connection = new Connection({ config, brokers: config.brokers, log: { log: () => undefined } });
    onTestFinished(() => connection.destroy());
    return new Coordinator({ connection, groupId: topic, topic, sessionMs: SESSION_MS, rebalanceMs: 20_000 });
  }

  /** Offsets by partition, as anybody can ask for them. */
  async function committed(topic: string): Promise<object> {
    const found = await coordinator(topic).committed([0, 1, 2, 3]);
    return Object.fromEntries(found.map(({ partition, offset }) => [partition, Number(offset)]));
  }

  test('whoever is there first is told before anybody else has its partitions, and commits until it gives them up', async () => {
    const topic = await topicOf('groups-share', 4);
    const first = member(topic, 4);
    expect(await first.tell('next')).toMatchObject({ partitions: [0, 1, 2, 3] });
    expect(await first.tell('commit 3 5')).toEqual({});
    const second = member(topic, 4);
    const joined = second.tell('next');
    expect(await first.tell('revoked')).toEqual(REASSIGNED);
    // The second one waits for it.
    expect(await first.tell('commit 3 6')).toEqual({});
    expect(await first.tell('next')).toMatchObject({ partitions: [0, 1] });
    expect(await joined).toMatchObject({ partitions: [2, 3] });
    expect(await second.tell('commit 3 9')).toEqual({});
    // Neither in the name that it had nor in the one that it has.
    expect(await first.tell('old 3 7')).toEqual(REASSIGNED);
    expect(await first.tell('commit 3 7')).toEqual(REASSIGNED);
    expect(await first.tell('commit 1 2')).toEqual({});
    expect(await committed(topic)).toEqual({ 1: 2, 3: 9 });

    // One that leaves is missed at once.
    expect(await second.tell('close')).toEqual({});
    expect(await first.tell('revoked')).toEqual(REASSIGNED);
    expect(await first.tell('next')).toMatchObject({ partitions: [0, 1, 2, 3] });
  });

  test('one that stood still for longer than its session has lost all of it when it wakes', async () => {
    const topic = await topicOf('groups-zombie', 2);
    const zombie = member(topic, 2);
    expect(await zombie.tell('next')).toMatchObject({ partitions: [0, 1] });
    expect(await zombie.tell('commit 0 3')).toEqual({});
    zombie.signal('SIGSTOP');
    const owner = member(topic, 2);
    expect(await owner.tell('next')).toMatchObject({ partitions: [0, 1] });
    expect(await owner.tell('commit 0 9')).toEqual({});
    // What it asks first when it wakes, before any heartbeat has told it.
    const late = zombie.tell('commit 0 4');
    zombie.signal('SIGCONT');
    expect(await late).toEqual(REASSIGNED);
    expect(await zombie.tell('commit 0 5')).toEqual(REASSIGNED);
    expect(await committed(topic)).toEqual({ 0: 9 });
    // It is not fenced for ever: as a new member it has its share.
    const joined = zombie.tell('next');
    expect(await owner.tell('revoked')).toEqual(REASSIGNED);
    expect(await owner.tell('next')).toMatchObject({ partitions: [0] });
    expect(await joined).toMatchObject({ partitions: [1] });
  });

  test('the broker refuses another generation, and does not look at who has which partition', async () => {
    const topic = await topicOf('groups-facts', 2);
    const one = coordinator(topic);
    const nothing = { generation: 0, partitions: [] };
    const first = await one.join('', nothing);
    await one.sync(first, new Map([[first.memberId, [0]]]));
    const again = await one.join(first.memberId, nothing);
    await one.sync(again, new Map([[again.memberId, [0]]]));
    expect(again).toMatchObject({ memberId: first.memberId, generation: first.generation + 1 });
    const offsets = (metadata = '') => [{ partition: 1, offset: 4n, metadata }];
    await expect(one.commit(first, offsets())).rejects.toMatchObject({ trouble: { kind: 'code', code: 22 } });
    await expect(one.commit({ ...again, memberId: 'x' }, offsets())).rejects.toMatchObject({ trouble: { code: 25 } });
    expect(await committed(topic)).toEqual({});
    // Partition 1 is nobody's.
    await one.commit(again, offsets('x'.repeat(4_096)));
    await expect(one.commit(again, offsets('x'.repeat(4_097)))).rejects.toMatchObject({ trouble: { code: 12 } });
    expect(await committed(topic)).toEqual({ 1: 4 });
  });
});
