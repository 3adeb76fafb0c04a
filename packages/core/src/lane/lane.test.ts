/** Every row of the settle table, and each promise around it, against a scripted sink. */
import type { Failure, SendResult } from '@audit-relay/sink';
import { describe, expect, test } from 'vitest';
import { entry, type Script, World } from './lane.test.world.ts';

const acked: SendResult = { kind: 'acked' };
const refused: Failure = { kind: 'retryable', why: 'refused', reason: 'HTTP 503' };
const unanswered: Failure = { kind: 'retryable', why: 'unanswered', reason: 'reset' };
const blocked: Failure = { kind: 'blocked', reason: 'HTTP 401: give it a key' };
const rejected: Failure = { kind: 'rejected', reason: 'no such field' };
const tooLarge: Failure = { kind: 'too_large', reason: 'HTTP 413' };

/** These answers in turn, then acked. */
const inTurn =
  (...answers: SendResult[]): Script =>
  (_batch, _call, index) =>
    answers[index] ?? acked;

/** An answer that stays away until its signal fires, and then throws. */
const hangs: Script = (_batch, { signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));

const never: Script = () => new Promise(() => undefined);

describe('what an answer means', () => {
  test.each<{ name: string; answers: SendResult[]; sent: [string, boolean?][]; letters?: string[] }>([
    { name: 'acked: settled', answers: [acked], sent: [['e0 e1 e2 e3']] },
    {
      name: 'retryable: again as it was, without replay',
      answers: [refused],
      sent: [['e0 e1 e2 e3'], ['e0 e1 e2 e3']],
    },
    { name: 'unanswered: again as replay', answers: [unanswered], sent: [['e0 e1 e2 e3'], ['e0 e1 e2 e3', true]] },
    {
      name: 'retryable three times in a row: in halves, each on its own',
      answers: [refused, refused, refused],
      sent: [['e0 e1 e2 e3'], ['e0 e1 e2 e3'], ['e0 e1 e2 e3'], ['e0 e1'], ['e2 e3']],
    },
    { name: 'too large: halves at once', answers: [tooLarge], sent: [['e0 e1 e2 e3'], ['e0 e1'], ['e2 e3']] },
    {
      name: 'too large when alone: a dead letter',
      answers: [tooLarge, tooLarge, tooLarge],
      sent: [['e0 e1 e2 e3'], ['e0 e1'], ['e0'], ['e1'], ['e2 e3']],
      letters: ['e0 too_large 3'],
    },
    {
      name: 'rejected: dead letters, and the rest goes on',
      answers: [rejected],
      sent: [['e0 e1 e2 e3']],
      letters: ['e0 rejected 1', 'e1 rejected 1', 'e2 rejected 1', 'e3 rejected 1'],
    },
    {
      name: 'blocked: held and tried again',
      answers: [blocked, blocked],
      sent: [['e0 e1 e2 e3'], ['e0 e1 e2 e3'], ['e0 e1 e2 e3']],
    },
    {
      name: 'partial: each failure by its own kind',
      answers: [
        {
          kind: 'partial',
          acked: 1,
          failures: [
            { index: 3, failure: refused },
            { index: 0, failure: rejected },
            { index: 2, failure: unanswered },
          ],
        },
      ],
      sent: [['e0 e1 e2 e3'], ['e2', true], ['e3']],
      letters: ['e0 rejected 1'],
    },
    {
      name: 'partial with some refused: those alone, together',
      answers: [{ kind: 'partial', acked: 2, failures: [1, 2].map((index) => ({ index, failure: refused })) }],
      sent: [['e0 e1 e2 e3'], ['e1 e2']],
    },
  ])('$name', async ({ answers, sent, letters = [] }) => {
    const world = new World({ events: 4, script: inTurn(...answers) }).start();
    await world.idle();
    expect(world.sent.map(({ ids, replay }) => [ids.join(' '), replay])).toEqual(
      sent.map(([ids, replay = false]) => [ids, replay]),
    );
    expect(world.letters.map(({ entry, kind, attempts }) => `${entry.id} ${kind} ${attempts}`)).toEqual(letters);
    expect(world.lane.status()).toMatchObject({
      acked: 4 - letters.length,
      deadLettered: letters.length,
      heldEntries: 0,
    });
    expect(world.lane.status().health).toBe('ok');
  });

  const at = (...indexes: number[]): readonly { index: number; failure: Failure }[] =>
    indexes.map((index) => ({ index, failure: refused }));
  test.each<{ name: string; answer: unknown }>([
    { name: 'a sum that is not the batch', answer: { kind: 'partial', acked: 2, failures: at(0) } },
    { name: 'an index past the end', answer: { kind: 'partial', acked: 3, failures: at(4) } },
    { name: 'an index below 0', answer: { kind: 'partial', acked: 3, failures: at(-1) } },
    { name: 'an index that is no whole number', answer: { kind: 'partial', acked: 3, failures: at(0.5) } },
    { name: 'an index twice', answer: { kind: 'partial', acked: 2, failures: at(1, 1) } },
    {
      name: 'a failure of a kind that a failure cannot have',
      answer: { kind: 'partial', acked: 3, failures: [{ index: 0, failure: acked }] },
    },
    { name: 'a kind that the contract does not know', answer: { kind: 'fine' } },
    { name: 'no answer at all', answer: null },
  ])('$name: nothing is settled, and it goes again as replay', async ({ answer }) => {
    // What a sink in plain JavaScript may return, past the compiler.
    const lie = answer as SendResult;
    const world = new World({
      events: 4,
      script: (_batch, _call, index) => (index === 0 ? { ...lie } : acked),
    }).start();
    await world.idle();
    expect(world.ids()).toEqual([
      ['e0', 'e1', 'e2', 'e3'],
      ['e0', 'e1', 'e2', 'e3'],
    ]);
    expect(world.sent.map(({ replay }) => replay)).toEqual([false, true]);
    expect(world.logged).toContain('SINK_BROKEN');
  });
});

