/** Who gets the next request. */
import { setMaxListeners } from 'node:events';
import { expect, test } from 'vitest';
import type { Runtime } from '../../runtime.ts';
import { SourceWorld } from '../__fixtures__/world.ts';
import { ByteBudget } from './byte-budget.ts';
import type { Purpose } from './rate-limit.ts';
import { type FeedRequests, RequestScheduler, type Turn, type Wish } from './request-scheduler.ts';

/** With a client whose answers take no time, and as many requests of backfill at once as there may ever be. */
function open({ runtime }: Pick<SourceWorld, 'runtime'>, perSecond: number): FeedRequests {
  return new RequestScheduler(runtime, perSecond).openFeed();
}

/** Where memory is no matter. */
function wish(purpose: Purpose): Wish {
  return { purpose, holding: new ByteBudget().hold('live'), bytes: 1 };
}

async function take(requests: FeedRequests, purpose: Purpose, signal: AbortSignal): Promise<number> {
  const turn = await requests.next(wish(purpose), signal);
  turn.end();
  return turn.waitedMs;
}

/** Every purpose asks as fast as it may for `seconds`; gives who got through and when. */
async function compete(
  purposes: readonly Purpose[],
  perSecond: number,
  { seconds, lateMs = () => 0 }: { readonly seconds: number; readonly lateMs?: (dueMs: number) => number },
): Promise<readonly { purpose: Purpose; atMs: number }[]> {
  const world = new SourceWorld();
  const sleep: Runtime['sleep'] = (ms, signal) => world.runtime.sleep(ms + lateMs(world.nowMs + ms), signal);
  const requests = open({ runtime: { ...world.runtime, sleep } }, perSecond);
  const over = new AbortController();
  const taken: { purpose: Purpose; atMs: number }[] = [];
  const begin = world.nowMs;
  const loops = purposes.map(async (purpose) => {
    for (;;) {
      await take(requests, purpose, over.signal);
      taken.push({ purpose, atMs: world.nowMs - begin });
    }
  });
  await world.pass(seconds);
  over.abort(new Error('over'));
  await Promise.allSettled(loops);
  return taken;
}

function count(taken: readonly { purpose: Purpose }[], purpose: Purpose): number {
  return taken.filter((one) => one.purpose === purpose).length;
}

test('requests are evenly spaced and as many as allowed', async () => {
  const taken = await compete(['live', 'backfill', 'lookback'], 4, { seconds: 60 });
  expect(taken.length).toBeGreaterThanOrEqual(240);
  for (const [n, { atMs }] of taken.entries()) expect(atMs - (taken[n - 1]?.atMs ?? -250)).toBeGreaterThanOrEqual(250);
});

/** The most that fall into one second. */
function mostInASecond(taken: readonly { atMs: number }[]): number {
  return Math.max(...taken.map(({ atMs }) => taken.filter((one) => one.atMs >= atMs && one.atMs < atMs + 1000).length));
}

test.for([
  { name: 'timers are a little late', perSecond: 100, lateMs: () => 2 },
  { name: 'the process is busy half of the time', perSecond: 100, lateMs: busy({ ms: 60, everyMs: 130 }) },
  {
    name: 'the process is busy for half a second now and then',
    perSecond: 20,
    lateMs: busy({ ms: 500, everyMs: 9_000 }),
  },
  { name: 'the limit is no whole number', perSecond: 9.9, lateMs: busy({ ms: 60, everyMs: 130 }) },
  { name: 'the limit is no whole number, and high', perSecond: 99.5, lateMs: busy({ ms: 230, everyMs: 1_700 }) },
  { name: 'the limit is no whole number, and low', perSecond: 2.5, lateMs: busy({ ms: 60, everyMs: 900 }) },
  { name: 'the limit is below one a second', perSecond: 0.5, lateMs: busy({ ms: 60, everyMs: 130 }) },
])('$name: what is late is made up for, and no second holds too many', async ({ perSecond, lateMs }) => {
  const seconds = 60;
  const taken = await compete(['backfill', 'backfill', 'live'], perSecond, { seconds, lateMs });
  expect(mostInASecond(taken)).toBeLessThanOrEqual(Math.ceil(perSecond));
  expect(taken.length).toBeGreaterThanOrEqual(0.95 * perSecond * seconds);
});

/** A timer that is due while the process is busy fires when that is over. */
function busy({ ms, everyMs }: { ms: number; everyMs: number }): (dueMs: number) => number {
  return (dueMs) => Math.max(0, ms - (dueMs % everyMs));
}

test.for([
  { perSecond: 4, atMs: [0, 250, 500] },
  { perSecond: 10, atMs: [0, 0, 50, 150] },
])('after a rest $perSecond a second begin with no more than a quarter of a second’s', async ({ perSecond, atMs }) => {
  const world = new SourceWorld();
  const requests = open(world, perSecond);
  const { signal } = new AbortController();
  await take(requests, 'live', signal);
  await world.pass(60);
  const began = world.nowMs;
  const taken: number[] = [];
  void Promise.all(atMs.map(() => take(requests, 'backfill', signal).then(() => taken.push(world.nowMs - began))));
  await world.pass(1);
  expect(taken).toEqual(atMs);
});

