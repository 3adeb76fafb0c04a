/**
 * Nothing is lost, nothing is doubled, and the checkpoint is never ahead: simulated organizations whose relay is
 * killed and restarted under every fault the simulator knows. A few seeds here; thousands with `npm run invariants`.
 */
import { describe, expect, test } from 'vitest';
import type { Client, Reply } from './core.ts';
import { type Outcome, simulate } from './simulation.ts';
import type { Story } from './story.ts';
import { DAY, HOUR, T0 } from './virtual-time.ts';
import type { World } from './world.ts';

const SEEDS = Array.from({ length: 16 }, (_, index) => index + 1);

test.each(SEEDS)('seed %i: every event within the promise is journaled once', async (seed) => {
  const { complaints } = await simulate({ seed });
  expect(complaints, `again: npm run invariants -- --seeds 1 --from ${seed}`).toEqual([]);
});

test('a seed gives the same run each time', async () => {
  const [first, second] = [await simulate({ seed: 3 }), await simulate({ seed: 3 })];
  expect(second).toEqual(first);
});

/** A quiet organization whose relay is neither killed nor in trouble; some events come an hour and more late. */
const lateEvents: readonly number[] = [0, 1, 2, 3, 4].map((hour) => T0 + hour * HOUR);
function quiet(story: Story): Story {
  return {
    ...story,
    activeS: 8 * HOUR,
    sweepS: DAY,
    overlapS: 600,
    history: [],
    server: {},
    isMortal: false,
    troubles: [],
    hostClock: [],
    naps: [],
    starts: [],
    feedsLeftOut: 0,
    happenings: lateEvents.map((atS) => ({
      atS,
      events: [
        { record: { id: `on-time-${atS}`, type: 'project.created', effective_at: atS }, late_by_s: 0.001 },
        { record: { id: `late-${atS}`, type: 'project.created', effective_at: atS }, late_by_s: 1.5 * HOUR },
      ],
    })),
  };
}

describe('the check finds out', () => {
  const live = (wrap?: (client: Client, world: World) => Client): Promise<Outcome> =>
    simulate({ seed: 1, change: quiet, ...(wrap === undefined ? {} : { wrap }) });

  test('nothing about the source as it is', async () => {
    expect(await live()).toMatchObject({ demanded: 10, complaints: [] });
  });

  test('a source that asks for nothing', async () => {
    const { lost, complaints } = await live((client, world) => ({ ...client, get: async () => emptyPage(world) }));
    expect(lost).toHaveLength(10);
    expect(complaints).not.toEqual([]);
  });

  test('a source without the sweep', async () => {
    const { lost } = await live(withoutSweep);
    expect(lost).toEqual(lateEvents.map((atS) => `late-${atS}`));
  });
});

/** A window that begins further back than the overlap band ever does is the sweep's: it is never asked for. */
function withoutSweep(client: Client, world: World): Client {
  return {
    ...client,
    get: async (path, signal) => {
      const from = Number(new URL(path, 'http://localhost/').searchParams.get('effective_at[gte]'));
      const isSweep = from < world.time.nowMs / 1000 - world.story.overlapS - 15 * 60;
      return isSweep ? emptyPage(world) : client.get(path, signal);
    },
  };
}

/** The answer of an API in which nothing has happened. */
function emptyPage({ time }: World): Reply {
  const headers: Readonly<Record<string, string>> = { date: new Date(time.nowMs).toUTCString() };
  const body = new TextEncoder().encode('{"object":"list","data":[],"has_more":false}');
  return { kind: 'response', status: 200, body, header: (name) => headers[name] };
}