describe('a sink that breaks', () => {
  test('one that throws is closed and opened anew, and the batch goes again as replay', async () => {
    const world = new World({
      events: 2,
      script: (_batch, _call, index) => {
        if (index === 0) throw new TypeError('undefined is not a function');
        return acked;
      },
    }).start();
    await world.idle();
    expect(world.sent.map(({ replay }) => replay)).toEqual([false, true]);
    expect([world.opened, world.closed]).toEqual([2, 1]);
    expect(world.logged).toContain('SINK_BROKEN');
  });

  test('one that throws when its signal fires was only slow: no break, but replay and a new one', async () => {
    const world = new World({
      events: 1,
      script: (batch, call, index) => (index === 0 ? hangs(batch, call, 0) : acked),
    }).start();
    await world.idle();
    expect(world.sent.map(({ replay }) => replay)).toEqual([false, true]);
    expect([world.opened, world.closed]).toEqual([2, 1]);
    expect(world.logged).not.toContain('SINK_BROKEN');
    expect(world.lane.status().failures).toEqual({ aborted: 1 });
  });

  test('one that does not settle 5 s after its signal is left behind', async () => {
    const world = new World({
      events: 1,
      script: (batch, call, index) => (index === 0 ? never(batch, call, 0) : acked),
    }).start();
    const began = world.time.nowMs;
    await world.time.until(() => world.opened === 2);
    expect(world.time.nowMs - began).toBeGreaterThanOrEqual(1_000 + 30_000 + 5_000);
    await world.idle();
    expect(world.sent.map(({ replay }) => replay)).toEqual([false, true]);
    expect(world.logged).toContain('SINK_BROKEN');
  });

  test('an answer that comes after the signal and within 5 s is an answer', async () => {
    const script: Script = (_batch, { signal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(acked)));
    const world = new World({ events: 1, script }).start();
    await world.idle();
    expect(world.sent).toHaveLength(1);
  });

  test('one that cannot be opened blocks the lane, which tries again by itself', async () => {
    let failing = true;
    const world = new World({
      events: 1,
      open: () => {
        if (failing) throw new Error('the folder is missing: create it');
      },
    }).start();
    await world.time.until(() => world.lane.status().health === 'blocked');
    expect(world.lane.status().problem).toContain('create it');
    failing = false;
    await world.idle();
    expect(world.lane.status()).toMatchObject({ health: 'ok', acked: 1 });
  });
});

