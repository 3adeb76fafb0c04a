/** Memory for what is in flight: no more than the budget and what one walk has beyond it, and nobody waits for ever. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Runtime } from '../../runtime.ts';
import { SourceWorld } from '../__fixtures__/world.ts';
import { ByteBudget, type Holding } from './byte-budget.ts';
import type { Purpose } from './rate-limit.ts';
import { RequestScheduler, type Turn } from './request-scheduler.ts';

const never: AbortSignal = new AbortController().signal;

test('backfill leaves a quarter to live polling, and of each one walk may go beyond', () => {
  const budget = new ByteBudget(100);
  const [first, beyond, third] = [budget.hold('unhurried'), budget.hold('unhurried'), budget.hold('unhurried')];
  const [live, liveBeyond, thirdLive] = [budget.hold('live'), budget.hold('live'), budget.hold('live')];
  const went = [
    first.take(75),
    beyond.take(1),
    third.take(1),
    live.take(24),
    liveBeyond.take(500),
    liveBeyond.take(1),
    thirdLive.take(1),
  ];
  expect(went.map((share) => share !== undefined)).toEqual([true, true, false, true, true, true, false]);
});

test('when the walk beyond the budget lets go, the next may go beyond', () => {
  const budget = new ByteBudget(100);
  const [first, second] = [budget.hold('live'), budget.hold('live')];
  first.take(101);
  expect(second.take(101)).toBeUndefined();
  first.release();
  expect(second.take(101)?.bytes).toBe(101);
});

test('a page grows into what is free, goes beyond where nobody else does, and is given up where somebody does', () => {
  const budget = new ByteBudget(100);
  const [first, second] = [budget.hold('live').take(10), budget.hold('live').take(10)];
  expect([first?.grow(90), first?.grow(95), second?.grow(11)]).toEqual([true, true, false]);
  expect(budget.usedBytes).toBe(105);
});

test('what is released is free once, whoever releases it again', () => {
  const budget = new ByteBudget(100);
  const holding = budget.hold('live');
  const share = holding.take(60);
  share?.came(40);
  expect(budget.usedBytes).toBe(40);
  share?.release();
  share?.release();
  holding.release();
  share?.came(90);
  expect([share?.grow(1), budget.usedBytes]).toEqual([false, 0]);
});

test('what is handed over is what has come: a page that is asked for meanwhile stays', () => {
  const budget = new ByteBudget(100);
  const holding = budget.hold('live');
  holding.take(30)?.came(20);
  const committed = holding.handOver();
  holding.take(50);
  for (const share of committed) share.release();
  expect(budget.usedBytes).toBe(50);
});

test('of several that wait for memory another one is called first each time', () => {
  const budget = new ByteBudget(10);
  const got: string[] = [];
  let holding = budget.hold('live');
  for (const name of ['a', 'b', 'c']) {
    budget.onFreed(() => {
      const next = budget.hold('live');
      // All of it, so that nobody else goes beyond.
      if (budget.usedBytes > 0 || next.take(10) === undefined) return;
      holding = next;
      got.push(name);
    });
  }
  holding.take(10);
  for (let times = 0; times < 6; times += 1) holding.release();
  expect(got).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
});

interface Page {
  /** What it was expected to take, and what it takes. */
  readonly expected: number;
  readonly bytes: number;
  readonly answerMs: number;
}

interface Walk {
  readonly source: number;
  readonly purpose: Purpose;
  readonly pages: readonly Page[];
  /** What is asked beside the first page, while that is held. */
  readonly vetting: Page | undefined;
  /** After so many pages what it has is committed. */
  readonly commitEvery: number;
  readonly commitMs: number;
}

const TOTAL = 1_000;
const page = fc.record({
  expected: fc.integer({ min: 1, max: 700 }),
  bytes: fc.integer({ min: 0, max: 2 * TOTAL }),
  answerMs: fc.integer({ min: 0, max: 300 }),
});
const walks: fc.Arbitrary<readonly Walk[]> = fc.array(
  fc.record({
    source: fc.integer({ min: 0, max: 4 }),
    purpose: fc.constantFrom<Purpose>('live', 'lookback', 'backfill'),
    pages: fc.array(page, { minLength: 1, maxLength: 5 }),
    vetting: fc.option(page, { nil: undefined }),
    commitEvery: fc.integer({ min: 1, max: 5 }),
    commitMs: fc.constantFrom(0, 10, 5_000),
  }),
  { minLength: 1, maxLength: 25 },
);

