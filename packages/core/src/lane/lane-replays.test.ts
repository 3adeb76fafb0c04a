/** Replays: through the present mapping and filter, as replay, apart from the cursor, and once whatever is killed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acked, blocked, entry, hangs, inTurn, LaneWorld, refused, rejected, unanswered } from './lane.test.world.ts';

/** Everything of the journal is at the peer: e0, e1 … */
async function delivered(count: number, options: ConstructorParameters<typeof LaneWorld>[0] = {}): Promise<LaneWorld> {
  const world = new LaneWorld({ events: count, ...options }).start();
  await world.idle();
  world.sent.length = 0;
  return world;
}

test('what is asked for goes out as replay, and moves no cursor', async () => {
  const world = await delivered(25);
  const cursor = world.journal.saved.at(-1);
  const saves = world.journal.saved.length;
  const order = world.replays.begin(world.journal.entries);
  await world.time.until(() => order.isOver);
  expect(world.ids().flat()).toEqual(world.journal.entries.map(({ id }) => id));
  expect(world.sent.every(({ replay, overwrite }) => replay && !overwrite)).toBe(true);
  expect(order.counts).toEqual({ acked: 25 });
  expect([world.journal.saved.at(-1), world.journal.saved.length]).toEqual([cursor, saves]);
  expect(world.lane.status()).toMatchObject({ health: 'ok', heldEntries: 0 });
});

test('one that overwrites says so with every batch, and no other batch does', async () => {
  const world = await delivered(3);
  world.replays.begin(world.journal.entries.slice(), true);
  const last = world.replays.begin(world.journal.entries.slice(0, 1));
  world.journal.append([entry('fresh')]);
  await world.time.until(() => last.isOver && world.settledAll());
  const said = world.sent.flatMap(({ ids, overwrite }) => ids.map((id) => `${id} ${overwrite}`));
  expect(said.toSorted()).toEqual(['e0 false', 'e0 true', 'e1 true', 'e2 true', 'fresh false']);
});

test('an order with nothing to send is over at once', async () => {
  const world = await delivered(1);
  const order = world.replays.begin([]);
  await world.time.until(() => order.isOver);
  expect([order.counts, world.sent]).toEqual([{}, []]);
});

test('the present filter decides, what is refused is a dead letter, and all of it is counted apart', async () => {
  let excludes = false;
  const when = ({ id }: { readonly id: string }): 'pass' | 'exclude' => (excludes && id === 'e1' ? 'exclude' : 'pass');
  const world = await delivered(4, {
    when,
    limits: { maxEvents: 1 },
    bytesOf: (id) => (excludes && id === 'e3' ? 1e6 : 100),
  });
  excludes = true;
  world.script = (batch) => (batch.envelopes[0]?.id === 'e2' ? rejected : acked);
  const order = world.replays.begin(world.journal.entries);
  await world.time.until(() => order.isOver);
  expect(order.counts).toEqual({ acked: 1, 'excluded.when': 1, dead_lettered: 2 });
  expect(world.letters.map(({ entry: { id }, kind }) => `${id} ${kind}`).toSorted()).toEqual([
    'e2 rejected',
    'e3 too_large',
  ]);
  expect(world.lane.status().deadLettered).toBe(0);
});

test('what comes has its turn beside a replay, batch for batch', async () => {
  const world = await delivered(200, { limits: { maxEvents: 1 } });
  world.replays.begin(world.journal.entries);
  await world.time.until(() => world.sent.length >= 10);
  world.journal.append(Array.from({ length: 20 }, (_, index) => entry(`f${index}`)));
  const before = world.sent.length;
  await world.time.until(() => world.settledAll());
  // Of those that went out until all fresh ones were there, about half are of the replay.
  expect(world.sent.length - before).toBeLessThan(60);
});

test('a hung batch of a replay holds nothing up that has another slot', async () => {
  const world = await delivered(2, { limits: { maxEvents: 1, maxInFlight: 2 } });
  world.script = (batch, call, index) => (batch.envelopes[0]?.id === 'e0' ? hangs(batch, call, index) : acked);
  world.replays.begin(world.journal.entries.slice(0, 1));
  await world.time.until(() => world.sent.length > 0);
  world.journal.append(Array.from({ length: 20 }, (_, index) => entry(`f${index}`)));
  const begunMs = world.time.elapsedMs;
  await world.time.until(() => world.settledAll());
  expect(world.time.elapsedMs - begunMs).toBeLessThan(30_000);
});

test('while the peer takes nothing no more is read than fits in memory', async () => {
  // Nothing else holds it back: each has a slot.
  const world = await delivered(1, { limits: { maxEvents: 1, maxInFlight: 1_000 } });
  const raw = JSON.stringify({ padding: 'x'.repeat(100_000) });
  const large = Array.from({ length: 300 }, (_, index) => ({ ...entry(`l${index}`), raw }));
  world.script = hangs;
  let given = 0;
  const entries = new Proxy(large, {
    get: (list, key) =>
      key === 'slice'
        ? (from: number, to: number) => {
            given = Math.max(given, to);
            return list.slice(from, to);
          }
        : Reflect.get(list, key),
  });
  world.replays.begin(entries);
  await world.time.until(() => world.sent.length > 3);
  // 4 MiB and the portion that was asked for before: 42 entries and 7, and as many in the next step's hands.
  expect(given).toBeLessThan(60);
});

