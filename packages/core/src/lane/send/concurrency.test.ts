/** How many sends a lane has open: fewer while the peer says it has enough, and back again. */
import { describe, expect, test } from 'vitest';
import { acked, blocked, LaneWorld, refused, rejected, unanswered } from '../lane.test.world.ts';
import type { SendAnswer } from './attempt.ts';
import { Slots } from './concurrency.ts';

const busy: SendAnswer = { kind: 'acked', busy: true };
const someRefused: SendAnswer = { kind: 'partial', acked: 1, failures: [{ index: 0, failure: refused }] };

/** The limit after these answers, each to a send that began after the one before. */
function limitAfter(most: number, answers: readonly SendAnswer[]): number {
  const slots = new Slots(most);
  for (const answer of answers) slots.heed(answer, slots.round);
  return slots.limit;
}

describe('the limit', () => {
  test.each<{ name: string; answers: readonly SendAnswer[]; limit: number }>([
    { name: 'a yes that is busy halves it', answers: [busy], limit: 4 },
    { name: 'a refusal halves it', answers: [refused], limit: 4 },
    { name: 'events refused one by one halve it', answers: [someRefused], limit: 4 },
    { name: 'one is the least', answers: Array(9).fill(busy), limit: 1 },
    { name: 'as many plain yeses as slots give one back', answers: [busy, acked, acked, acked, acked], limit: 5 },
    { name: 'fewer do not', answers: [busy, acked, acked, acked], limit: 4 },
    { name: 'it never passes what was asked for', answers: Array(99).fill(acked), limit: 8 },
    { name: 'what tells nothing of load leaves it', answers: [rejected, blocked, unanswered], limit: 8 },
  ])('$name', ({ answers, limit }) => {
    expect(limitAfter(8, answers)).toBe(limit);
  });

  test('is halved once for all that was on its way at the time', () => {
    const slots = new Slots(8);
    const { round } = slots;
    for (let answers = 0; answers < 8; answers += 1) slots.heed(busy, round);
    expect(slots.limit).toBe(4);
  });
});

describe('a slot that is lent', () => {
  const NEVER = new AbortController().signal;
  /** Whether it comes within the turn. */
  const comes = async (work: Promise<unknown>): Promise<boolean> =>
    Promise.race([work.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))]);

  test('is for those that may borrow alone, and is had back once they are done', async () => {
    const slots = new Slots(1);
    const mine = await slots.take(NEVER);
    const borrowed = slots.take(NEVER, true);
    const other = slots.take(NEVER);
    expect(await comes(borrowed)).toBe(false);
    mine.lend();
    expect(await comes(borrowed)).toBe(true);
    expect(await comes(other)).toBe(false);
    expect(slots.isCrowded).toBe(false);
    const back = mine.reclaim(NEVER);
    expect(await comes(back)).toBe(false);
    (await borrowed).free();
    await back;
    expect(await comes(other)).toBe(false);
    mine.free();
    expect(await comes(other)).toBe(true);
  });

  test('that is freed is nobody’s to reclaim, and room for one again', async () => {
    const slots = new Slots(1);
    const mine = await slots.take(NEVER);
    mine.lend();
    mine.free();
    const next = await slots.take(NEVER);
    expect(await comes(slots.take(NEVER, true))).toBe(false);
    next.free();
  });
});

describe('a lane', () => {
  test('has half as many sends open after a busy yes, and says so', async () => {
    const world = new LaneWorld({ events: 30, limits: { maxInFlight: 4, maxEvents: 1 } });
    const waiting: (() => void)[] = [];
    let most = 0;
    world.script = (_batch, _call, index) => {
      if (index === 0) return { kind: 'acked', busy: true };
      return new Promise((resolve) => {
        waiting.push(() => resolve(acked));
        most = Math.max(most, waiting.length);
      });
    };
    world.start();
    await world.time.runTasks();
    // Those that had begun before the answer end first.
    for (const end of waiting.splice(0)) end();
    most = 0;
    await world.time.runTasks();
    expect(most).toBe(2);
    expect(world.lane.status().concurrency).toBe(2);
  });

  test('keeps all of its slots however slow the peer is, as long as it takes what it is sent', async () => {
    const world = new LaneWorld({ events: 60, limits: { maxInFlight: 4, maxEvents: 1, sendMs: 600_000 } });
    let open = 0;
    const opened: number[] = [];
    world.script = async (_batch, _call, index) => {
      open += 1;
      opened.push(open);
      // Ever slower, up to some minutes.
      await world.time.sleep(1_000 * (index + 1) * 4, new AbortController().signal);
      open -= 1;
      return acked;
    };
    world.start();
    await world.idle();
    expect(world.lane.status().concurrency).toBe(4);
    // All four are in use from the fourth send to the last.
    expect(opened.slice(3).every((count) => count === 4)).toBe(true);
    expect(world.sent).toHaveLength(60);
  });

  test('that was refused sends all, one at a time if need be', async () => {
    let open = 0;
    let most = 0;
    const world = new LaneWorld({ events: 40, limits: { maxInFlight: 8, maxEvents: 1 } });
    world.script = async () => {
      open += 1;
      most = Math.max(most, open);
      const mine = open;
      await world.time.sleep(10, new AbortController().signal);
      open -= 1;
      return mine > 1 ? refused : acked;
    };
    world.start();
    await world.idle();
    expect(world.letters).toEqual([]);
    expect(most).toBe(8);
  });
});
