/**
 * One round of the Kafka bench, in a process of its own: sends records by one way and prints one line of JSON. Argument: one
 * JSON object of `KafkaRoundOrder`.
 */
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Batch } from '@audit-relay/sink';
import { kafka } from '@audit-relay/sink-kafka';
import { batchOf, envelopes } from '@audit-relay/sink-testkit';
import { cpuSeconds, memoryMb } from './measure.ts';

export type KafkaWay = 'sink' | 'client';

export interface KafkaRoundOrder {
  readonly way: KafkaWay;
  /** `host:port`. */
  readonly broker: string;
  readonly codec: 'none' | 'gzip';
  readonly sends: number;
  readonly recordBytes: number;
  /** How long to be connected without a send, after them. */
  readonly idleMs: number;
}

export interface KafkaRoundResult {
  readonly perSecond: number;
  readonly perCpuSecond: number;
  readonly p99Ms: number;
  readonly maxRssMb: number;
  /** NaN where no time was idle. */
  readonly idlePercent: number;
}

const BATCH = 1_000;
/** Sends before the clock runs: connections, and the machine code of what is hot. */
const WARM_UP = 5;

/** The part of the bare client that is used; the very one that the sink depends on. */
interface Client {
  producer(options: object): {
    connect(): Promise<void>;
    send(request: object): Promise<unknown>;
    disconnect(): Promise<void>;
  };
  admin(): {
    connect(): Promise<void>;
    createTopics(request: object): Promise<unknown>;
    fetchTopicMetadata(request: object): Promise<unknown>;
    disconnect(): Promise<void>;
  };
}

interface Kafkajs {
  readonly Kafka: new (options: object) => Client;
  readonly CompressionTypes: { readonly None: number; readonly GZIP: number };
}

type Send = (batch: Batch) => Promise<void>;

await main(process.argv[2] ?? '');

async function main(argument: string): Promise<void> {
  // Written by the bench that started this process.
  const order = JSON.parse(argument) as KafkaRoundOrder;
  const kafkajs = createRequire(import.meta.resolve('@audit-relay/sink-kafka'))('kafkajs') as Kafkajs;
  const client = new kafkajs.Kafka({ brokers: [order.broker], logLevel: 0, connectionTimeout: 10_000 });
  const topic = `bench-${order.way}-${process.pid}-${Date.now()}`;
  const admin = client.admin();
  await admin.connect();
  // Made-up events are of the past: by their own time they would leave at once.
  const configEntries = [{ name: 'retention.ms', value: '-1' }];
  const topics = [{ topic, numPartitions: 3, replicationFactor: 1, configEntries }];
  await admin.createTopics({ topics, waitForLeaders: false });
  await untilKnown(() => admin.fetchTopicMetadata({ topics: [topic] }));
  await admin.disconnect();
  const send = order.way === 'sink' ? await bySink(order, topic) : await byClient(client, { order, topic, kafkajs });
  console.log(JSON.stringify(await measure(send, order)));
  process.exit(0);
}

/** Brokers learn of a new topic some time after it was made; on a busy machine that takes seconds. */
async function untilKnown(ask: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await ask();
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await sleep(200);
    }
  }
}

async function measure(send: Send, { sends, recordBytes, idleMs }: KafkaRoundOrder): Promise<KafkaRoundResult> {
  const batches = Array.from({ length: sends + WARM_UP }, (_, turn) =>
    batchOf(envelopes(BATCH, { bytes: recordBytes, id: (index) => `audit_log-${turn}-${index}` })),
  );
  for (const batch of batches.slice(0, WARM_UP)) await send(batch);
  const took: number[] = [];
  const startedMs = performance.now();
  const seconds = await cpuSeconds(async () => {
    for (const batch of batches.slice(WARM_UP)) {
      const beganMs = performance.now();
      await send(batch);
      took.push(performance.now() - beganMs);
    }
  });
  const elapsedSeconds = (performance.now() - startedMs) / 1_000;
  const records = sends * BATCH;
  const sorted = took.toSorted((a, b) => a - b);
  return {
    perSecond: records / elapsedSeconds,
    perCpuSecond: records / seconds,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
    maxRssMb: memoryMb().maxRss,
    idlePercent: idleMs === 0 ? Number.NaN : ((await cpuSeconds(() => sleep(idleMs))) / (idleMs / 1_000)) * 100,
  };
}

async function bySink({ broker, codec }: KafkaRoundOrder, topic: string): Promise<Send> {
  const config = kafka.configSchema.parse({ brokers: [broker], topic, compression: codec });
  const sink = await kafka.open(config, {
    name: 'bench',
    userAgent: 'audit-relay-bench',
    now: Date.now,
    elapsedMs: () => performance.now(),
    proxyFor: () => undefined,
    log: () => undefined,
    count: () => undefined,
  });
  const call = { signal: new AbortController().signal, accepted: () => undefined };
  return async (batch) => {
    const { kind } = await sink.send(batch, call);
    if (kind !== 'acked') throw new Error(`not acked: ${kind}`);
  };
}

/** What somebody would write who knows the client: the same records, its own partitioner, all in one `send`. */
async function byClient(
  client: Client,
  { order, topic, kafkajs }: { readonly order: KafkaRoundOrder; readonly topic: string; readonly kafkajs: Kafkajs },
): Promise<Send> {
  process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1';
  const producer = client.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const { GZIP, None } = kafkajs.CompressionTypes;
  const compression = order.codec === 'gzip' ? GZIP : None;
  return async ({ envelopes: list }) => {
    const messages = list.map(({ id, type, json, timeMs }) => ({
      key: id,
      value: json,
      timestamp: String(timeMs),
      headers: {
        'content-type': 'application/json',
        'openai-event-id': id,
        'openai-event-type': type,
        'schema-version': 'ecs',
      },
    }));
    await producer.send({ topic, acks: -1, compression, messages });
  };
}
