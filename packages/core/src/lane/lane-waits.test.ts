/** How a lane waits and makes batches, against a scripted sink. */
import type { SendResult } from '@audit-relay/sink';
import { describe, expect, test } from 'vitest';
import { acked, blocked, entry, inTurn, LaneWorld, refused, type Script } from './lane.test.world.ts';

describe('waiting', () => {
  test.each([
    { asked: 7_000, waited: 7_000 },
    { asked: 86_400_000, waited: 15 * 60_000 },
    { asked: 0, waited: 500 },
    { asked: Number.NaN, waited: 500 },
  ])('a peer that asks for $asked ms is sent to after $waited ms', async ({ asked, waited }) => {
    const world = new LaneWorld({ events: 1, script: inTurn({ ...refused, retryAfterMs: asked }) }).start();
    await world.idle();
    const [first, second] = world.sent;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBe(waited);
  });

  test('of several waits that a partial answer asks for the longest holds', async () => {
    const failures = [2_000, 9_000, 4_000].map((retryAfterMs, index) => ({
      index,
      failure: { ...refused, retryAfterMs },
    }));
    const world = new LaneWorld({ events: 4, script: inTurn({ kind: 'partial', acked: 1, failures }) }).start();
    await world.idle();
    expect(world.sent.map(({ ids, atMs }) => [ids.length, atMs - world.sent[0]!.atMs])).toEqual([
      [4, 0],
      [3, 9_000],
    ]);
  });

  test('of two halves only the first waits', async () => {
    const asked = { ...refused, retryAfterMs: 10_000 };
    const world = new LaneWorld({ events: 4, script: inTurn(asked, asked, asked) }).start();
    await world.idle();
    expect(world.sent.map(({ atMs }) => atMs - world.sent[0]!.atMs)).toEqual([0, 10_000, 20_000, 30_000, 30_000]);
  });

  test('one batch that fails again and again does not hold up another', async () => {
    const script: Script = ({ envelopes }) => (envelopes[0]?.id === 'e0' ? refused : acked);
    const world = new LaneWorld({ events: 1, config: { batch: { max_age: 0 } }, script }).start();
    await world.time.until(() => world.sent.length === 8);
    const before = world.time.elapsedMs;
    world.journal.append([entry('f0')]);
    await world.time.runTasks();
    await world.time.until(() => world.lane.status().acked === 1);
    expect(world.time.elapsedMs).toBe(before);
  });

  test('what is blocked and then taken leaves the lane retrying while another event fails', async () => {
    const answers: Record<string, SendResult[]> = { e0: [{ ...refused, retryAfterMs: 600_000 }], e1: [blocked] };
    const script: Script = ({ envelopes }) => answers[envelopes[0]?.id ?? '']?.shift() ?? acked;
    const world = new LaneWorld({ events: 2, config: { batch: { max_events: 1, max_age: 0 } }, script }).start();
    await world.time.until(() => world.lane.status().acked === 1);
    expect(world.lane.status()).toMatchObject({ health: 'retrying', parked: 1 });
    await world.idle();
    expect(world.lane.status().health).toBe('ok');
    expect(world.lane.status()).not.toHaveProperty('problem');
  });

  test('a batch that waits keeps its slot, so that order holds with one', async () => {
    const world = new LaneWorld({ events: 20, script: inTurn(refused, refused) }).start();
    await world.idle();
    expect(world.ids().map(([first]) => first)).toEqual(['e0', 'e0', 'e0', 'e10']);
  });

  test('a single event that waits is parked, and the lane goes on', async () => {
    const config = { batch: { max_events: 1, max_age: 0 } };
    const world = new LaneWorld({ events: 3, config, script: inTurn(refused) }).start();
    await world.idle();
    expect(world.ids().flat()).toEqual(['e0', 'e1', 'e2', 'e0']);
  });

  test('at most 1,000 are parked, then the lane waits', async () => {
    const config = { batch: { max_events: 1, max_age: 0 } };
    let mended = false;
    // Every other event is taken, or the breaker would hold the rest back.
    const script: Script = ({ envelopes }) =>
      mended || Number(envelopes[0]?.id.slice(1)) % 2 === 1 ? acked : { ...refused, retryAfterMs: 600_000 };
    const world = new LaneWorld({ events: 2_400, config, script }).start();
    await world.time.until(() => world.lane.status().parked === 1_000);
    await world.time.runTasks();
    expect(world.sent).toHaveLength(2_001);
    mended = true;
    await world.idle();
    expect(world.lane.status().acked).toBe(2_400);
  });

  test('blocked: probes after 5 s, doubling to a minute, with up to a quarter of jitter', async () => {
    const world = new LaneWorld({
      events: 1,
      random: () => 0,
      script: inTurn(...Array.from({ length: 6 }, () => blocked)),
    }).start();
    await world.idle();
    const gaps = world.sent.slice(1).map(({ atMs }, index) => atMs - (world.sent[index]?.atMs ?? 0));
    expect(gaps).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    expect(world.letters).toEqual([]);
    expect(world.refused).toBe(6);
    expect(world.logged.filter((code) => code.startsWith('SINK_'))).toEqual(['SINK_BLOCKED', 'SINK_RECOVERED']);
  });

  test('blocked: one batch probes, and all go on when it is taken', async () => {
    let open = 0;
    let most = 0;
    const script: Script = async (_batch, _call, index) => {
      open += 1;
      most = index < 3 ? 0 : Math.max(most, open);
      await Promise.resolve();
      open -= 1;
      return index < 6 ? blocked : acked;
    };
    const world = new LaneWorld({ events: 50, random: () => 0, limits: { maxInFlight: 3 }, script }).start();
    await world.time.until(() => world.sent.length === 6);
    // Three were under way when it was blocked; that is one reason to wait, and not three.
    expect(world.sent.slice(3).map(({ atMs }) => atMs - world.sent[0]!.atMs)).toEqual([5_000, 15_000, 35_000]);
    expect(most).toBe(1);
    await world.idle();
    expect(world.lane.status().acked).toBe(50);
  });

  test('a peer that is down is probed by one send at a time', async () => {
    let down = true;
    const world = new LaneWorld({
      events: 60,
      limits: { maxInFlight: 6 },
      random: () => 1,
      script: () => (down ? refused : acked),
    }).start();
    await world.time.until(() => world.sent.length === 20);
    const probes = world.sent.slice(12).map(({ atMs }) => atMs);
    expect(new Set(probes).size).toBe(probes.length);
    down = false;
    await world.idle();
    expect(world.lane.status()).toMatchObject({ acked: 60, health: 'ok' });
  });
});

