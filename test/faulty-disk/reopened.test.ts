/** A journal that is opened anew under an agent whose configuration has changed since its start: what is in force stays in force. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { needed } from '../services/needed.ts';
import { faultyDiskLibrary } from './faulty-disk.ts';
import { DiskWorld } from './world.ts';

const library = needed({ name: 'gcc', get: faultyDiskLibrary });

let world: DiskWorld;
beforeAll(async () => {
  world = await DiskWorld.make({ library: library() });
});
afterAll(() => world.remove());

test('goes on with the sink that was added, though the file was spoilt after that', async () => {
  const agent = world.begin();
  await world.readiness(200);
  world.writeConfiguration(world.withSink('added'));
  await agent.seen(/CONFIG_APPLIED/);
  world.writeConfiguration('sources: {');
  await agent.seen(/CONFIG_REFUSED/);
  world.disk.refuse({ error: 'EIO', calls: ['meta'], under: world.journal });
  world.happen();
  await world.readiness(503);
  world.disk.heal();
  await agent.seen(/STARTED.*STARTED/s);
  // The status of the second start: a sink that it lacked would be given nothing, and its events could leave the journal.
  expect(JSON.parse((await world.get('/status'))?.text ?? '{}')).toHaveProperty('lanes.added');
  expect(await world.end()).toMatchObject({ code: 0 });
});
