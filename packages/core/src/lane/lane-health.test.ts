/** What a lane says of its sink: why it is tried again, and what is too small to be said. */
import type { SendResult } from '@audit-relay/sink';
import { describe, expect, test } from 'vitest';
import { acked, blocked, inTurn, LaneWorld, refused, rejected, type Script, tooLarge } from './lane.test.world.ts';

/** The peer takes all but the last `count` of `of` events, which it refuses for now. */
const refusing = (count: number, of: number): SendResult => ({
  kind: 'partial',
  acked: of - count,
  failures: Array.from({ length: count }, (_, index) => ({ index: of - count + index, failure: refused })),
});

describe('what a partial answer says of the sink', () => {
  test.each<{ name: string; failures: SendResult[]; says: string }>([
    { name: 'retryable, after one rejected', failures: [rejected, refused], says: 'tried again: HTTP 503' },
    { name: 'blocked, after one retryable', failures: [refused, blocked], says: 'mended: HTTP 401: give it a key' },
    { name: 'retryable, after one too large', failures: [tooLarge, refused], says: 'tried again: HTTP 503' },
  ])('is the reason that holds events up: $name', async ({ failures, says }) => {
    const at = failures.map((failure, index) => ({ index, failure }));
    // All failures by their type; the list is one of results so that the fixtures fit.
    const answer = { kind: 'partial', acked: 0, failures: at } as SendResult;
    const world = new LaneWorld({ events: 2, script: inTurn(answer) }).start();
    await world.idle();
    expect(world.told.find((text) => /tried again|mended/.test(text))).toContain(says);
  });

  test('is nothing when most of each batch is taken: it is counted, and the lane is well', async () => {
    const seen = new Set<string>();
    const states = new Set<string>();
    const script: Script = ({ envelopes }) => {
      states.add(world.lane.status().health);
      const news = envelopes.filter(({ id }) => !seen.has(id));
      for (const { id } of news) seen.add(id);
      return news.length > 2 ? refusing(2, envelopes.length) : acked;
    };
    const world: LaneWorld = new LaneWorld({ events: 60, script }).start();
    await world.idle();
    expect(world.logged.filter((code) => code.startsWith('SINK_'))).toEqual([]);
    expect([...states]).toEqual(['ok']);
    expect(world.lane.status()).toMatchObject({ acked: 60, health: 'ok', failures: { partial: 6 } });
  });

  test('is said once the same events have failed three times in a row, and when they are taken', async () => {
    const states: string[] = [];
    const answers = [refusing(2, 4), refused, refused];
    const script: Script = (_batch, _call, index) => {
      states.push(world.lane.status().health);
      return answers[index] ?? acked;
    };
    const world: LaneWorld = new LaneWorld({ events: 4, script }).start();
    await world.idle();
    expect(world.logged.filter((code) => code.startsWith('SINK_'))).toEqual(['SINK_RETRYING', 'SINK_RECOVERED']);
    expect(states.slice(0, 4)).toEqual(['ok', 'ok', 'ok', 'retrying']);
  });

  test('is not the end of a whole batch that is failing', async () => {
    const script: Script = ({ envelopes }, _call, index) => {
      if (envelopes[0]?.id === 'e0') return index < 4 ? { ...refused, retryAfterMs: 60_000 } : acked;
      return envelopes.length === 2 ? refusing(1, 2) : acked;
    };
    const config = { batch: { max_events: 2, max_age: 0 } };
    const world = new LaneWorld({ events: 4, config, limits: { maxInFlight: 2 }, script }).start();
    await world.time.until(() => world.lane.status().acked === 2);
    expect(world.lane.status().health).toBe('retrying');
  });
});

test('a whole batch that is refused is said at once', async () => {
  const world = new LaneWorld({ events: 4, script: inTurn(refused) }).start();
  await world.time.until(() => world.sent.length === 1);
  expect(world.lane.status().health).toBe('retrying');
  expect(world.told).toContain('siem: the sink does not take events now and is tried again: HTTP 503');
});

test.each([
  { state: 'retrying', answer: { ...refused, reason: '' } },
  { state: 'blocked', answer: { ...blocked, reason: ' ' } },
])('a sink that gives no reason for being $state is said to', async ({ state, answer }) => {
  const world = new LaneWorld({ events: 1, script: inTurn(answer) }).start();
  await world.time.until(() => world.lane.status().health === state);
  expect(world.lane.status().problem).toBe('the sink gives no reason');
});

test('a lane that is no longer blocked and still fails gives the reason of what fails', async () => {
  const script: Script = ({ envelopes }, _call, index) => {
    if (envelopes[0]?.id === 'e0') return { ...refused, retryAfterMs: 60_000 };
    return index < 2 ? blocked : acked;
  };
  const config = { batch: { max_events: 1, max_age: 0 } };
  const world = new LaneWorld({ events: 2, config, limits: { maxInFlight: 2 }, script }).start();
  await world.time.until(() => world.lane.status().acked === 1);
  expect(world.lane.status()).toMatchObject({ health: 'retrying', problem: refused.reason });
});

test('what the plugin throws while opening is said to be that', async () => {
  let failing = true;
  const open = (): void => {
    if (failing) throw new Error('no such folder: create it');
  };
  const world = new LaneWorld({ events: 1, open }).start();
  await world.time.until(() => world.lane.status().health === 'blocked');
  const said = 'siem: the lane holds its events until this is mended: while opening: no such folder: create it';
  expect(world.told).toContain(said);
  failing = false;
  await world.idle();
});

test('since when a sink is not well is known while it is not, whatever has become of it', async () => {
  const since: (number | undefined)[] = [];
  const script: Script = (_batch, _call, index) => {
    const { health, problemSinceMs } = world.lane.status();
    since.push(health === 'ok' ? problemSinceMs : (problemSinceMs ?? 0));
    return [refused, refused, refused, blocked][index] ?? acked;
  };
  const world: LaneWorld = new LaneWorld({ events: 1, script }).start();
  await world.idle();
  const [before, first, ...others] = since;
  expect(before).toBeUndefined();
  expect(first).toBeGreaterThan(0);
  expect(others).toEqual(others.map(() => first));
  expect(others.length).toBeGreaterThan(1);
  expect(world.lane.status()).not.toHaveProperty('problemSinceMs');
});
