/** Who is set aside of a batch that was refused, and when it is not the events, against a scripted sink. */
import type { Batch, Failure, SendResult } from '@audit-relay/sink';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acked, entry, LaneWorld, type LaneWorldOptions, rejected, type Script, tooLarge } from './lane.test.world.ts';

type Answering = (batch: Batch, isGuilty: (id: string) => boolean) => SendResult;

/** Ways to say that some of a batch are refused. */
const WAYS = {
  /** As a whole, whichever of them is to blame. */
  'as a whole': ({ envelopes }, isGuilty) => (envelopes.some(({ id }) => isGuilty(id)) ? rejected : acked),
  'one by one': ({ envelopes }, isGuilty) => {
    const failures = envelopes.flatMap(({ id }, index) => (isGuilty(id) ? [{ index, failure: rejected }] : []));
    return { kind: 'partial', acked: envelopes.length - failures.length, failures };
  },
  'as too large': ({ envelopes }, isGuilty) => (envelopes.some(({ id }) => isGuilty(id)) ? tooLarge : acked),
} as const satisfies Record<string, Answering>;

const lettersOf = ({ letters }: LaneWorld): readonly string[] => letters.map(({ entry: { id } }) => id);

/** A sink that refuses the ids of `guilty`, and says so in one of the ways. */
function worldOf(guilty: ReadonlySet<string>, way: keyof typeof WAYS, options: LaneWorldOptions = {}): LaneWorld {
  return new LaneWorld({ ...options, script: (batch) => WAYS[way](batch, (id) => guilty.has(id)) });
}

const idsOf = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, at) => `e${from + at}`);

describe('of a batch that is refused', () => {
  const cases = fc.record({
    events: fc.integer({ min: 1, max: 120 }),
    maxEvents: fc.integer({ min: 1, max: 64 }),
    maxInFlight: fc.integer({ min: 1, max: 4 }),
    way: fc.constantFrom(...(Object.keys(WAYS) as (keyof typeof WAYS)[])),
    picked: fc.uniqueArray(fc.nat(119), { maxLength: 60 }),
  });

  test('exactly the guilty are set aside, all others are taken, in a number of sends that goes by the guilty', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ events, maxEvents, maxInFlight, way, picked }) => {
        const guilty = new Set(picked.filter((number) => number < events).map((number) => `e${number}`));
        const taken = new Set<string>();
        const limits = { maxEvents, maxInFlight };
        const world = worldOf(guilty, way, {
          events,
          limits,
          config: { batch: { max_events: maxEvents, max_age: 0 } },
        });
        const { script } = world;
        world.script = async (batch, call, index) => {
          const answer = await script(batch, call, index);
          if (answer.kind === 'acked') for (const { id } of batch.envelopes) taken.add(id);
          if (answer.kind === 'partial') {
            const failed = new Set(answer.failures.map((failure) => failure.index));
            for (const [at, { id }] of batch.envelopes.entries()) if (!failed.has(at)) taken.add(id);
          }
          return answer;
        };
        world.start();
        await world.idle();
        expect(new Set(lettersOf(world))).toEqual(guilty);
        expect(taken).toEqual(new Set(idsOf(0, events).filter((id) => !guilty.has(id))));
        const search = 2 * Math.ceil(Math.log2(maxEvents));
        expect(world.sent.length).toBeLessThanOrEqual(
          Math.ceil(events / maxEvents) + guilty.size * search + events / 100 + 1,
        );
      }),
      { numRuns: 150 },
    );
  });

  test('what is stored of it is not stored twice: the halves are replay, also of what was none', async () => {
    const world = worldOf(new Set(['e5']), 'as a whole', { events: 10 }).start();
    await world.idle();
    expect(world.sent.map(({ replay }) => replay)).toEqual([false, ...world.sent.slice(1).map(() => true)]);
    expect(world.sent.length).toBeGreaterThan(4);
  });
});

