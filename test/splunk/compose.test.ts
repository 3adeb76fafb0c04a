/**
 * The profile `splunk` of `docker-compose.yml`: its relay before a collector that nobody here wrote and the simulator with
 * its own command. That collector is not Splunk, which the configuration is told here, and nothing else.
 */
import { expect, test } from 'vitest';
import { composeRelay, composeSimulator } from '../deploy/compose-world.ts';
import { needed } from '../services/needed.ts';
import { startVictoriaLogs } from '../services/victorialogs/victorialogs.ts';

const victoriaLogs = needed({
  name: 'VictoriaLogs',
  get: startVictoriaLogs,
  giveBack: (server) => server.stop(),
});

test('every event is in the collector', async () => {
  const { url, query } = victoriaLogs();
  const simulator = await composeSimulator('simulator-splunk');
  const places = { 'http://127.0.0.1:8088': url, 'index: main': 'index: main\n    receiver: other' };
  const relay = await composeRelay('relay-splunk', simulator.address, places);

  const shown = await simulator.ids();
  expect(shown.length).toBeGreaterThanOrEqual(2_000);
  relay.run();
  await expect.poll(() => relay.health(), { timeout: 60_000 }).toBe(0);
  const missing = async (): Promise<readonly string[]> => {
    const rows = await query('* | uniq by (event.event.id)');
    const held = new Set(rows.map((row) => row['event.event.id']));
    return shown.filter((id) => !held.has(id));
  };
  await expect.poll(missing, { timeout: 120_000, interval: 1_000 }).toEqual([]);
});
