/**
 * A process that is one member of a group, told what to do by lines on stdin: `next` (gives up what it has and waits for what it is given),
 * `commit PARTITION OFFSET` in the name of the last assignment, `old PARTITION OFFSET` of the one before, `revoked` (waits
 * until it is), `close`. Arguments: broker, topic, partitions, group, session in milliseconds.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { type GroupAssignment, GroupMember, kafkaJournalConfigSchema } from '@audit-relay/journal-kafka';
import { Connection } from '@audit-relay/sink-kafka/connection';

const [broker = '', topic = '', partitions = '', groupId = '', session = ''] = process.argv.slice(2);
const config = kafkaJournalConfigSchema.parse({ brokers: [broker] });
const connection = new Connection({ config, brokers: config.brokers, log: { log: () => undefined } });
const sessionMs = Number(session);
const member = new GroupMember({
  connection,
  groupId,
  topic,
  partitions: Number(partitions),
  sessionMs,
  rebalanceMs: 20_000,
  heartbeatMs: sessionMs / 12,
  runtime: {
    now: Date.now,
    elapsedMs: () => performance.now(),
    sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
    random: Math.random,
    log: () => undefined,
  },
});
let last: GroupAssignment | undefined;
let before: GroupAssignment | undefined;

const ORDERS: Readonly<Record<string, (partition: number, offset: bigint) => Promise<object>>> = {
  next: async () => {
    before = last;
    last = await member.next(new AbortController().signal);
    return { generation: last.generation, partitions: last.partitions };
  },
  revoked: async () => {
    if (last !== undefined && !last.revoked.aborted) await once(last.revoked, 'abort');
    return { code: last?.revoked.reason.code };
  },
  commit: async (partition, offset) => {
    await last?.commit([{ partition, offset, metadata: `member ${process.pid}` }]);
    return {};
  },
  old: async (partition, offset) => {
    await before?.commit([{ partition, offset, metadata: '' }]);
    return {};
  },
  close: async () => {
    await member.close();
    return {};
  },
};

for await (const line of createInterface(process.stdin)) {
  const [order = '', partition = '0', offset = '0'] = line.split(' ');
  try {
    console.log(JSON.stringify(await ORDERS[order]?.(Number(partition), BigInt(offset))));
  } catch (error) {
    console.log(JSON.stringify({ code: Object(error).code ?? String(error) }));
  }
}
process.exit(0);
