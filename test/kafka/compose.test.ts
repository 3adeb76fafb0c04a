/** The profile `kafka` of `docker-compose.yml`: its topic's set-up and its relay, before a real broker and the simulator with its own command. */
import { expect, test } from 'vitest';
import { composeRelay, composeSimulator } from '../deploy/compose-world.ts';
import { copiesById, useBroker } from './broker.ts';

const TOPIC = 'openai.audit.compose';
const broker = useBroker({ version: '4.4.0' });

test('the topic is made, and every event is in it', async () => {
  const { addresses, observer } = broker();
  const simulator = await composeSimulator('simulator-kafka');
  const places = { 'localhost:9092': addresses.plain, 'topic: openai.audit\n': `topic: ${TOPIC}\n` };
  const relay = await composeRelay('relay-kafka', simulator.address, places);
  expect(await relay.command(['setup'])).toMatchObject({ code: 0 });

  const shown = await simulator.ids();
  expect(shown.length).toBeGreaterThanOrEqual(2_000);
  relay.run();
  await expect.poll(() => relay.health(), { timeout: 60_000 }).toBe(0);
  const missing = async (): Promise<readonly string[]> => {
    const held = copiesById(await observer.records(TOPIC, { isBrief: true }));
    return shown.filter((id) => !held.has(id));
  };
  await expect.poll(missing, { timeout: 120_000, interval: 1_000 }).toEqual([]);
});
