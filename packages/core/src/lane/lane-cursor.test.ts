/** The cursor and its reach, confirmations that come late, a changed secret and the drain, against a scripted sink. */
import { describe, expect, test } from 'vitest';
import { RelayError } from '../errors.ts';
import {
  acked,
  blocked,
  entry,
  hangs,
  LaneWorld,
  never,
  refused,
  rejected,
  type Script,
  unanswered,
} from './lane.test.world.ts';

describe('the cursor', () => {
  test('the reach is on disk before the first send past it', async () => {
    const reach: number[] = [];
    const world: LaneWorld = new LaneWorld({
      events: 25_000,
      limits: { maxEvents: 1_000 },
      script: ({ envelopes }) => {
        reach.push(world.journal.reach - Number(envelopes.at(-1)?.id.slice(1)));
        return acked;
      },
    }).start();
    await world.idle();
    expect(Math.min(...reach)).toBeGreaterThanOrEqual(0);
    expect(world.journal.extended.length).toBeLessThanOrEqual(4);
    expect(new Set(world.journal.extended)).toEqual(new Set([10_000]));
  });

  test('after a crash everything up to the reach is replay, what is past it is not, and batches are cut there', async () => {
    let crashed = false;
    const script: Script = (batch, call, index) => (crashed ? acked : never(batch, call, index));
    const world = new LaneWorld({ events: 5, limits: { maxEvents: 400 }, script }).start();
    await world.time.until(() => world.sent.length === 1);
    crashed = true;
    world.journal.append(Array.from({ length: 11_000 }, (_, index) => entry(`n${index}`)));
    world.restart();
    await world.idle();
    const flags = world.sent.slice(1).flatMap(({ ids, replay }) => ids.map(() => replay));
    expect(flags.lastIndexOf(true)).toBe(10_004);
    expect(flags.indexOf(false)).toBe(10_005);
    // What lies within the reach needs no other: one step before the crash, one past the old reach.
    expect(world.journal.extended).toEqual([10_000, 10_000]);
  });

  describe.each(['', 'a', 'an', 'na', 'ana', 'aan', 'nana', 'aaan'])('beside what was read once more: %s', (order) => {
    const mixed = order.split('').map((kind, index) => entry(`${kind}${index}`, kind === 'a'));

    test('the reach is on disk before the first send past it, and batches are cut where the flag changes', async () => {
      const uncovered: string[] = [];
      const world: LaneWorld = new LaneWorld({
        script: ({ envelopes }) => {
          const at = new Map(world.journal.entries.map(({ id }, index) => [id, index]));
          uncovered.push(...envelopes.map(({ id }) => id).filter((id) => (at.get(id) ?? 0) > world.journal.reach));
          return acked;
        },
      });
      world.journal.append(mixed);
      world.start();
      await world.idle();
      expect(uncovered).toEqual([]);
      expect(world.sent.map(({ ids, replay }) => [ids.join(' '), replay])).toEqual(
        (order.match(/a+|n+/g) ?? []).map((run, nth, runs) => {
          const from = runs.slice(0, nth).join('').length;
          return [
            mixed
              .slice(from, from + run.length)
              .map(({ id }) => id)
              .join(' '),
            run.startsWith('a'),
          ];
        }),
      );
    });

    test('what was sent before a crash goes out as replay after it', async () => {
      const world = new LaneWorld({ events: 1 }).start();
      await world.idle();
      await world.lane.drain(new AbortController().signal);
      const before = world.sent.length;
      let crashed = false;
      world.script = (batch, call, index) => (crashed ? acked : never(batch, call, index));
      world.journal.append(mixed);
      world.restart();
      if (mixed.length > 0) await world.time.until(() => world.sent.length > before);
      const [sent] = world.sent.slice(before);
      crashed = true;
      world.restart();
      await world.idle();
      const again = world.sent.slice(before + 1);
      expect(again.flatMap(({ ids }) => ids)).toEqual(mixed.map(({ id }) => id));
      for (const id of sent?.ids ?? []) expect(again.find(({ ids }) => ids.includes(id))?.replay).toBe(true);
    });
  });

  test('what was settled past a gap does not go out again after a crash', async () => {
    let crashed = false;
    const config = { batch: { max_events: 1, max_age: 0 } };
    const script: Script = ({ envelopes }) =>
      envelopes[0]?.id === 'e1' && !crashed ? { ...refused, retryAfterMs: 9e5 } : acked;
    const world = new LaneWorld({ events: 5, config, script }).start();
    await world.time.until(() => world.lane.status().acked === 4);
    await world.time.runTasks();
    crashed = true;
    world.restart();
    await world.idle();
    expect(world.sent.slice(5)).toMatchObject([{ ids: ['e1'], replay: true }]);
  });

  test('a lane is never more than max_ahead past its position', async () => {
    const config = { max_ahead: 7, batch: { max_events: 1, max_age: 0 } };
    let stuck = true;
    const script: Script = ({ envelopes }) =>
      envelopes[0]?.id === 'e2' && stuck ? { ...refused, retryAfterMs: 60_000 } : acked;
    const world = new LaneWorld({ events: 30, config, script }).start();
    await world.time.until(() => world.sent.filter(({ ids }) => ids[0] === 'e2').length === 3);
    expect(Math.max(...world.ids().map(([id]) => Number(id?.slice(1))))).toBe(2 + 7 - 1);
    stuck = false;
    await world.idle();
  });

  test('dead letters are on disk before the cursor passes what they keep', async () => {
    const config = { batch: { max_events: 1, max_age: 0 } };
    const world = new LaneWorld({ events: 2, config, script: () => rejected, lettersFit: 0 }).start();
    await world.time.until(() => world.lane.status().health === 'blocked');
    expect(world.lane.status().problem).toContain('dead letters are full');
    expect([world.journal.saved, world.refused]).toEqual([[], 0]);
    world.deadLetters.fit = 2;
    await world.idle();
    expect(world.letters).toHaveLength(2);
    expect(world.lane.status()).toMatchObject({ health: 'ok', deadLettered: 2, sends: 2 });
  });

  test('while dead letters do not fit nothing else goes out', async () => {
    const script: Script = ({ envelopes }) => (envelopes[0]?.id === 'e0' ? rejected : acked);
    const config = { batch: { max_events: 1, max_age: 0 } };
    const world = new LaneWorld({ events: 9, config, limits: { maxInFlight: 4 }, script, lettersFit: 0 }).start();
    const began = world.time.elapsedMs;
    await world.time.until(() => world.time.elapsedMs - began > 600_000);
    expect(world.sent.length).toBeLessThanOrEqual(4);
    world.deadLetters.fit = 1;
    await world.idle();
    expect(world.lane.status()).toMatchObject({ acked: 8, deadLettered: 1 });
  });

  test('while dead letters do not fit it reads no further than what it has begun', async () => {
    let read = 0;
    const world = new LaneWorld({
      events: 9_000,
      config: { batch: { max_events: 1, max_age: 0 } },
      limits: { maxInFlight: 2 },
      script: () => rejected,
      lettersFit: 0,
      bytesOf: () => {
        read += 1;
        return 100;
      },
    }).start();
    const began = world.time.elapsedMs;
    await world.time.until(() => world.time.elapsedMs - began > 600_000);
    expect(world.sent.length).toBeLessThanOrEqual(2);
    // The journal of these tests gives a thousand at a time: one portion that is being sent, and the next.
    expect(read).toBeLessThanOrEqual(2_000);
  });

  test.each([1, 4])(
    'dead letters that go again make room, with %i in flight at most and never more',
    async (maxInFlight) => {
      let inFlight = 0;
      let most = 0;
      let isMended = false;
      const script: Script = async ({ envelopes }) => {
        most = Math.max(most, ++inFlight);
        await new Promise(setImmediate);
        inFlight -= 1;
        return isMended || Number(envelopes[0]?.id.slice(1)) % 3 === 0 ? acked : rejected;
      };
      const config = { batch: { max_events: 1, max_age: 0 } };
      const world = new LaneWorld({ events: 60, config, limits: { maxInFlight }, script, lettersFit: 5 }).start();
      await world.time.until(() => world.lane.status().health === 'blocked');
      isMended = true;
      world.deadLetters.retry();
      await world.idle();
      expect(world.lane.status()).toMatchObject({
        health: 'ok',
        deadLettered: world.deadLetters.left.length + world.letters.length,
      });
      expect(world.deadLetters.left.length).toBeGreaterThanOrEqual(5);
      expect(most).toBe(maxInFlight);
    },
  );

  test('a journal that will never save stops the lane in words, and nothing more is sent', async () => {
    const world = new LaneWorld({ events: 30 });
    world.journal.saved.push = () => {
      throw new RelayError('JOURNAL_LOST', 'another process has taken the journal over');
    };
    world.start();
    await world.time.until(() => world.lane.status().health === 'stopped');
    expect(world.lane.status().problem).toContain('taken the journal over');
    expect(world.logged).toContain('LANE_STOPPED');
    await world.time.pass(world.lane.drain(new AbortController().signal));
  });
});

