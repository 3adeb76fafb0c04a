/** Dead letters that go again: through the same mapping and filter, as replay, and in their place until they are at the peer. */
import type { SendResult } from '@audit-relay/sink';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acked, blocked, entry, hangs, inTurn, LaneWorld, refused, rejected, tooLarge } from './lane.test.world.ts';

/** A world of which so many events are dead letters: e0, e1 … */
async function buried(count: number, options: ConstructorParameters<typeof LaneWorld>[0] = {}): Promise<LaneWorld> {
  const limits = { maxEvents: 1 };
  const world = new LaneWorld({ events: count, limits, ...options, script: () => rejected }).start();
  await world.idle();
  expect(world.letters).toHaveLength(count);
  world.sent.length = 0;
  world.script = () => acked;
  return world;
}

const kept = ({ deadLetters }: LaneWorld): readonly string[] =>
  deadLetters.kept.map(({ entry: { id }, kind, attempts, reason, retryMs }) => {
    return `${id} ${kind} ${attempts} ${reason}${retryMs === undefined ? '' : ' going again'}`;
  });

const isDone = ({ deadLetters }: LaneWorld): boolean => deadLetters.kept.every(({ retryMs }) => retryMs === undefined);

test('until somebody asks for it none goes again, restarts or not', async () => {
  const world = await buried(3);
  world.restart();
  await world.time.wait(3_600_000);
  expect(world.sent).toEqual([]);
});

test('what is asked for goes out as replay, leaves when it is at the peer, and moves no cursor', async () => {
  const world = await buried(3);
  const cursor = world.journal.saved.at(-1);
  world.deadLetters.retry();
  await world.time.until(() => isDone(world));
  expect(world.sent.map(({ ids, replay }) => [...ids, replay])).toEqual([
    ['e0', true],
    ['e1', true],
    ['e2', true],
  ]);
  expect(world.deadLetters.left).toEqual(['e0 acked', 'e1 acked', 'e2 acked']);
  expect(world.journal.saved.at(-1)).toEqual(cursor);
  expect(world.lane.status()).toMatchObject({ health: 'ok', deadLettered: 3, heldEntries: 0 });
});

describe('what comes back', () => {
  test.each<{ name: string; answers: SendResult[]; kept: string[]; left: string[] }>([
    {
      name: 'refused again: it stays, with the new reason and all attempts',
      answers: [{ kind: 'rejected', reason: 'still no such field' }],
      kept: ['e0 rejected 2 still no such field'],
      left: ['e1 acked'],
    },
    {
      name: 'too large now: that is its kind',
      answers: [tooLarge],
      kept: ['e0 too_large 2 HTTP 413'],
      left: ['e1 acked'],
    },
    {
      name: 'down for a while: it waits as any event',
      answers: [refused, blocked],
      kept: [],
      left: ['e0 acked', 'e1 acked'],
    },
  ])('$name', async ({ answers, kept: stays, left }) => {
    const world = await buried(2);
    world.script = (batch, call, index) => inTurn(...answers)(batch, call, index);
    world.deadLetters.retry();
    await world.time.until(() => isDone(world) && world.deadLetters.left.length === left.length);
    expect(kept(world)).toEqual(stays);
    expect(world.deadLetters.left.toSorted()).toEqual(left);
    expect(world.lane.status().health).toBe('ok');
  });

  test('goes again when somebody asks once more', async () => {
    const world = await buried(1);
    world.script = inTurn(rejected);
    world.deadLetters.retry();
    await world.time.until(() => isDone(world));
    world.deadLetters.retry();
    await world.time.until(() => world.letters.length === 0);
    expect(world.deadLetters.left).toEqual(['e0 acked']);
  });

  test('in whatever number blocks no lane: they were set aside already', async () => {
    const world = await buried(90);
    world.script = () => rejected;
    for (let times = 0; times < 3; times += 1) {
      world.deadLetters.retry();
      await world.time.until(() => isDone(world));
    }
    expect(world.letters).toHaveLength(90);
    expect(world.lane.status().health).toBe('ok');
    world.script = () => acked;
    world.journal.append([entry('fresh')]);
    await world.idle();
    expect(world.logged).not.toContain('SINK_BLOCKED');
  });
});