test('one that somebody ends stops where it stands, and the next one begins', async () => {
  const world = await delivered(30);
  world.script = () => blocked;
  const first = world.replays.begin(world.journal.entries);
  await world.time.until(() => world.sent.length > 0);
  first.end.abort();
  world.script = () => acked;
  const second = world.replays.begin(world.journal.entries.slice(20));
  await world.time.until(() => second.isOver);
  expect(first.isOver).toBe(false);
  expect(second.counts).toEqual({ acked: 10 });
  world.journal.append([entry('fresh')]);
  await world.idle();
  expect(world.lane.status().health).toBe('ok');
  const late = world.sent.slice(1).flatMap(({ ids }) => ids);
  // Of the first one a batch may have been at the breaker's door.
  expect(late.filter((id) => Number(id.slice(1)) < 20).length).toBeLessThanOrEqual(20);
});

test('of one that was ended nothing is tried again, however long the peer is down', async () => {
  const world = await delivered(30);
  world.script = () => refused;
  const order = world.replays.begin(world.journal.entries);
  await world.time.until(() => world.sent.length > 2);
  order.end.abort();
  const before = world.sent.length;
  world.journal.append([entry('fresh')]);
  await world.time.wait(3_600_000);
  const late = world.sent.slice(before).flatMap(({ ids }) => ids);
  expect(late.filter((id) => id !== 'fresh').length).toBeLessThanOrEqual(20);
  world.script = () => acked;
  await world.idle();
  expect(world.lane.status().health).toBe('ok');
});

test('a drain waits for none that cannot go, and the next start goes on with it', async () => {
  const world = await delivered(30);
  world.script = inTurn(acked, blocked, blocked, blocked, blocked);
  const order = world.replays.begin(world.journal.entries);
  await world.time.until(() => world.sent.length > 1);
  await world.time.pass(world.lane.drain(new AbortController().signal));
  expect([order.done, order.isOver]).toEqual([10, false]);
  world.sent.length = 0;
  world.script = () => acked;
  world.restart();
  await world.time.until(() => order.isOver);
  expect(world.ids().flat()).toEqual(world.journal.entries.slice(10).map(({ id }) => id));
  expect(order.counts).toEqual({ acked: 30 });
});

test('a hundred refused in a row block the lane: a replay does not make dead letters of everything', async () => {
  const world = await delivered(300, { limits: { maxEvents: 1 } });
  world.script = () => rejected;
  world.replays.begin(world.journal.entries);
  await world.time.until(() => world.lane.status().health === 'blocked');
  expect(world.letters).toHaveLength(100);
});

describe('with any answers and any kills', () => {
  const move = fc.constantFrom('acked', 'rejected', 'refused', 'unanswered', 'kill', 'fresh');
  test('each entry of a replay is counted once, the cursor counts what it would without, and each copy is a replay', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 40 }), fc.array(move, { maxLength: 20 }), async (count, moves) => {
        const world = await delivered(count);
        const atPeer = new Map<string, number>();
        const left = [...moves];
        let fresh = 0;
        world.script = (batch, call, index) => {
          const next = left.shift() ?? 'acked';
          if (next === 'fresh') {
            fresh += 1;
            world.journal.append([entry(`f${fresh}`)]);
          }
          if (next === 'rejected') return rejected;
          if (next === 'refused') return refused;
          for (const { id } of batch.envelopes) atPeer.set(id, (atPeer.get(id) ?? 0) + 1);
          if (next === 'unanswered') return unanswered;
          if (next !== 'kill') return acked;
          // The peer has it, and its answer is lost with the process.
          queueMicrotask(() => world.restart());
          return hangs(batch, call, index);
        };
        const order = world.replays.begin(world.journal.entries.slice());
        await world.time.until(() => order.isOver && world.settledAll());
        const { acked: taken = 0, dead_lettered: dead = 0 } = order.counts;
        expect(taken + dead).toBe(count);
        const cursor = world.journal.saved.at(-1)?.counts ?? {};
        const all = Object.values(cursor).reduce((sum, ways) => sum + ways, 0);
        // A life counts from its own start: the memory journal keeps each life's cursor as it is.
        expect(all).toBeLessThanOrEqual(count + fresh);
        const setAside = new Set(world.letters.map(({ entry: { id } }) => id));
        for (const { id } of order.entries) expect(setAside.has(id) || (atPeer.get(id) ?? 0) > 0).toBe(true);
        const copies = world.sent.filter(({ ids }) => ids.some((id) => id.startsWith('e')));
        expect(copies.every(({ replay }) => replay)).toBe(true);
      }),
      { numRuns: 80 },
    );
  });
});