describe('a journal that does not save for a while', () => {
  test('blocks the lane in words, and the lane goes on by itself', async () => {
    const world = new LaneWorld({ events: 30, limits: { maxEvents: 5 } });
    const { push } = world.journal.saved;
    world.journal.saved.push = () => {
      throw new Error('the disk answers EIO');
    };
    world.start();
    await world.time.until(() => world.lane.status().health === 'blocked');
    expect(world.lane.status().problem).toContain('EIO');
    const sent = world.sent.length;
    const before = world.time.elapsedMs;
    await world.time.until(() => world.time.elapsedMs - before > 600_000);
    expect(world.sent.length).toBe(sent);
    world.journal.saved.push = push;
    await world.idle();
    expect(world.lane.status()).toMatchObject({ health: 'ok', acked: 30 });
    expect(world.logged).not.toContain('LANE_STOPPED');
  });

  test('does not hold a drain whose grace is over', async () => {
    const world = new LaneWorld({ events: 3 });
    world.journal.saved.push = () => {
      throw new Error('the disk answers EIO');
    };
    world.start();
    await world.time.until(() => world.lane.status().health === 'blocked');
    await world.time.pass(world.lane.drain(AbortSignal.abort(new Error('over'))));
    expect(world.lane.status().health).toBe('stopped');
  });
});