describe('waiting', () => {
  test.each([
    { asked: 7_000, waited: 7_000 },
    { asked: 86_400_000, waited: 15 * 60_000 },
    { asked: 0, waited: 500 },
    { asked: Number.NaN, waited: 500 },
  ])('a peer that asks for $asked ms is sent to after $waited ms', async ({ asked, waited }) => {
    const world = new World({ events: 1, script: inTurn({ ...refused, retryAfterMs: asked }) }).start();
    await world.idle();
    const [first, second] = world.sent;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBe(waited);
  });

  test('a batch that waits keeps its slot, so that order holds with one', async () => {
    const world = new World({ events: 20, script: inTurn(refused, refused) }).start();
    await world.idle();
    expect(world.ids().map(([first]) => first)).toEqual(['e0', 'e0', 'e0', 'e10']);
  });

  test('a single event that waits does so aside, and the lane goes on', async () => {
    const config = { batch: { max_events: 1, max_age: 0 } };
    const world = new World({ events: 3, config, script: inTurn(refused) }).start();
    await world.idle();
    expect(world.ids().flat()).toEqual(['e0', 'e1', 'e2', 'e0']);
  });

  test('at most 1,000 wait aside, then the lane waits', async () => {
    const config = { batch: { max_events: 1, max_age: 0 } };
    let mended = false;
    // Every other event is taken, or the breaker would hold the rest back.
    const script: Script = ({ envelopes }) =>
      mended || Number(envelopes[0]?.id.slice(1)) % 2 === 1 ? acked : { ...refused, retryAfterMs: 600_000 };
    const world = new World({ events: 2_400, config, script }).start();
    await world.time.until(() => world.lane.status().waitingAside === 1_000);
    await world.time.settle();
    expect(world.sent).toHaveLength(2_001);
    mended = true;
    await world.idle();
    expect(world.lane.status().acked).toBe(2_400);
  });

  test('blocked: probes after 5 s, doubling to a minute, with up to a quarter of jitter', async () => {
    const world = new World({
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
    const world = new World({ events: 50, limits: { maxInFlight: 3 }, script }).start();
    await world.time.until(() => world.sent.length === 6);
    expect(most).toBe(1);
    await world.idle();
    expect(world.lane.status().acked).toBe(50);
  });

  test('a peer that is down is probed by one send at a time', async () => {
    let down = true;
    const world = new World({
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

describe('poison', () => {
  test('an event that fails 20 times over an hour while others are taken is a dead letter', async () => {
    const script: Script = ({ envelopes }) => (envelopes.some(({ id }) => id === 'e1') ? refused : acked);
    const world = new World({ events: 4, script }).start();
    // One other event a minute, as a living lane has.
    for (let minute = 0; world.letters.length === 0; minute += 1) {
      world.journal.append([{ ...world.journal.entries[0]!, id: `f${minute}` }]);
      const until = world.time.nowMs + 60_000;
      const tick = world.time.sleep(60_000, new AbortController().signal);
      await world.time.pass(tick);
      expect(world.time.nowMs).toBe(until);
    }
    expect(world.letters).toMatchObject([{ kind: 'undeliverable', entry: { id: 'e1' } }]);
    expect(world.letters[0]!.atMs - world.sent[0]!.atMs).toBeGreaterThanOrEqual(3_600_000);
    await world.idle();
  });

  test('failures do not count while nothing else is taken, however long that lasts', async () => {
    let down = true;
    const world = new World({ events: 3, script: () => (down ? refused : acked) }).start();
    await world.time.until(() => world.time.nowMs - (world.sent[0]?.atMs ?? world.time.nowMs) > 24 * 3_600_000);
    expect(world.letters).toEqual([]);
    down = false;
    await world.idle();
    expect(world.lane.status().acked).toBe(3);
  });

  test('they count when the lane has nothing else that it may send', async () => {
    const world = new World({ events: 1, script: () => refused }).start();
    await world.idle();
    expect(world.letters).toMatchObject([{ kind: 'undeliverable' }]);
    expect(world.time.nowMs - world.sent[0]!.atMs).toBeGreaterThanOrEqual(3_600_000);
    expect(world.sent.length).toBeGreaterThanOrEqual(20);
  });

  test('an event that is blocked is never one', async () => {
    const world = new World({ events: 1, script: () => blocked }).start();
    await world.time.until(() => world.sent.length === 200);
    expect(world.letters).toEqual([]);
  });
});

describe('batches', () => {
  test('are cut by count, bytes and age, within what the sink takes', async () => {
    const config = { batch: { max_events: 3, max_bytes: 1_000, max_age: 2_000 } };
    const bytesOf = (id: string): number => (id === 'e3' ? 900 : 200);
    const world = new World({ events: 6, config, bytesOf }).start();
    await world.idle();
    expect(world.ids()).toEqual([['e0', 'e1', 'e2'], ['e3'], ['e4', 'e5']]);
    expect(world.sent.map(({ bytes }) => bytes)).toEqual([600, 900, 400]);
    expect(world.sent.map(({ atMs }) => atMs - world.sent[0]!.atMs)).toEqual([0, 0, 2_000]);
  });

  test('never exceed the limits, whatever is asked', async () => {
    const config = { batch: { max_events: 1_000, max_bytes: 1e9, max_age: 0 } };
    const world = new World({ events: 9, config, limits: { maxEvents: 4, maxBytes: 300 } }).start();
    await world.idle();
    expect(world.ids().map((ids) => ids.length)).toEqual([3, 3, 3]);
  });

  test('an event larger than the sink takes is a dead letter and is never sent', async () => {
    const world = new World({ events: 3, bytesOf: (id) => (id === 'e1' ? 2e5 : 10) }).start();
    await world.idle();
    expect(world.ids()).toEqual([['e0', 'e2']]);
    expect(world.letters).toMatchObject([{ kind: 'too_large', attempts: 0, entry: { id: 'e1' } }]);
  });

  test('what `when` excludes is settled and counted; where it fails the event passes', async () => {
    const world = new World({
      events: 4,
      when: ({ id }) => (id === 'e1' ? 'exclude' : id === 'e2' ? 'error' : 'pass'),
    }).start();
    await world.idle();
    expect(world.ids()).toEqual([['e0', 'e2', 'e3']]);
    expect(world.lane.status()).toMatchObject({ excluded: 1, filterErrors: 1, acked: 3 });
  });
});

describe('the cursor', () => {
  test('the reach is on disk before the first send past it', async () => {
    const reach: number[] = [];
    const world: World = new World({
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
    const world = new World({ events: 5, limits: { maxEvents: 400 }, script }).start();
    await world.time.until(() => world.sent.length === 1);
    crashed = true;
    world.journal.append(Array.from({ length: 11_000 }, (_, index) => entry(`n${index}`)));
    world.restart();
    await world.idle();
    const flags = world.sent.slice(1).flatMap(({ ids, replay }) => ids.map(() => replay));
    expect(flags.lastIndexOf(true)).toBe(10_004);
    expect(flags.indexOf(false)).toBe(10_005);
  });

  test('what was settled past a gap does not go out again after a crash', async () => {
    let crashed = false;
    const config = { batch: { max_events: 1, max_age: 0 } };
    const script: Script = ({ envelopes }) =>
      envelopes[0]?.id === 'e1' && !crashed ? { ...refused, retryAfterMs: 9e5 } : acked;
    const world = new World({ events: 5, config, script }).start();
    await world.time.until(() => world.lane.status().acked === 4);
    await world.time.settle();
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
    const world = new World({ events: 30, config, script }).start();
    await world.time.until(() => world.sent.filter(({ ids }) => ids[0] === 'e2').length === 3);
    expect(Math.max(...world.ids().map(([id]) => Number(id?.slice(1))))).toBe(2 + 7 - 1);
    stuck = false;
    await world.idle();
  });

  test('dead letters are on disk before the cursor passes what they keep', async () => {
    const world = new World({ events: 2, script: () => rejected, lettersFit: 0 }).start();
    await world.time.until(() => world.lane.status().health === 'blocked');
    expect(world.lane.status().problem).toContain('dead letters are full');
    expect([world.journal.saved, world.refused]).toEqual([[], 0]);
    world.lettersFit = 2;
    await world.idle();
    expect(world.letters).toHaveLength(2);
    expect(world.lane.status()).toMatchObject({ health: 'ok', deadLettered: 2, sends: 1 });
  });

  test('while dead letters do not fit nothing else goes out', async () => {
    const script: Script = ({ envelopes }) => (envelopes[0]?.id === 'e0' ? rejected : acked);
    const config = { batch: { max_events: 1, max_age: 0 } };
    const world = new World({ events: 9, config, limits: { maxInFlight: 4 }, script, lettersFit: 0 }).start();
    const began = world.time.nowMs;
    await world.time.until(() => world.time.nowMs - began > 600_000);
    expect(world.sent.length).toBeLessThanOrEqual(4);
    world.lettersFit = 1;
    await world.idle();
    expect(world.lane.status()).toMatchObject({ acked: 8, deadLettered: 1 });
  });

  test('a journal that will not save stops the lane in words, and nothing more is sent', async () => {
    const world = new World({ events: 30 });
    world.journal.saved.push = () => {
      throw new Error('another process has taken the journal over');
    };
    world.start();
    await world.time.until(() => world.lane.status().health === 'stopped');
    expect(world.lane.status().problem).toContain('taken the journal over');
    expect(world.logged).toContain('LANE_STOPPED');
    await world.time.pass(world.lane.drain(new AbortController().signal));
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
    const world = new World({ events: 4, limits: confirming, script }).start();
    await world.time.until(() => world.sent.length === 2);
    await world.time.settle();
    expect([world.sent.length, world.lane.status().inFlightBatches]).toEqual([2, 2]);
    confirm[1]?.();
    await world.time.settle();
    expect(world.sent).toHaveLength(3);
    await world.time.until(() => {
      for (const each of confirm.splice(0)) each();
      return world.settledAll();
    });
  });

  test('it has confirmMs from then on, and goes again in a slot of its own', async () => {
    const script: Script = (batch, call, index) => {
      if (index > 0) return acked;
      call.accepted();
      return hangs(batch, call, 0);
    };
    const world = new World({ events: 1, limits: confirming, script }).start();
    await world.idle();
    const [first, second] = world.sent;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(300_000);
    expect(second?.replay).toBe(true);
  });
});

describe('reopen and drain', () => {
  test('a changed secret opens the sink anew and a blocked lane tries at once', async () => {
    let wrong = true;
    const world = new World({ events: 1, script: () => (wrong ? blocked : acked) }).start();
    await world.time.until(() => world.sent.length === 8);
    wrong = false;
    const before = world.time.nowMs;
    await world.lane.reopen({ token: 'new' });
    await world.idle();
    expect(world.time.nowMs).toBe(before);
    expect([world.openedWith, world.opened, world.closed]).toEqual([{ token: 'new' }, 2, 1]);
  });

  test('a drain sends at once what was read, saves the cursor and closes', async () => {
    const world = new World({ events: 4, config: { batch: { max_age: 300_000 } } }).start();
    await world.time.settle();
    expect(world.sent).toEqual([]);
    const before = world.time.nowMs;
    await world.lane.drain(new AbortController().signal);
    expect(world.time.nowMs).toBe(before);
    expect(world.settledAll()).toBe(true);
    expect([world.closed, world.lane.status().health]).toEqual([1, 'stopped']);
  });

  test('at the end of the grace what is under way is aborted and stays in the journal', async () => {
    const world = new World({ events: 4, script: hangs }).start();
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
    const world = new World({ events: 40, script, lettersFit }).start();
    await world.time.until(() => world.lane.status().health === 'blocked');
    const before = world.time.nowMs;
    await world.lane.drain(new AbortController().signal);
    expect(world.time.nowMs).toBe(before);
    expect(world.journal.saved).toEqual([]);
  });

  test('one that was never started closes too', async () => {
    const world = new World({ events: 1 });
    await world.lane.drain(AbortSignal.abort());
    expect(world.lane.status().health).toBe('stopped');
  });
});
