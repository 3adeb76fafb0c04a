/** A lane's way out of the journal on Kafka, at a real broker: partitions that change hands, cursors that expire, entries that are gone. */
import type { JournaledEntry, LaneJournal } from '@audit-relay/core/journal';
import {
  Deliverer,
  type Delivery,
  type KafkaJournalConfig,
  Keeper,
  LaneSharing,
  setUpTopics,
} from '@audit-relay/journal-kafka';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { useBroker } from '../broker.ts';
import { configOf, NEVER, testRuntime } from './collect.ts';
import { fill } from './filling.ts';
import { cursorOf } from './settling.ts';

const broker = useBroker({ version: '4.4.0' });
const PARTITIONS = 3;
const TIMES = { sessionMs: 3_000, rebalanceMs: 20_000 };

async function journalOf(prefix: string): Promise<KafkaJournalConfig> {
  const config = { ...configOf(broker().addresses.plain, `${prefix}-${process.pid}`), partitions: PARTITIONS };
  await setUpTopics(config, testRuntime());
  return config;
}

function deliverer(config: KafkaJournalConfig, logged: string[] = []): Deliverer {
  const runtime = { ...testRuntime(), log: (_level: string, code: string) => void logged.push(code) };
  const made = new Deliverer({ config, name: 'siem', begin: 'beginning', runtime, times: TIMES });
  onTestFinished(() => made.close());
  return made;
}

function journalIn({ lane }: Delivery): LaneJournal {
  if (lane.kind !== 'ready') throw new Error(`the lane is not ready: ${lane.kind}`);
  return lane.journal;
}

/** All that it is given until there are so many. */
async function read(journal: LaneJournal, count: number): Promise<JournaledEntry[]> {
  const all: JournaledEntry[] = [];
  while (all.length < count) all.push(...(await journal.read(200, NEVER)));
  return all;
}

const idsOf = (entries: readonly JournaledEntry[]): readonly string[] => entries.map(({ entry }) => entry.id).sort();

async function adminOf(): Promise<Admin> {
  const kafka = new Kafka({ brokers: [broker().addresses.plain], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  return admin;
}

describe('partitions of a lane change hands', () => {
  test('what one has settled the other is not given, what it may have sent goes out as replay, and nothing is missing', async () => {
    const config = await journalOf('lanes-shared');
    const ids = await fill(config, 6);
    const one = deliverer(config);
    const first = await one.next(NEVER);
    const journal = journalIn(first);
    const given = await read(journal, ids.length);
    expect(idsOf(given)).toEqual([...ids].sort());
    expect(given.some(({ replay, withinReach }) => replay || withinReach)).toBe(false);
    // Of each source, by partition, in its order.
    const acme = given.filter(({ entry }) => entry.source === 'acme').map(({ entry }) => entry.id);
    expect(acme).toEqual([0, 1, 2, 3, 4, 5].map((at) => `acme-${at}`));
    await journal.extend(5);
    const isSettled = (at: number): boolean => at < 7 || at % 3 === 0;
    const cursor = cursorOf(given, isSettled);

    const two = deliverer(config);
    const joined = two.next(NEVER);
    await new Promise((resolve) => first.assignment.revoked.addEventListener('abort', resolve));
    // What was under way is still said; the other one waits.
    await journal.save(cursor);
    const again = await one.next(NEVER);
    const other = await joined;
    await expect(journal.save(cursorOf(given, () => true))).rejects.toMatchObject({ code: 'JOURNAL_REASSIGNED' });
    expect(new Set([again, other].flatMap(({ assignment }) => assignment.partitions))).toEqual(new Set([0, 1, 2]));

    const left = given.filter((_, at) => !isSettled(at));
    const parts = [again, other].map(({ assignment: { partitions } }) =>
      left.filter(({ partition }) => partitions.includes(Number(partition))),
    );
    for (const [at, delivery] of [again, other].entries()) {
      const expected = parts[at] ?? [];
      const rest = await read(journalIn(delivery), expected.length);
      expect(idsOf(rest)).toEqual(idsOf(expected));
      expect(rest.every(({ replay }) => replay)).toBe(true);
      await journalIn(delivery).extend(3);
      await journalIn(delivery).save(cursorOf(rest, () => true));
    }
    // New ones go out as such, past what was covered.
    const more = await fill(config, 6, 6);
    await two.close();
    await new Promise((resolve) => again.assignment.revoked.addEventListener('abort', resolve));
    const alone = await one.next(NEVER);
    expect(idsOf(await read(journalIn(alone), more.length))).toEqual([...more].sort());
  });
});

describe('a cursor that the group has forgotten', () => {
  test('is had from its copy, is refused where somebody else has set it, and where entries are gone nothing is jumped', async () => {
    const config = await journalOf('lanes-expired');
    const ids = await fill(config, 6);
    const admin = await adminOf();
    const groupId = `${config.topic_prefix}.lane.siem`;
    const topic = `${config.topic_prefix}.entries`;
    const one = deliverer(config);
    const journal = journalIn(await one.next(NEVER));
    const given = await read(journal, ids.length);
    await journal.extend(0);
    await journal.save(cursorOf(given, (at) => at < 20));
    await one.close();

    // As after seven days without a member.
    await admin.deleteGroups([groupId]);
    const logged: string[] = [];
    const two = deliverer(config, logged);
    const rest = await read(journalIn(await two.next(NEVER)), ids.length - 20);
    expect(idsOf(rest)).toEqual(idsOf(given.slice(20)));
    expect(rest.every(({ replay }) => replay)).toBe(true);
    expect(logged.filter((code) => code === 'CURSOR_RESTORED')).toHaveLength(PARTITIONS);
    await two.close();

    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '1' }] });
    const three = deliverer(config);
    expect((await three.next(NEVER)).lane).toMatchObject({ kind: 'refused', error: { code: 'CURSOR_FOREIGN' } });
    await three.close();
    await admin.deleteGroups([groupId]);

    const ends = await admin.fetchTopicOffsets(topic);
    const last = ends.map(({ partition, high }) => ({ partition, offset: String(Number(high) - 2) }));
    await admin.deleteTopicRecords({ topic, partitions: last });
    const sharing = new LaneSharing({ config, runtime: testRuntime(), times: TIMES });
    onTestFinished(() => sharing.close());
    sharing.configure([{ name: 'siem', startFrom: 'beginning' }]);
    const share = await sharing.lane('siem', NEVER);
    expect(sharing.stats()).toEqual({});
    expect([share.way, share.refused]).toEqual([undefined, expect.objectContaining({ code: 'ENTRIES_GONE' })]);
  });
});

