/** Answers that have no room for all partitions, and answers that come twice: no record is passed by, and each has its turn. */
import { expect, test } from 'vitest';
import type { Client } from '../client/client.ts';
import type { FetchedMessage, FetchedPartition } from '../client/protocol.ts';
import { entriesRecord, NOTHING } from '../record/entries-record.ts';
import { LogReader } from './log-reader.ts';

const LEADER = 7;
const PARTITIONS = [0, 1, 2, 3, 4, 5];
const RECORDS = 6;

interface Asked {
  readonly topics: readonly {
    readonly partitions: readonly { readonly partition: number; readonly fetchOffset: string }[];
  }[];
}

/** A log of one entry a record. */
const log: readonly FetchedMessage[] = Array.from({ length: RECORDS }).reduce<{
  totals: typeof NOTHING;
  messages: FetchedMessage[];
}>(
  ({ totals, messages }, _, offset) => {
    const made = entriesRecord({ source: 'acme', count: 1, receivedMs: 0, chunk: Buffer.from('chunk') }, totals);
    const { key, value, headers: texts = {} } = made.record;
    const headers = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)]));
    const batchContext = { producerId: '1', inTransaction: true };
    const message = { offset: String(offset), key, value, headers, isControlRecord: false, batchContext };
    return { totals: made.totals, messages: [...messages, message] };
  },
  { totals: NOTHING, messages: [] },
).messages;

/** A leader of all partitions whose answers have room for one record of each of the first `room` that have any. */
function clientWith(room: number, twice = false): { readonly client: Client; readonly asked: number[][] } {
  const asked: number[][] = [];
  const fetch = async ({ topics }: Asked) => {
    let left = room;
    const partitions = topics.flatMap((topic) => topic.partitions);
    asked.push(partitions.map(({ partition }) => partition));
    const answers = partitions.map(({ partition, fetchOffset }): FetchedPartition => {
      const message = log[Number(fetchOffset)];
      const messages = message === undefined || left === 0 ? [] : [message];
      left -= messages.length;
      return { partition, messages, highWatermark: String(RECORDS), lastStableOffset: String(RECORDS) };
    });
    return { responses: [{ partitions: twice ? [...answers, ...answers] : answers }] };
  };
  const client = {
    leaders: async () => new Map(PARTITIONS.map((partition) => [partition, LEADER])),
    ofBroker: async (_leader: number, ask: (broker: unknown) => unknown) => ask({ fetch }),
  };
  // What a reader asks of a client.
  return { client: client as unknown as Client, asked };
}

async function readAll(client: Client): Promise<ReadonlyMap<number, readonly number[]>> {
  const runtime = {
    now: () => 0,
    elapsedMs: () => 0,
    random: () => 0,
    sleep: async () => undefined,
    log: () => undefined,
  };
  const from = new Map(PARTITIONS.map((partition) => [partition, 0n]));
  const reader = new LogReader({ client, topic: 'entries', from, runtime, lane: 'siem' });
  const read = new Map<number, number[]>(PARTITIONS.map((partition) => [partition, []]));
  for (let rounds = 0; rounds < 100; rounds += 1) {
    await reader.fill();
    await new Promise((resolve) => setImmediate(resolve));
    for (let taken = reader.take(); taken !== undefined; taken = reader.take()) {
      read.get(taken.partition)?.push(taken.record.first);
    }
  }
  reader.end();
  return read;
}

const ALL = Array.from({ length: RECORDS }, (_, index) => index + 1);

test.each([1, 2, 4, 6])(
  'answers with room for %i partitions: every record of all of them is read once',
  async (room) => {
    const { client } = clientWith(room);
    expect(await readAll(client)).toEqual(new Map(PARTITIONS.map((partition) => [partition, ALL])));
  },
);

test('a partition that the last answer had no room for is asked first', async () => {
  const { client, asked } = clientWith(2);
  await readAll(client);
  expect(asked.slice(0, 3).map((partitions) => partitions.slice(0, 2))).toEqual([
    [0, 1],
    [2, 3],
    [4, 5],
  ]);
});

test('an answer that comes twice is taken once', async () => {
  const { client } = clientWith(6, true);
  expect(await readAll(client)).toEqual(new Map(PARTITIONS.map((partition) => [partition, ALL])));
});

test('a partition that nobody leads is said once it lasts, however the others answer, and that it is over', async () => {
  const { client } = clientWith(6);
  const said: string[] = [];
  const runtime = {
    now: () => 5,
    elapsedMs: () => 0,
    random: () => 0,
    sleep: async () => undefined,
    log: (_level: string, code: string, message: string) => void said.push(`${code} ${message}`),
  };
  let leaderOfLast = -1;
  const leaders = async () => new Map(PARTITIONS.map((one) => [one, one === 5 ? leaderOfLast : LEADER]));
  const from = new Map(PARTITIONS.map((partition) => [partition, 0n]));
  const moving = Object.assign(client, { leaders });
  const reader = new LogReader({ client: moving, topic: 'entries', from, runtime, lane: 'siem' });
  const round = async (): Promise<void> => {
    await reader.fill();
    await new Promise((resolve) => setImmediate(resolve));
  };
  await round();
  expect([said, reader.unreadable]).toEqual([[], undefined]);
  await round();
  await round();
  expect(said).toEqual([expect.stringMatching(/^JOURNAL_PEER the lane siem .*no broker leads/)]);
  expect(reader.unreadable).toMatchObject({ code: 'JOURNAL_PEER', sinceMs: 5 });
  leaderOfLast = LEADER;
  await round();
  expect([said.length, reader.unreadable]).toEqual([2, undefined]);
  expect(said[1]).toContain('JOURNAL_PEER_BACK');
  reader.end();
});