test('live polling goes before all others', async () => {
  const taken = await compete(['backfill', 'lookback', 'live'], 1, { seconds: 4 });
  // The very first comes to whoever asks first.
  expect(taken.slice(1).every(({ purpose }) => purpose === 'live')).toBe(true);
});

test('polls that never rest leave the others a share', async () => {
  const taken = await compete(['live', 'live', 'backfill', 'lookback'], 1, { seconds: 200 });
  expect(count(taken, 'backfill')).toBeGreaterThanOrEqual(30);
  expect(count(taken, 'lookback')).toBeGreaterThanOrEqual(15);
  expect(count(taken, 'live')).toBeGreaterThanOrEqual(120);
});

test('the lookback scans get a fifth and backfill the rest, though it never rests', async () => {
  const taken = await compete(['backfill', 'lookback'], 1, { seconds: 100 });
  expect(count(taken, 'lookback')).toBeGreaterThanOrEqual(19);
  expect(count(taken, 'lookback')).toBeLessThanOrEqual(21);
  expect(count(taken, 'backfill')).toBeGreaterThanOrEqual(79);
});

test('the lookback scans get no more than a fifth when nobody else asks', async () => {
  expect(await compete(['lookback'], 1, { seconds: 100 })).toHaveLength(21);
});

test('a poll goes before requests of backfill that have waited long, however many there are', async () => {
  const world = new SourceWorld();
  const over = new AbortController();
  const requests = open(world, 5);
  const loops = Array.from({ length: 10 }, async () => {
    for (;;) {
      await take(requests, 'backfill', over.signal);
      await world.runtime.sleep(100, over.signal);
    }
  });
  await world.pass(10);
  let isPolled = false;
  void take(requests, 'live', over.signal).then(() => {
    isPolled = true;
  });
  await world.pass(1);
  expect(isPolled).toBe(true);
  over.abort(new Error('over'));
  await Promise.allSettled(loops);
});

test('who gives up leaves its place', async () => {
  const world = new SourceWorld();
  const requests = open(world, 1);
  const give = new AbortController();
  await take(requests, 'live', give.signal);
  const lost = take(requests, 'live', give.signal);
  const got = take(requests, 'backfill', new AbortController().signal);
  give.abort(new Error('enough'));
  await expect(lost).rejects.toThrow('enough');
  await world.pass(2);
  await expect(got).resolves.toBe(1000);
});

const never = new AbortController().signal;
setMaxListeners(0, never);

/** What happened, in order, when five requests of each feed are asked for and some are answered. */
function asking(perSecond = 100): {
  readonly world: SourceWorld;
  readonly scheduler: RequestScheduler;
  readonly feeds: readonly [FeedRequests, FeedRequests];
  readonly sent: Turn[];
  ask(feed: 0 | 1, purpose: Purpose): void;
} {
  const world = new SourceWorld();
  const scheduler = new RequestScheduler(world.runtime, perSecond);
  const feeds = [scheduler.openFeed(), scheduler.openFeed()] as const;
  const sent: Turn[] = [];
  return {
    world,
    scheduler,
    feeds,
    sent,
    ask: (feed, purpose) => void feeds[feed].next(wish(purpose), never).then((turn) => sent.push(turn)),
  };
}

function answer(requests: FeedRequests, turn: Turn | undefined, ms = 0): void {
  if (turn === undefined) throw new Error('it was not sent');
  requests.good(turn, ms);
  turn.end();
}

test('after a fault a feed asks nothing until the wait is over, then one at a time until an answer is good', async () => {
  const { world, feeds, sent, ask } = asking();
  const [feed] = feeds;
  ask(0, 'live');
  await world.pass(0);
  feed.fault(2000);
  sent[0]?.end();
  for (const purpose of ['live', 'lookback', 'backfill'] as const) ask(0, purpose);
  await world.pass(1.9);
  expect(sent).toHaveLength(1);
  await world.pass(5);
  expect(sent).toHaveLength(2);
  answer(feed, sent[1]);
  await world.pass(1);
  expect(sent).toHaveLength(4);
});

test('who is held holds no place of backfill, and the other feed asks on', async () => {
  const { world, feeds, sent, ask } = asking();
  feeds[0].fault(60_000);
  ask(0, 'backfill');
  ask(1, 'backfill');
  ask(1, 'live');
  await world.pass(1);
  expect(sent.map(({ purpose }) => purpose).toSorted()).toEqual(['backfill', 'live']);
});

test('a fault takes back the leave of whoever waits for the rate', async () => {
  const { world, feeds, sent, ask } = asking(1);
  ask(0, 'live');
  await world.pass(0);
  ask(0, 'live');
  feeds[0].fault(10_000);
  sent[0]?.end();
  await world.pass(9.9);
  expect(sent).toHaveLength(1);
  await world.pass(0.2);
  expect(sent).toHaveLength(2);
});