describe('100 refusals in a row without one event taken', () => {
  const everything = { has: () => true } as unknown as ReadonlySet<string>;

  test.each<{ name: string; way: keyof typeof WAYS; options: LaneWorldOptions }>([
    { name: 'one by one', way: 'one by one', options: { limits: { maxEvents: 1 } } },
    { name: 'in batches that are searched', way: 'as a whole', options: { limits: { maxEvents: 40 } } },
    { name: 'of batches, by name', way: 'one by one', options: { limits: { maxEvents: 40 } } },
    { name: 'of one batch, by name', way: 'one by one', options: { limits: { maxEvents: 500 } } },
    { name: 'several sends at a time', way: 'as a whole', options: { limits: { maxEvents: 7, maxInFlight: 8 } } },
    { name: 'for their size', way: 'as too large', options: { limits: { maxEvents: 40 } } },
  ])('are not the events: no more is set aside, $name, and the lane goes on by itself', async ({ way, options }) => {
    const config = { batch: { max_events: options.limits?.maxEvents ?? 1, max_age: 0 } };
    const world = worldOf(everything, way, { events: 350, config, ...options }).start();
    await world.time.until(() => world.lane.status().health === 'blocked');
    expect(world.lane.status().problem).toMatch(/^100 events in a row were refused .*: (no such field|HTTP 413)$/);
    const sent = world.sent.length;
    await world.time.wait(24 * 3_600_000);
    expect(lettersOf(world)).toHaveLength(100);
    expect(world.lane.status()).toMatchObject({ health: 'blocked', acked: 0, deadLettered: 100 });
    // One a minute, as of any blocked lane.
    expect(world.sent.length - sent).toBeLessThan(24 * 60 * 1.5);
    world.script = () => acked;
    await world.idle();
    expect(world.lane.status()).toMatchObject({ health: 'ok', acked: 250, deadLettered: 100 });
    expect(world.logged.filter((code) => code === 'SINK_BLOCKED')).toHaveLength(1);
  });

  test.each([1, 40])(
    'are not those of the sink itself, in batches of %i: each is set aside, and no lane is blocked',
    async (most) => {
      const config = { batch: { max_events: most, max_age: 0 } };
      const world = worldOf(everything, 'one by one', { events: 350, config, limits: { maxEvents: most } });
      const unasked: Failure = { kind: 'rejected', reason: 'too old', unasked: true };
      world.script = ({ envelopes }) => ({
        kind: 'partial',
        acked: 0,
        failures: envelopes.map((_, index) => ({ index, failure: unasked })),
      });
      world.start();
      await world.idle();
      expect(lettersOf(world)).toEqual(idsOf(0, 350));
      expect(world.lane.status()).toMatchObject({ health: 'ok', deadLettered: 350 });
      expect(world.logged).not.toContain('SINK_BLOCKED');
    },
  );

  test('are counted past those of the sink itself, which go on being set aside', async () => {
    const config = { batch: { max_events: 10, max_age: 0 } };
    const isEven = (id: string): boolean => Number(id.slice(1)) % 2 === 0;
    const world = worldOf(everything, 'one by one', { events: 350, config, limits: { maxEvents: 10 } });
    world.script = ({ envelopes }) => ({
      kind: 'partial',
      acked: 0,
      failures: envelopes.map(({ id }, index) => ({ index, failure: { ...rejected, unasked: isEven(id) } })),
    });
    world.start();
    await world.time.until(() => world.lane.status().health === 'blocked');
    await world.time.wait(24 * 3_600_000);
    expect(lettersOf(world).filter((id) => !isEven(id))).toHaveLength(100);
    expect(lettersOf(world).filter(isEven).length).toBeGreaterThanOrEqual(100);
  });

  test.each<{ name: string; guilty: readonly string[] }>([
    { name: '99, one taken, 99', guilty: [...idsOf(0, 99), ...idsOf(100, 199)] },
    { name: 'every other one', guilty: idsOf(0, 300).filter((_, at) => at % 2 === 0) },
  ])('are fewer where one is taken in between: $name', async ({ guilty }) => {
    for (const maxEvents of [1, 9]) {
      const config = { batch: { max_events: maxEvents, max_age: 0 } };
      const world = worldOf(new Set(guilty), 'as a whole', { events: 300, config }).start();
      await world.idle();
      expect(lettersOf(world)).toEqual(guilty);
      expect(world.logged).not.toContain('SINK_BLOCKED');
    }
  });

  test.each(Object.keys(WAYS) as (keyof typeof WAYS)[])(
    'are got over when there are 250 bad ones and good ones after them: %s',
    async (way) => {
      const guilty = idsOf(0, 250);
      const world = worldOf(new Set(guilty), way, { events: 400, limits: { maxEvents: 40 } }).start();
      await world.idle();
      expect([...lettersOf(world)].sort(byNumber)).toEqual(guilty);
      expect(world.lane.status()).toMatchObject({ health: 'ok', acked: 150 });
    },
  );

  test('are counted across restarts, and anew after one is taken', async () => {
    const config = { batch: { max_events: 1, max_age: 0 } };
    const guilty = new Set(idsOf(0, 500));
    const world = worldOf(guilty, 'one by one', { events: 60, config }).start();
    await world.idle();
    expect(world.lane.status().health).toBe('ok');
    world.restart();
    world.journal.append(idsOf(60, 150).map((id) => entry(id)));
    await world.time.until(() => world.lane.status().health === 'blocked');
    for (let life = 0; life < 3; life += 1) {
      await world.time.runTasks();
      world.restart();
      await world.time.until(() => world.lane.status().health === 'blocked');
    }
    expect(lettersOf(world)).toEqual(idsOf(0, 100));
    guilty.delete('e100');
    await world.idle();
    expect(lettersOf(world)).toHaveLength(149);
    world.restart();
    world.journal.append(idsOf(150, 200).map((id) => entry(id)));
    await world.idle();
    expect(lettersOf(world)).toHaveLength(199);
  });

  test('are only those that were sent: what is larger than the sink takes is no refusal', async () => {
    const world = new LaneWorld({ events: 300, bytesOf: () => 2e5 }).start();
    await world.idle();
    expect(lettersOf(world)).toHaveLength(300);
    expect(world.lane.status().health).toBe('ok');
  });

  test('leave the peer its own words where those block the lane', async () => {
    const script: Script = (_batch, _call, index) =>
      index < 100 ? rejected : { kind: 'blocked', reason: 'HTTP 401: give it a key' };
    const world = new LaneWorld({ events: 101, config: { batch: { max_events: 1, max_age: 0 } }, script }).start();
    await world.time.until(() => world.sent.length > 100);
    await world.time.runTasks();
    expect(world.lane.status().problem).toBe('HTTP 401: give it a key');
  });
});

function byNumber(a: string, b: string): number {
  return Number(a.slice(1)) - Number(b.slice(1));
}
