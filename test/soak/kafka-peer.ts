/** A real broker as a recording peer: a gate before it makes its troubles, and a consumer behind it takes the ids down. */
import { Kafka, logLevel } from 'kafkajs';
import { type KafkaGate, startGate } from '../kafka/gate.ts';
import { startKafka } from '../services/kafka/start.ts';
import { Held } from './held.ts';
import type { Peer } from './http-peer.ts';
import type { Trouble } from './schedule.ts';

export const TOPIC = 'openai.audit';
const ID_HEADER = 'openai-event-id';

/** @throws Error where no broker can be had. */
export async function startKafkaPeer(): Promise<Peer> {
  // Of its own, as nobody else may stand at its gate; and what is read may go.
  const broker = await startKafka({ version: '4.4.0', settings: { 'log.retention.bytes': 268_435_456 } });
  const held = new Held();
  const client = new Kafka({
    clientId: 'soak',
    brokers: [broker.addresses.plain],
    logLevel: logLevel.NOTHING,
    retry: { retries: 20 },
  });
  const admin = client.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [{ topic: TOPIC, numPartitions: 3, replicationFactor: 1 }],
    waitForLeaders: true,
  });
  await admin.disconnect();
  const consumer = client.consumer({ groupId: 'soak' });
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void held.take(String(message.headers?.[ID_HEADER])) });
  let gate: KafkaGate | undefined = await startGate(broker.addresses);

  /** What cannot be said in Kafka's words at the gate is a broker that is not there, or that answers nothing. */
  const turn = async (trouble: Trouble | undefined): Promise<void> => {
    if (trouble === 'refuse' || trouble === 'error') {
      await gate?.close();
      gate = undefined;
      return;
    }
    gate ??= await startGate(broker.addresses);
    gate.open();
    // What resolves at the first answer is not waited for: there may be none.
    if (trouble === 'lose') void gate.onProduced(() => undefined);
    if (trouble === 'hang' || trouble === 'slow') void gate.hold();
    if (trouble === 'cut' || trouble === undefined) await gate.hangUp();
  };
  return {
    held,
    address: broker.addresses.gate,
    turn,
    close: async () => {
      await consumer.disconnect();
      await gate?.close();
      await broker.stop();
    },
  };
}