describe('a peer that confirms later', () => {
  const confirming = { maxInFlight: 1, maxEvents: 1, maxUnackedBytes: 250, confirmMs: 300_000 };

  test('an accepted batch gives its slot back, and counts against the unacked bytes', async () => {
    const confirm: (() => void)[] = [];
    const script: Script = (_batch, call) => {
      call.accepted();
      return new Promise((resolve) => confirm.push(() => resolve(acked)));
    };
    const world = new LaneWorld({ events: 4, limits: confirming, script }).start();
    await world.time.until(() => world.sent.length === 2);
    await world.time.runTasks();
    expect([world.sent.length, world.lane.status().inFlightBatches]).toEqual([2, 2]);
    const bytes = world.lane.status().unackedBytes ?? 0;
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(250);
    confirm[1]?.();
    await world.time.runTasks();
    expect(world.sent).toHaveLength(3);
    await world.time.until(() => {
      for (const each of confirm.splice(0)) each();
      return world.settledAll();
    });
  });

  test('one that fails after that takes a slot again before it is resent', async () => {
    let free = (): void => undefined;
    const script: Script = (_batch, call, index) => {
      if (index === 1) {
        return new Promise((resolve) => {
          free = () => resolve(acked);
        });
      }
      if (index > 1) return acked;
      call.accepted();
      return unanswered;
    };
    const limits = { ...confirming, maxEvents: 2, maxUnackedBytes: 1_000 };
    const world = new LaneWorld({ events: 4, limits, script }).start();
    await world.time.until(() => world.time.elapsedMs - (world.sent[1]?.atMs ?? world.time.elapsedMs) > 10_000);
    expect(world.sent).toHaveLength(2);
    free();
    await world.idle();
    expect(world.sent[2]).toMatchObject({ ids: ['e0', 'e1'], replay: true });
  });

  test('a word of acceptance that comes after the answer frees nothing', async () => {
    const script: Script = (_batch, call, index) => {
      if (index > 0) return acked;
      setImmediate(() => call.accepted());
      return { ...refused, retryAfterMs: 60_000 };
    };
    const limits = { ...confirming, maxEvents: 2 };
    const world = new LaneWorld({ events: 4, limits, script }).start();
    await world.idle();
    expect(world.ids().map(([first]) => first)).toEqual(['e0', 'e0', 'e2']);
  });

  test('a batch larger than the bound of unacked bytes goes alone', async () => {
    const world = new LaneWorld({ events: 3, limits: { ...confirming, maxInFlight: 3, maxUnackedBytes: 50 } }).start();
    await world.idle();
    expect(world.sent).toHaveLength(3);
  });

  test('it has confirmMs from then on, and goes again in a slot of its own', async () => {
    const script: Script = (batch, call, index) => {
      if (index > 0) return acked;
      call.accepted();
      return hangs(batch, call, 0);
    };
    const world = new LaneWorld({ events: 1, limits: confirming, script }).start();
    await world.idle();
    const [first, second] = world.sent;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(300_000);
    expect(second?.replay).toBe(true);
  });
});

