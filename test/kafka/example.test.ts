/** The example of `config/` into Kafka, run as it stands against a real broker. */
import { expect, test } from 'vitest';
import { deliver, sorted, withExample } from '../agent/example.ts';
import { copiesById, useBroker } from './broker.ts';

const TOPIC = 'openai.audit.examples';
const broker = useBroker({ version: '4.4.0' });

test('kafka.yaml: everything is in the topic', async () => {
  await withExample('kafka.yaml', async (example) => {
    const { addresses, observer } = broker();
    await observer.createTopic(TOPIC);
    await deliver(example, { KAFKA_BROKER: addresses.plain, KAFKA_TOPIC: TOPIC });
    const records = await observer.records(TOPIC, { isBrief: true });
    expect(sorted([...copiesById(records).keys()])).toEqual(example.ids());
  });
});
