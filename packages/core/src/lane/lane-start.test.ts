/** A lane that starts at a time: what happened before is left out and counted, whenever it is read. */
import { expect, test } from 'vitest';
import { laneBegin } from './begin.ts';
import { laneConfigSchema } from './config.ts';
import { acked, entry, LaneWorld } from './lane.test.world.ts';

const at = (id: string, timeMs: number): ReturnType<typeof entry> => ({ ...entry(id), timeMs });

test('it sends what happened from then on, counts the rest as excluded, and replays of its own sent either', async () => {
  const world = new LaneWorld({ fromMs: 1_000 });
  world.journal.append([at('before', 999), at('then', 1_000), at('late', 5)]);
  world.start();
  await world.idle();
  world.journal.append([at('later', 2_000), at('found late', 10)]);
  await world.idle();
  expect(world.ids().flat()).toEqual(['then', 'later']);
  expect(world.lane.status()).toMatchObject({ acked: 2, excluded: 0, excludedByRule: { start_from: 3 } });
  expect(world.journal.saved.at(-1)?.counts).toEqual({ acked: 2, 'excluded.start_from': 3 });
  // Who asks for a time by name means it.
  world.script = () => acked;
  const order = world.replays.begin(world.journal.entries.slice(0, 1));
  await world.time.until(() => order.isOver);
  expect(order.counts).toEqual({ acked: 1 });
});

const NOW = Date.UTC(2026, 2, 10);
test.each<[from: unknown, begin: unknown]>([
  [undefined, 'beginning'],
  ['now', 'now'],
  ['2026-03-01', { fromMs: Date.UTC(2026, 2, 1) }],
  ['2026-03-01T01:00:00+01:00', { fromMs: Date.UTC(2026, 2, 1) }],
  ['2d', { fromMs: Date.UTC(2026, 2, 8) }],
])('start_from: %s', (from, begin) => {
  const lane = laneConfigSchema.parse({ type: 'x', ...(from === undefined ? {} : { start_from: from }) });
  expect(laneBegin('siem', lane, NOW)).toEqual(begin);
});

test('a time that is none is refused by the schema, one that lies ahead at the start', () => {
  expect(laneConfigSchema.safeParse({ type: 'x', start_from: 'noon' }).error?.issues[0]?.message).toMatch(
    /^expected beginning, now, a time such as/,
  );
  const lane = laneConfigSchema.parse({ type: 'x', start_from: '2026-03-12' });
  expect(() => laneBegin('siem', lane, NOW)).toThrow('start_from of sink siem lies in the future');
});