describe('batches', () => {
  test('are cut by count, bytes and age, within what the sink takes', async () => {
    const config = { batch: { max_events: 3, max_bytes: 1_000, max_age: 2_000 } };
    const bytesOf = (id: string): number => (id === 'e3' ? 900 : 200);
    const world = new LaneWorld({ events: 6, config, bytesOf }).start();
    await world.idle();
    expect(world.ids()).toEqual([['e0', 'e1', 'e2'], ['e3'], ['e4', 'e5']]);
    expect(world.sent.map(({ bytes }) => bytes)).toEqual([600, 900, 400]);
    expect(world.sent.map(({ atMs }) => atMs - world.sent[0]!.atMs)).toEqual([0, 0, 2_000]);
  });

  test('never exceed the limits, whatever is asked', async () => {
    const config = { batch: { max_events: 1_000, max_bytes: 1e9, max_age: 0 } };
    const world = new LaneWorld({ events: 9, config, limits: { maxEvents: 4, maxBytes: 300 } }).start();
    await world.idle();
    expect(world.ids().map((ids) => ids.length)).toEqual([3, 3, 3]);
  });

  test('an event larger than the sink takes is a dead letter and is never sent', async () => {
    const world = new LaneWorld({ events: 3, bytesOf: (id) => (id === 'e1' ? 2e5 : 10) }).start();
    await world.idle();
    expect(world.ids()).toEqual([['e0', 'e2']]);
    expect(world.letters).toMatchObject([{ kind: 'too_large', attempts: 0, entry: { id: 'e1' } }]);
  });

  test('what `when` excludes is settled and counted; where it fails the event passes', async () => {
    const world = new LaneWorld({
      events: 4,
      when: ({ id }) => (id === 'e1' ? 'exclude' : id === 'e2' ? 'error' : 'pass'),
    }).start();
    await world.idle();
    expect(world.ids()).toEqual([['e0', 'e2', 'e3']]);
    expect(world.lane.status()).toMatchObject({ excluded: 1, filterErrors: 1, acked: 3 });
  });
});
