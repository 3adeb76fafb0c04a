/** A broker is killed and comes back under a lane: what was not saved is, and nothing is missing. */
import { Deliverer, setUpTopics } from '@audit-relay/journal-kafka';
import { expect, onTestFinished, test } from 'vitest';
import { useBroker } from '../broker.ts';
import { configOf, NEVER, testRuntime } from './collect.ts';
import { fill } from './filling.ts';
import { cursorOf } from './settling.ts';

const broker = useBroker({ version: '4.4.0', isKilled: true });

test('a lane whose broker was away for a while reads on, and its cursor is saved', async () => {
  const config = { ...configOf(broker().addresses.plain, 'lane-broker'), partitions: 3 };
  await setUpTopics(config, testRuntime());
  const ids = [...(await fill(config, 3))];
  const times = { sessionMs: 30_000, rebalanceMs: 30_000 };
  const deliverer = new Deliverer({ config, name: 'siem', begin: 'beginning', runtime: testRuntime(), times });
  onTestFinished(() => deliverer.close());
  const { lane } = await deliverer.next(NEVER);
  if (lane.kind !== 'ready') throw new Error(lane.kind);
  const { journal } = lane;
  const given = [...(await journal.read(1 << 20, NEVER))];
  while (given.length < ids.length) given.push(...(await journal.read(1 << 20, NEVER)));
  await broker().kill();
  const cursor = cursorOf(given, () => true);
  await expect(journal.save(cursor)).rejects.toThrow();
  const reading = journal.read(1 << 20, NEVER);
  await broker().restart();
  // As the core does it: again until it is saved.
  const saved = async (): Promise<string> => journal.save(cursor).then(() => 'saved', String);
  await expect.poll(saved, { timeout: 60_000, interval: 200 }).toBe('saved');
  ids.push(...(await fill(config, 3, 3)));
  given.push(...(await reading));
  while (given.length < ids.length) given.push(...(await journal.read(1 << 20, NEVER)));
  expect(given.map(({ entry }) => entry.id).sort()).toEqual(ids.sort());
  await journal.extend(0);
  await journal.save(cursorOf(given, () => true));
  expect(deliverer.standing).toMatchObject({ behindEntries: 0, law: { acked: ids.length, held: 0 } });
});