test('the present filter and the present size decide, as of any event', async () => {
  let size = 100;
  let excludes = false;
  const when = ({ id }: { readonly id: string }): 'pass' | 'exclude' => (excludes && id === 'e1' ? 'exclude' : 'pass');
  const world = await buried(3, { when, bytesOf: (id) => (id === 'e2' ? size : 100) });
  size = 1e6;
  excludes = true;
  world.deadLetters.retry();
  await world.time.until(() => isDone(world));
  expect(world.deadLetters.left.toSorted()).toEqual(['e0 acked', 'e1 excluded.when']);
  expect(kept(world)).toEqual([expect.stringMatching(/^e2 too_large 1 the document has 1000000 bytes/)]);
});

test('fresh events go on meanwhile, and a hung retry holds none of them up', async () => {
  const world = await buried(2, { limits: { maxEvents: 1, maxInFlight: 2 } });
  world.script = (batch, call, index) => (batch.envelopes[0]?.id === 'e0' ? hangs(batch, call, index) : acked);
  world.deadLetters.retry();
  await world.time.until(() => world.sent.length > 0);
  world.journal.append(Array.from({ length: 20 }, (_, index) => entry(`f${index}`)));
  const begunMs = world.time.elapsedMs;
  await world.time.until(() => world.settledAll());
  expect(world.time.elapsedMs - begunMs).toBeLessThan(30_000);
});

test('a drain waits for none that cannot go, and they are asked for still after it', async () => {
  const world = await buried(2);
  world.script = () => blocked;
  world.deadLetters.retry();
  await world.time.until(() => world.sent.length > 0);
  await world.time.pass(world.lane.drain(new AbortController().signal));
  expect(kept(world)).toEqual(['e0 rejected 1 no such field going again', 'e1 rejected 1 no such field going again']);
  world.script = () => acked;
  world.restart();
  await world.time.until(() => world.letters.length === 0);
});

test('the log names each by its id, and the command', async () => {
  const world = await buried(2);
  expect(world.told.filter((text) => text.includes('dead letter'))).toEqual([
    'siem: 1 event(s) were set aside as dead letter siem/1: no such field. Look at one: audit-relay dead-letters show siem/1',
    'siem: 1 event(s) were set aside as dead letter siem/2: no such field. Look at one: audit-relay dead-letters show siem/2',
  ]);
});

test('it is kept when an event was first sent, and when it was set aside', async () => {
  const world = new LaneWorld({ events: 1, script: inTurn(refused, rejected) }).start();
  await world.idle();
  const [first, second] = world.sent;
  const [letter] = world.letters;
  const offsetMs = world.time.nowMs - world.time.elapsedMs;
  expect(letter?.firstMs).toBe(offsetMs + (first?.atMs ?? 0));
  expect(letter?.atMs).toBe(offsetMs + (second?.atMs ?? 0));
  expect(letter?.attempts).toBe(2);
});

test('with any answers and any kills each letter is at the peer or kept, and each copy is a replay', async () => {
  const move = fc.constantFrom<'acked' | 'rejected' | 'refused' | 'kill' | 'kept back'>(
    'acked',
    'rejected',
    'refused',
    'kill',
    'kept back',
  );
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.array(move, { maxLength: 20 }), async (count, moves) => {
      const world = await buried(count);
      const atPeer = new Map<string, number>();
      const left = [...moves];
      world.script = (batch, call, index) => {
        const next = left.shift() ?? 'acked';
        if (next === 'rejected') return rejected;
        if (next === 'refused') return refused;
        for (const { id } of batch.envelopes) atPeer.set(id, (atPeer.get(id) ?? 0) + 1);
        if (next === 'acked') return acked;
        // The peer has it, and its answer is lost, with the process or without.
        if (next === 'kill') queueMicrotask(() => world.restart());
        return hangs(batch, call, index);
      };
      world.deadLetters.retry();
      await world.time.until(() => isDone(world));
      const ids = Array.from({ length: count }, (_, index) => `e${index}`);
      const stays = world.letters.map(({ entry: { id } }) => id);
      const gone = world.deadLetters.left.map((text) => text.split(' ')[0] ?? '');
      expect(new Set([...stays, ...gone])).toEqual(new Set(ids));
      expect(stays.length + gone.length).toBe(count);
      for (const text of world.deadLetters.left) expect(atPeer.get(text.split(' ')[0] ?? '')).toBeGreaterThan(0);
      expect(world.sent.every(({ replay }) => replay)).toBe(true);
    }),
    { numRuns: 60 },
  );
});