test('a good answer to what was sent before a fault says nothing of it', async () => {
  const { world, feeds, sent, ask } = asking();
  const [feed] = feeds;
  for (const purpose of ['live', 'lookback', 'live'] as const) ask(0, purpose);
  await world.pass(1);
  feed.fault(0);
  sent[0]?.end();
  answer(feed, sent[1]);
  for (const purpose of ['live', 'live'] as const) ask(0, purpose);
  await world.pass(1);
  // The third is under way since before the fault, and is not waited for.
  expect(sent).toHaveLength(4);
});

test('of the waits that two faults ask for the longer one is kept', async () => {
  const { world, feeds, sent, ask } = asking();
  feeds[0].fault(5000);
  feeds[0].fault(0);
  ask(0, 'live');
  await world.pass(4.9);
  expect(sent).toHaveLength(0);
  await world.pass(0.2);
  expect(sent).toHaveLength(1);
});

test('the wait of a 429 holds both feeds, and halves how much backfill asks at once', async () => {
  const { world, scheduler, feeds, sent, ask } = asking();
  for (let n = 0; n < 7; n += 1) {
    ask(0, 'backfill');
    await world.pass(1);
    answer(feeds[0], sent.at(-1), 10);
  }
  const before = scheduler.backfillLimit;
  ask(0, 'live');
  await world.pass(1);
  const refused = sent.at(-1);
  if (refused !== undefined) feeds[0].tooMany(refused, 3000);
  refused?.end();
  const count = sent.length;
  ask(1, 'live');
  await world.pass(2.9);
  expect(sent).toHaveLength(count);
  await world.pass(0.2);
  expect(sent).toHaveLength(count + 1);
  expect(before).toBeGreaterThan(2);
  expect(scheduler.backfillLimit).toBe(Math.floor(before / 2));
});

test('backfill has no more under way than its limit, for both feeds together, and learns only where that held it back', async () => {
  const { world, scheduler, feeds, sent, ask } = asking();
  for (const feed of [0, 1, 0, 1] as const) ask(feed, 'backfill');
  await world.pass(1);
  expect(sent).toHaveLength(1);
  answer(feeds[0], sent[0], 10);
  await world.pass(1);
  expect(scheduler.backfillLimit).toBe(2);
  expect(sent).toHaveLength(3);
});

test('none more while requests_per_second is what holds backfill back', async () => {
  const { world, scheduler, feeds, sent, ask } = asking(1);
  ask(0, 'live');
  for (let n = 0; n < 10; n += 1) ask(0, 'backfill');
  for (let n = 0; n < 20; n += 1) {
    await world.pass(0.5);
    for (const turn of sent.splice(0)) answer(feeds[0], turn, 10);
  }
  expect(scheduler.backfillLimit).toBe(1);
});

test('who finds no place waits for one, and gives up with its signal', async () => {
  const { world, feeds, sent, ask } = asking();
  ask(0, 'backfill');
  await world.pass(1);
  const given = new AbortController();
  const lost = feeds[0].next(wish('backfill'), given.signal);
  ask(0, 'backfill');
  given.abort(new Error('enough'));
  await expect(lost).rejects.toThrow('enough');
  sent[0]?.end();
  await world.pass(1);
  expect(sent).toHaveLength(2);
});

test('who finds no room in memory waits until there is some', async () => {
  const world = new SourceWorld();
  const budget = new ByteBudget(100);
  const scheduler = new RequestScheduler(world.runtime, 100, budget);
  const requests = scheduler.openFeed();
  const sent: number[] = [];
  const ask = (bytes: number): ReturnType<ByteBudget['hold']> => {
    const holding = budget.hold('live');
    void requests.next({ purpose: 'live', holding, bytes }, never).then(() => sent.push(bytes));
    return holding;
  };
  const first = ask(80);
  // Goes beyond, as one may.
  const second = ask(81);
  ask(82);
  ask(18);
  await world.pass(10);
  expect(sent).toEqual([80, 81]);
  second.release();
  await world.pass(1);
  expect(sent).toEqual([80, 81, 82]);
  first.release();
  await world.pass(1);
  expect(sent).toEqual([80, 81, 82, 18]);
});

test('a scheduler that is closed asks the budget no more', async () => {
  const world = new SourceWorld();
  const budget = new ByteBudget(100);
  const scheduler = new RequestScheduler(world.runtime, 100, budget);
  const holder = budget.hold('live');
  holder.take(150);
  const wanting = budget.hold('live');
  let isSent = false;
  void scheduler
    .openFeed()
    .next({ purpose: 'live', holding: wanting, bytes: 10 }, never)
    .then(() => {
      isSent = true;
    });
  await world.pass(1);
  scheduler.close();
  holder.release();
  await world.pass(1);
  expect(isSent).toBe(false);
});
