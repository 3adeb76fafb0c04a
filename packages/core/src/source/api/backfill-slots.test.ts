/** How many requests of backfill may be under way, by what came back. */
import { expect, test } from 'vitest';
import { BackfillSlots, MOST_SLOTS } from './backfill-slots.ts';

const never = new AbortController().signal;

/** So many answers, each after `ms`, with every slot in use. */
function answers(slots: BackfillSlots, count: number, { ms = 100, from = 1 } = {}): void {
  for (let slot = from; slot < from + count; slot += 1) slots.answered({ slot, ms, wasFull: true });
}

test('one more for every round of good answers, up to the most', () => {
  const slots = new BackfillSlots();
  expect(slots.limit).toBe(1);
  answers(slots, 1);
  expect(slots.limit).toBe(2);
  answers(slots, 2);
  expect(slots.limit).toBe(3);
  answers(slots, 1000);
  expect(slots.limit).toBe(MOST_SLOTS);
});

test('none more while requests_per_second is what holds backfill back', () => {
  const slots = new BackfillSlots();
  for (let slot = 1; slot < 100; slot += 1) slots.answered({ slot, ms: 100, wasFull: false });
  expect(slots.limit).toBe(1);
});

test('a 429 halves, and those that were under way with it do not halve again', async () => {
  const slots = new BackfillSlots();
  answers(slots, 1000);
  const sent = await Promise.all([1, 2, 3].map(() => slots.within(async (slot) => slot, never)));
  for (const slot of sent) slots.refused(slot);
  expect(slots.limit).toBe(MOST_SLOTS / 2);
  slots.refused(await slots.within(async (slot) => slot, never));
  expect(slots.limit).toBe(MOST_SLOTS / 4);
});

test('refusals of requests under way together count once, though each worker goes on with the next', async () => {
  const slots = new BackfillSlots();
  for (let n = 0; n < 1000; n += 1) {
    await slots.within(async (slot) => slots.answered({ slot, ms: 10, wasFull: true }), never);
  }
  const answer: (() => void)[] = [];
  const asks = (): Promise<void> =>
    slots.within(async (slot) => {
      await new Promise<void>((resolve) => answer.push(resolve));
      slots.refused(slot);
    }, never);
  const given = new AbortController();
  const workers = Array.from({ length: MOST_SLOTS }, async () => {
    await asks();
    await slots.within(() => new Promise(() => undefined), given.signal);
  });
  await new Promise((resolve) => setImmediate(resolve));
  for (const refuse of answer) refuse();
  await new Promise((resolve) => setImmediate(resolve));
  expect(slots.limit).toBe(MOST_SLOTS / 2);
  given.abort(new Error('over'));
  void Promise.allSettled(workers);
});

test('never less than one', () => {
  const slots = new BackfillSlots();
  for (let slot = 1; slot < 20; slot += 1) slots.refused(slot);
  expect(slots.limit).toBe(1);
});

test.for([
  { name: 'one slow answer is chance', ms: 1000, count: 1, limit: MOST_SLOTS },
  { name: 'answers that go on taking many times as long are fewer', ms: 1000, count: 3, limit: 0.75 * MOST_SLOTS },
  { name: 'a few milliseconds more are no queue, whatever the factor', ms: 150, count: 50, limit: MOST_SLOTS },
])('$name', ({ ms, count, limit }) => {
  const slots = new BackfillSlots();
  answers(slots, 1000, { ms: 40 });
  answers(slots, count, { ms, from: 2000 });
  expect(slots.limit).toBe(limit);
});

test('who finds no slot waits for one, and gives up with its signal', async () => {
  const slots = new BackfillSlots();
  let release = (): void => undefined;
  const first = slots.within(() => new Promise<void>((resolve) => (release = resolve)), never);
  const given = new AbortController();
  const second = slots.within(async () => 'second', never);
  const third = slots.within(async () => 'third', given.signal);
  given.abort(new Error('enough'));
  await expect(third).rejects.toThrow('enough');
  expect(slots.taken).toBe(1);
  release();
  await expect(second).resolves.toBe('second');
  await first;
  expect(slots.taken).toBe(0);
});