describe('reopen and drain', () => {
  test('a changed secret opens the sink anew and a blocked lane tries at once', async () => {
    let wrong = true;
    const world = new LaneWorld({ events: 1, script: () => (wrong ? blocked : acked) }).start();
    await world.time.until(() => world.sent.length === 8);
    wrong = false;
    const before = world.time.elapsedMs;
    await world.lane.reopen({ token: 'new' });
    await world.idle();
    expect(world.time.elapsedMs).toBe(before);
    expect([world.openedWith, world.opened, world.closed]).toEqual([{ token: 'new' }, 2, 1]);
  });

  test('a drain sends at once what was read, saves the cursor and closes', async () => {
    const world = new LaneWorld({ events: 4, config: { batch: { max_age: 300_000 } } }).start();
    await world.time.runTasks();
    expect(world.sent).toEqual([]);
    const before = world.time.elapsedMs;
    await world.lane.drain(new AbortController().signal);
    expect(world.time.elapsedMs).toBe(before);
    expect(world.settledAll()).toBe(true);
    expect([world.closed, world.lane.status().health]).toEqual([1, 'stopped']);
  });

  test('a drain takes the reach back to what was read, so that nothing else goes out as replay after the next start', async () => {
    const world = new LaneWorld({ events: 4 }).start();
    await world.idle();
    await world.lane.drain(new AbortController().signal);
    expect(world.journal.extended).toEqual([10_000, 0]);
  });

  test('an end sends nothing more, not even what waits for its batch', async () => {
    const world = new LaneWorld({ events: 4, config: { batch: { max_age: 300_000 } } }).start();
    await world.time.runTasks();
    world.lane.end();
    await world.time.pass(world.lane.drain(new AbortController().signal));
    expect([world.sent, world.journal.saved]).toEqual([[], []]);
  });

  test('at the end of the grace what is under way is aborted and stays in the journal', async () => {
    const world = new LaneWorld({ events: 4, script: hangs }).start();
    await world.time.until(() => world.sent.length === 1);
    const grace = new AbortController();
    const drained = world.lane.drain(grace.signal);
    grace.abort(new Error('over'));
    await world.time.pass(drained);
    expect(world.journal.saved).toEqual([]);
    expect([world.closed, world.opened]).toEqual([1, 1]);
    expect(world.logged).not.toContain('LANE_STOPPED');
  });

  test.each([
    { name: 'a blocked lane', script: () => blocked, lettersFit: 9 },
    { name: 'a lane whose dead letters do not fit', script: () => rejected, lettersFit: 0 },
  ])('$name is not waited for', async ({ script, lettersFit }) => {
    const world = new LaneWorld({ events: 40, script, lettersFit }).start();
    await world.time.until(() => world.lane.status().health === 'blocked');
    const before = world.time.elapsedMs;
    await world.lane.drain(new AbortController().signal);
    expect(world.time.elapsedMs).toBe(before);
    expect(world.journal.saved).toEqual([]);
  });

  test('one that was never started closes too', async () => {
    const world = new LaneWorld({ events: 1 });
    await world.lane.drain(AbortSignal.abort());
    expect(world.lane.status().health).toBe('stopped');
  });
});
