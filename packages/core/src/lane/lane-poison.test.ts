/** When a lane gives up on an event that fails again and again, and that an outage is no reason to, against a scripted sink. */
import { describe, expect, test } from 'vitest';
import {
  acked,
  blocked,
  entry,
  hangs,
  LaneWorld,
  type LaneWorldOptions,
  refused,
  type Script,
  unanswered,
} from './lane.test.world.ts';

const HOUR_MS = 3_600_000;
const ALONE = { batch: { max_events: 1, max_age: 0 } };

/** Fails while `down`, and always for the ids of `bad`. */
class Fickle {
  down = false;
  readonly bad: ReadonlySet<string>;

  constructor(...bad: readonly string[]) {
    this.bad = new Set(bad);
  }

  readonly script: Script = ({ envelopes }) =>
    this.down || envelopes.some(({ id }) => this.bad.has(id)) ? refused : acked;
}

/** One other event a minute, as a living lane has. */
async function live(world: LaneWorld, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    world.journal.append([entry(`f${world.journal.entries.length}`)]);
    await world.time.wait(60_000);
  }
}

const by = (a: string, b: string): number => (a < b ? -1 : 1);
const lettersOf = ({ letters }: LaneWorld): readonly string[] =>
  letters.map(({ entry: { id }, kind }) => `${id} ${kind}`);

describe('an event that fails while others are taken', () => {
  test('is a dead letter after 20 times and an hour', async () => {
    const world = new LaneWorld({ events: 4, script: new Fickle('e1').script }).start();
    await live(world, 59);
    expect(world.letters).toEqual([]);
    await live(world, 10);
    expect(lettersOf(world)).toEqual(['e1 undeliverable']);
    await world.idle();
  });

  test('is one too when it fails in several ways', async () => {
    const answers = [refused, unanswered, { ...refused, why: 'failed' }] as const;
    const script: Script = (batch, call, index) => {
      if (!batch.envelopes.some(({ id }) => id === 'e1')) return acked;
      if (index % 5 === 4) return hangs(batch, call, index);
      return { ...(answers[index % 3] ?? refused), reason: 'one of several' };
    };
    const world = new LaneWorld({ events: 4, limits: { maxInFlight: 2 }, script }).start();
    await live(world, 70);
    expect(lettersOf(world)).toEqual(['e1 undeliverable']);
    await world.idle();
  });

  test('is one as well when the lane stands still at max_ahead because of it, which is never passed', async () => {
    const peer = new Fickle('e1', 'e4', 'e700');
    let furthest = 0;
    const script: Script = (batch, call, index) => {
      const numbers = batch.envelopes.map(({ id }) => Number(id.slice(1)));
      if (world.letters.length === 0) furthest = Math.max(furthest, ...numbers);
      return peer.script(batch, call, index);
    };
    const config = { batch: { max_events: 100, max_age: 0 }, max_ahead: 5_000 };
    const world: LaneWorld = new LaneWorld({ events: 6_000, config, limits: { maxEvents: 100 }, script }).start();
    await world.idle();
    expect([...lettersOf(world)].sort(by)).toEqual(['e1 undeliverable', 'e4 undeliverable', 'e700 undeliverable']);
    expect(world.lane.status().acked).toBe(5_997);
    expect(furthest).toBeGreaterThan(1 + 4_950);
    expect(furthest).toBeLessThanOrEqual(1 + 5_000 - 1);
  });

  test('is none while it is blocked', async () => {
    const script: Script = ({ envelopes }) => (envelopes[0]?.id === 'e0' ? blocked : acked);
    const world = new LaneWorld({ events: 1, script }).start();
    await live(world, 300);
    expect(world.letters).toEqual([]);
  });
});

describe('a peer that is down', () => {
  const when: LaneWorldOptions['when'] = ({ id }) => (id.startsWith('e') || id === 'later' ? 'pass' : 'exclude');

  test.each<{ name: string; options: LaneWorldOptions; during?: (world: LaneWorld) => Promise<void> }>([
    { name: 'with one event', options: { events: 1 } },
    { name: 'with three in one batch', options: { events: 3 } },
    { name: 'with several parked', options: { events: 9, config: ALONE } },
    { name: 'with several slots', options: { events: 40, config: ALONE, limits: { maxInFlight: 4 } } },
    { name: 'with one event beside excluded ones', options: { events: 1, when }, during: (world) => live(world, 300) },
    { name: 'at max_ahead', options: { events: 900, config: { ...ALONE, max_ahead: 500 } } },
  ])('is no reason to give up an event, $name, for five hours and each time anew', async ({ options, during }) => {
    const peer = new Fickle();
    const world = new LaneWorld({ ...options, script: peer.script }).start();
    for (let turn = 0; turn < 3; turn += 1) {
      peer.down = true;
      await (during?.(world) ?? world.time.wait(5 * HOUR_MS));
      peer.down = false;
      world.journal.append([entry('later')]);
      await world.idle();
      world.journal.append([entry(`e-again-${turn}`)]);
    }
    expect(world.letters).toEqual([]);
    await world.idle();
  });

  test('takes nothing off the hour: 20 failures beside others that are taken, over an hour, come after it', async () => {
    const peer = new Fickle('e0');
    const world = new LaneWorld({ events: 1, script: peer.script }).start();
    await world.time.wait(2 * HOUR_MS);
    await live(world, 59);
    expect(world.letters).toEqual([]);
    await live(world, 10);
    expect(lettersOf(world)).toEqual(['e0 undeliverable']);
  });

  test('keeps what max_ahead has to spare for when it is up again', async () => {
    const peer = new Fickle('e1');
    const config = { batch: { max_events: 100, max_age: 0 }, max_ahead: 5_000 };
    const world = new LaneWorld({ events: 5_200, config, limits: { maxEvents: 100 }, script: peer.script }).start();
    await world.time.until(() => world.lane.status().acked > 4_000);
    peer.down = true;
    await world.time.wait(24 * HOUR_MS);
    expect(world.letters).toEqual([]);
    peer.down = false;
    await world.idle();
    expect(lettersOf(world)).toEqual(['e1 undeliverable']);
  });
});