/** Asks for one page; one for which there is no room is asked for again, as expected by then. */
async function askFor(page: Page, ask: (bytes: number) => Promise<Turn>, runtime: Runtime): Promise<void> {
  const { expected, bytes, answerMs } = page;
  for (let wanted = expected, isThere = false; !isThere; wanted = bytes) {
    const turn = await ask(wanted);
    await runtime.sleep(answerMs, never);
    isThere = turn.share.grow(bytes);
    if (isThere) turn.share.came(bytes);
    else turn.share.release();
    turn.end();
  }
}

/** Asks for its pages one after another, as a window is read. */
async function read(
  walk: Walk,
  holding: Holding,
  parts: { world: SourceWorld; scheduler: RequestScheduler },
): Promise<void> {
  const { world, scheduler } = parts;
  const requests = scheduler.openFeed();
  const { purpose, vetting } = walk;
  const ask = (bytes: number): Promise<Turn> => requests.next({ purpose, holding, bytes }, never);
  for (const [index, asked] of walk.pages.entries()) {
    await askFor(asked, ask, world.runtime);
    // Of the same holding: the walk may be the one beyond the budget, and nobody else gives anything back then.
    if (index === 0 && vetting !== undefined) await askFor(vetting, ask, world.runtime);
    if ((index + 1) % walk.commitEvery !== 0) continue;
    const committed = holding.handOver();
    await world.runtime.sleep(walk.commitMs, never);
    for (const share of committed) share.release();
  }
  holding.release();
}

test('however many walks of however many sources: all come to their end, within the budget but for one of each urgency', async () => {
  await fc.assert(
    fc.asyncProperty(walks, async (told) => {
      const world = new SourceWorld();
      const budget = new ByteBudget(TOTAL);
      const schedulers = Array.from({ length: 5 }, () => new RequestScheduler(world.runtime, 100, budget));
      const holdings: Holding[] = [];
      let most = 0;
      let ended = 0;
      const watch = (): void => {
        // One live walk and one of the others may be beyond it: whoever holds most.
        const [first = 0, second = 0] = holdings.map(({ bytes }) => bytes).toSorted((a, b) => b - a);
        most = Math.max(most, budget.usedBytes - first - second);
      };
      budget.onFreed(watch);
      for (const walk of told) {
        const scheduler = schedulers[walk.source] ?? schedulers[0];
        if (scheduler === undefined) throw new Error('there are five');
        const holding = budget.hold(walk.purpose === 'live' ? 'live' : 'unhurried');
        holdings.push(holding);
        void read(walk, holding, { world, scheduler }).then(() => {
          ended += 1;
        });
      }
      await world.pass(3_600);
      expect({ ended, used: budget.usedBytes }).toEqual({ ended: told.length, used: 0 });
      expect(most).toBeLessThanOrEqual(TOTAL);
    }),
    { numRuns: 150 },
  );
});

test('of sources that all lack memory each has as much of it as the others', async () => {
  const world = new SourceWorld();
  const budget = new ByteBudget(TOTAL);
  const pages = [0, 0, 0];
  const end = new AbortController();
  for (const source of pages.keys()) {
    const scheduler = new RequestScheduler(world.runtime, 100, budget);
    const requests = scheduler.openFeed();
    // More walks than there is memory for: somebody always waits.
    for (let walk = 0; walk < 6; walk += 1) {
      void (async () => {
        for (;;) {
          const holding = budget.hold('unhurried');
          const turn = await requests.next({ purpose: 'backfill', holding, bytes: TOTAL / 4 }, end.signal);
          await world.runtime.sleep(100, end.signal);
          turn.end();
          holding.release();
          pages[source] = (pages[source] ?? 0) + 1;
        }
      })().catch(() => undefined);
    }
  }
  await world.pass(12);
  end.abort();
  expect(Math.min(...pages)).toBeGreaterThan(0.6 * Math.max(...pages));
});
