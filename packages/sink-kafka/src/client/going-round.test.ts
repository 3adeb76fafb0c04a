/** Why the sink goes round the client's producer: a loss that no use of it avoids, and the same at our own. */
import { createRequire } from 'node:module';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { yamlFor } from '../__fixtures__/world.ts';
import { kafkaConfigSchema } from '../config.ts';
import { Cluster } from '../emulator/cluster.ts';
import { KafkajsProducer } from './kafkajs.ts';

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

/** The bare client's queue sets a timer of a negative time whenever nothing waits in it, of which newer Nodes warn. */
const { prototype: queue } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
  readonly prototype: RequestQueue;
};
const { scheduleCheckPendingRequests } = queue;
beforeAll(() => {
  queue.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) scheduleCheckPendingRequests.call(this);
  };
});
afterAll(() => {
  Object.assign(queue, { scheduleCheckPendingRequests });
});

/** Two leaders; the second says that it is none, and the first leads both partitions from then on. */
async function leaderMovesOnce(): Promise<Cluster> {
  const cluster = await Cluster.start({ partitions: 2, nodes: 2 });
  onTestFinished(() => cluster.stop());
  cluster.act = ({ node }) => {
    if (node === 0) return {};
    cluster.leaders[1] = 0;
    return { codes: { 1: 6 } };
  };
  return cluster;
}

const values = ({ held }: Cluster): readonly string[] => held.map(({ value }) => value);

test('kafkajs’s producer tries again, asks no broker that has answered, and resolves without the records that moved there', async () => {
  const cluster = await leaderMovesOnce();
  const client = new kafkajs.Kafka({
    brokers: [...cluster.addresses],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { initialRetryTime: 1 },
  });
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const messages = [
    { partition: 0, value: 'stays' },
    { partition: 1, value: 'moves' },
  ];
  const answer = await producer.send({ topic: cluster.topic, acks: -1, messages });
  await producer.disconnect();
  expect(answer.map(({ partition, errorCode }) => [partition, errorCode])).toEqual([[0, 0]]);
  expect(values(cluster)).toEqual(['stays']);
});

test('ours says of each partition what became of it', async () => {
  const cluster = await leaderMovesOnce();
  const config = kafkaConfigSchema.parse(yamlFor(cluster));
  const producer = new KafkajsProducer({ config, brokers: cluster.addresses, log: { log: () => undefined } });
  await producer.connect();
  const record = (value: string) => [{ key: null, value: Buffer.from(value), timestamp: '0', headers: {} }];
  const parts = new Map([
    [0, record('stays')],
    [1, record('moves')],
  ]);
  const { outcomes } = await producer.produce(parts);
  await producer.close();
  const codes = [...outcomes].map(([partition, outcome]) => [
    partition,
    outcome.kind === 'answer' ? outcome.code : outcome,
  ]);
  expect(Object.fromEntries(codes)).toEqual({ 0: 0, 1: 6 });
  expect(values(cluster)).toEqual(['stays']);
});