describe('what every lane has passed', () => {
  test('leaves when it is old or the journal is full, and never what one of them has not passed or begun', async () => {
    const config = await journalOf('lanes-passed');
    const ids = await fill(config, 6);
    const all = [0, 1, 2];
    const keeperOf = (lanes: readonly string[], retentionMs: number, max_bytes = config.max_bytes): Keeper => {
      const made = new Keeper({ config: { ...config, max_bytes }, lanes, retentionMs, runtime: testRuntime() });
      onTestFinished(() => made.close());
      return made;
    };
    const keeper = keeperOf(['siem'], 0);
    const before = await keeper.measure();
    expect(before).toEqual({ bytes: before.stored, because: 'siem', stored: before.stored });
    // Not begun.
    expect(await keeper.sweep(all, NEVER)).toBe(0);
    const one = deliverer(config);
    const journal = journalIn(await one.next(NEVER));
    const given = await read(journal, ids.length);
    expect(await keeper.sweep(all, NEVER)).toBe(0);
    await journal.extend(0);
    await journal.save(cursorOf(given, (at) => at < 24));
    const law = { journaled: ids.length, acked: 24, deadLettered: 0, excluded: {}, held: ids.length - 24 };
    expect(one.standing()?.law).toEqual(law);
    expect(await keeper.standing('siem')).toEqual({ behindEntries: ids.length - 24, law });
    await one.close();
    const behind = await keeper.measure();
    expect(behind.bytes).toBeGreaterThan(0);
    expect(behind.bytes).toBeLessThan(before.bytes);
    // Another lane has not begun; it is young; it is full.
    expect(await keeperOf(['siem', 'lake'], 0).sweep(all, NEVER)).toBe(0);
    expect(await keeperOf(['siem'], 3_600_000).sweep(all, NEVER)).toBe(0);
    expect(await keeperOf(['siem'], 3_600_000, 1).sweep(all, NEVER)).toBeGreaterThan(0);
    const after = await keeper.measure();
    expect([after.bytes, after.stored < before.stored]).toEqual([behind.bytes, true]);
    // The lane goes on as if nothing had happened.
    const rest = await read(journalIn(await deliverer(config).next(NEVER)), ids.length - 24);
    expect(idsOf(rest)).toEqual(idsOf(given.slice(24)));
  });
});
