/**
 * A process with one transactional id on kafkajs alone, told what to do by lines on stdin: `open` (a fresh producer), `send
 * WORD` (begins a transaction, to all partitions), `commit`, `write WORD` (all of it), `spoil WORD` (the same, with a record for
 * partition 1 that no topic takes, and aborts). Answers each with one line of JSON. A
 * process of its own, so that it can be stopped as a machine can. Arguments: broker, topic, transactional id, time-out of transactions.
 */
import { createInterface } from 'node:readline';
import { Kafka, logLevel, Partitioners, type Producer, type Transaction } from 'kafkajs';

const [broker = '', topic = '', transactionalId = '', timeoutMs = '60000'] = process.argv.slice(2);
const PARTITIONS = [0, 1, 2];
const kafka = new Kafka({
  brokers: [broker],
  logLevel: logLevel.NOTHING,
  connectionTimeout: 30_000,
  retry: { retries: 3, initialRetryTime: 50 },
});
let producer: Producer | undefined;
let transaction: Transaction | undefined;

const TOO_LARGE = 'x'.repeat(2 << 20);

async function send(word: string, ofOne = word): Promise<void> {
  transaction = await producer?.transaction();
  const wordFor = (partition: number): string => (partition === 1 ? ofOne : word);
  const messages = PARTITIONS.map((partition) => ({ partition, value: wordFor(partition) }));
  await transaction?.send({ topic, messages });
}

async function open(): Promise<void> {
  const createPartitioner = Partitioners.DefaultPartitioner;
  producer = kafka.producer({
    transactionalId,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: Number(timeoutMs),
    createPartitioner,
    allowAutoTopicCreation: false,
  });
  await producer.connect();
}

const ORDERS: Readonly<Record<string, (word: string) => Promise<void>>> = {
  open,
  send,
  commit: async () => transaction?.commit(),
  spoil: async (word) => {
    try {
      await send(word, TOO_LARGE);
    } finally {
      await transaction?.abort();
    }
  },
  write: async (word) => {
    await send(word);
    await transaction?.commit();
  },
};

for await (const line of createInterface(process.stdin)) {
  const [order = '', word = ''] = line.split(' ');
  try {
    await ORDERS[order]?.(word);
    console.log('{}');
  } catch (error) {
    const { type, code, cause } = Object(error);
    console.log(JSON.stringify({ code: code ?? cause?.code, type: type ?? cause?.type ?? String(error) }));
  }
}
process.exit(0);
