/** Two scans at once: the end of one takes nothing away from the other. */
import { expect, test } from 'vitest';
import { ids, SourceWorld, series, started, T0 } from './__fixtures__/world.ts';

const HOUR = 3600;

test('a sweep that ends first forgets no id that the other pass, which is as long, will still need', async () => {
  const world = new SourceWorld();
  // As long as nothing says which of the clocks is right, both scans begin a day before.
  world.serverAheadMs = 3 * HOUR * 1000;
  world.events = series(500, T0 - 24 * HOUR, 200);
  const config = { backfill_start_time: T0 - 5 * 24 * HOUR, sweep: HOUR * 1000, overlap: 600_000 };
  const source = await started(world, { ...config, requests_per_second: 0.5 });
  await world.pass(2 * HOUR);
  await source.stop();
  expect(ids(world)).toHaveLength(new Set(ids(world)).size);
});
