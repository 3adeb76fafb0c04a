/** Every row of the settle table, and each promise around it, against a scripted sink. */
import type { Failure, SendResult } from '@audit-relay/sink';
import { describe, expect, test } from 'vitest';
import {
  acked,
  blocked,
  hangs,
  inTurn,
  LaneWorld,
  never,
  refused,
  rejected,
  type Script,
  tooLarge,
  unanswered,
} from './lane.test.world.ts';

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
      name: 'rejected: halves at once, as replay since part may be stored',
      answers: [rejected],
      sent: [['e0 e1 e2 e3'], ['e0 e1', true], ['e2 e3', true]],
    },
    {
      name: 'rejected when alone: a dead letter, and the rest goes on',
      answers: [rejected, rejected, rejected],
      sent: [['e0 e1 e2 e3'], ['e0 e1', true], ['e0', true], ['e1', true], ['e2 e3', true]],
      letters: ['e0 rejected 3'],
    },
    {
      name: 'rejected by name: dead letters at once, however many of the batch',
      answers: [{ kind: 'partial', acked: 0, failures: [0, 1, 2, 3].map((index) => ({ index, failure: rejected })) }],
      sent: [['e0 e1 e2 e3']],
      letters: ['e0 rejected 1', 'e1 rejected 1', 'e2 rejected 1', 'e3 rejected 1'],
    },
    {
      name: 'rejected in between ends the row of three',
      answers: [refused, refused, rejected, refused, refused],
      sent: [
        ['e0 e1 e2 e3'],
        ['e0 e1 e2 e3'],
        ['e0 e1 e2 e3'],
        ['e0 e1', true],
        ['e0 e1', true],
        ['e0 e1', true],
        ['e2 e3', true],
      ],
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
      name: 'a partial answer ends the row of three',
      answers: [
        refused,
        refused,
        { kind: 'partial', acked: 2, failures: [1, 2].map((index) => ({ index, failure: refused })) },
        refused,
      ],
      sent: [['e0 e1 e2 e3'], ['e0 e1 e2 e3'], ['e0 e1 e2 e3'], ['e1 e2'], ['e1 e2']],
    },
    {
      name: 'partial with some refused: those alone, together',
      answers: [{ kind: 'partial', acked: 2, failures: [1, 2].map((index) => ({ index, failure: refused })) }],
      sent: [['e0 e1 e2 e3'], ['e1 e2']],
    },
  ])('$name', async ({ answers, sent, letters = [] }) => {
    const world = new LaneWorld({ events: 4, script: inTurn(...answers) }).start();
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
    { name: 'a failure without a reason', answer: { kind: 'rejected' } },
    { name: 'a reason that is no text', answer: { kind: 'too_large', reason: { status: 413 } } },
    { name: 'retryable without why', answer: { kind: 'retryable', reason: 'HTTP 503' } },
    {
      name: 'retryable for a reason that the contract does not know',
      answer: { kind: 'partial', acked: 3, failures: [{ index: 0, failure: { ...refused, why: 'tired' } }] },
    },
    { name: 'a count that is no number', answer: { kind: 'partial', acked: 3n, failures: at(0) } },
    { name: 'failures that are no list', answer: { kind: 'partial', acked: 4, failures: { length: 0 } } },
    { name: 'no answer at all', answer: null },
  ])('$name: nothing is settled, and it goes again as replay', async ({ answer }) => {
    // What a sink in plain JavaScript may return, past the compiler.
    const lie = answer as SendResult;
    const world = new LaneWorld({
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

describe('a wait or a reason that cannot be', () => {
  test.each([5n, Number.NaN, Number.NEGATIVE_INFINITY, '1', {}, Symbol('soon')])(
    'retryAfterMs %s: as if there were none',
    async (wait) => {
      // As plain JavaScript may give it.
      const failure = { ...refused, retryAfterMs: wait as number };
      const world = new LaneWorld({
        events: 2,
        script: (_batch, _call, index) => (index === 0 ? failure : acked),
      }).start();
      await world.idle();
      expect(world.ids()).toEqual([
        ['e0', 'e1'],
        ['e0', 'e1'],
      ]);
      expect([world.lane.status().acked, world.logged.includes('SINK_BROKEN')]).toEqual([2, false]);
    },
  );

  test('a reason of megabytes is cut', async () => {
    const failure = { kind: 'rejected', reason: 'r'.repeat(5_000_000) } as const;
    const world = new LaneWorld({ events: 1, script: () => failure }).start();
    await world.idle();
    expect(world.letters.map(({ reason }) => reason.length)).toEqual([1_001]);
  });
});

describe('a sink that breaks', () => {
  test('one that throws is closed and opened anew, and the batch goes again as replay', async () => {
    const world = new LaneWorld({
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
    const world = new LaneWorld({
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
    const world = new LaneWorld({
      events: 1,
      script: (batch, call, index) => (index === 0 ? never(batch, call, 0) : acked),
    }).start();
    const began = world.time.elapsedMs;
    await world.time.until(() => world.opened === 2);
    expect(world.time.elapsedMs - began).toBeGreaterThanOrEqual(1_000 + 30_000 + 5_000);
    await world.idle();
    expect(world.sent.map(({ replay }) => replay)).toEqual([false, true]);
    expect(world.logged).toContain('SINK_BROKEN');
  });

  test('it gets no more time by saying after its signal that the peer has accepted', async () => {
    const script: Script = (_batch, { signal, accepted }, index) => {
      if (index > 0) return acked;
      signal.addEventListener('abort', accepted);
      return new Promise(() => undefined);
    };
    const world = new LaneWorld({ events: 1, limits: { confirmMs: 900_000 }, script }).start();
    const began = world.time.elapsedMs;
    await world.idle();
    expect(world.time.elapsedMs - began).toBeLessThan(60_000);
  });

  test('it is closed when its other sends have settled, and nothing goes out until it is open again', async () => {
    let free = (): void => undefined;
    const closedAt: number[] = [];
    const script: Script = (_batch, _call, index) => {
      closedAt.push(world.closed);
      if (index === 0) throw new Error('broken');
      if (index > 1) return acked;
      return new Promise((resolve) => {
        free = () => resolve(acked);
      });
    };
    const world: LaneWorld = new LaneWorld({ events: 40, limits: { maxInFlight: 2 }, script }).start();
    await world.time.until(() => world.time.elapsedMs - (world.sent[0]?.atMs ?? world.time.elapsedMs) > 10_000);
    expect([world.sent.length, world.closed]).toEqual([2, 0]);
    free();
    await world.idle();
    expect(closedAt.slice(0, 3)).toEqual([0, 0, 1]);
  });

  test('an answer that comes after the signal and within 5 s is an answer', async () => {
    const script: Script = (_batch, { signal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(acked)));
    const world = new LaneWorld({ events: 1, script }).start();
    await world.idle();
    expect(world.sent).toHaveLength(1);
  });

  test('one that cannot be opened blocks the lane, which tries again by itself', async () => {
    let failing = true;
    const world = new LaneWorld({
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
