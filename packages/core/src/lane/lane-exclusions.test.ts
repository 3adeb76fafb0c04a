/** What a sink leaves out by its own rules: settled, counted, said, and never by a rule that nobody was told of. */
import type { ExclusionRule, SendResult, SinkPlugin } from '@audit-relay/sink';
import { describe, expect, test } from 'vitest';
import {
  acked,
  blocked,
  entry,
  inTurn,
  LaneWorld,
  type LaneWorldOptions,
  refused,
  rejected,
} from './lane.test.world.ts';

const old = { kind: 'excluded', rule: 'old', reason: 'older than 18 h' } as const;
const RULES: readonly ExclusionRule[] = [{ name: 'old', events: 'events older than 18 h (old_events: exclude)' }];
const plugin: Partial<SinkPlugin<unknown>> = { exclusions: () => RULES };

const worldOf = (options: LaneWorldOptions): LaneWorld => new LaneWorld({ events: 4, plugin, ...options }).start();

describe('an event that the sink excludes', () => {
  const some = (acked: number, ...indexes: number[]): SendResult => ({
    kind: 'partial',
    acked,
    failures: indexes.map((index) => ({ index, failure: old })),
  });

  test.each<{ name: string; answers: SendResult[]; sent: string[]; acked: number; excluded: number; dead?: number }>([
    { name: 'the whole batch', answers: [old], sent: ['e0 e1 e2 e3'], acked: 0, excluded: 4 },
    { name: 'two of four', answers: [some(2, 0, 3)], sent: ['e0 e1 e2 e3'], acked: 2, excluded: 2 },
    {
      name: 'beside one that is refused, and one that waits',
      answers: [
        {
          kind: 'partial',
          acked: 1,
          failures: [
            { index: 0, failure: old },
            { index: 1, failure: rejected },
            { index: 2, failure: refused },
          ],
        },
      ],
      sent: ['e0 e1 e2 e3', 'e2'],
      acked: 2,
      excluded: 1,
      dead: 1,
    },
    { name: 'at a second try', answers: [refused, old], sent: ['e0 e1 e2 e3', 'e0 e1 e2 e3'], acked: 0, excluded: 4 },
  ])('$name: settled, counted apart, no dead letter', async ({ answers, sent, acked: taken, excluded, dead = 0 }) => {
    const world = worldOf({ script: inTurn(...answers) });
    await world.idle();
    expect(world.ids().map((ids) => ids.join(' '))).toEqual(sent);
    const { acked: atPeer, excludedByRule, excluded: byWhen, deadLettered, health } = world.lane.status();
    expect({ atPeer, excludedByRule, byWhen, deadLettered, health }).toEqual({
      atPeer: taken,
      excludedByRule: { old: excluded },
      byWhen: 0,
      deadLettered: dead,
      health: 'ok',
    });
    expect(world.letters).toHaveLength(dead);
  });

  test('is settled on disk: a restart sends it no more', async () => {
    const world = worldOf({ script: inTurn(old) });
    await world.idle();
    world.restart();
    await world.time.wait(60_000);
    expect(world.sent).toHaveLength(1);
  });

  test('tells nothing of the peer: a lane that is blocked stays so, and the next event probes at once', async () => {
    const limits = { maxEvents: 1 };
    const world = worldOf({ limits, script: inTurn(blocked, old, blocked) });
    await world.time.until(() => world.sent.length === 3);
    const [, second, third] = world.sent;
    expect(third?.ids).toEqual(['e1']);
    expect(third?.atMs).toBe(second?.atMs);
    expect(world.lane.status().health).toBe('blocked');
    expect(world.logged.filter((code) => code.startsWith('SINK_'))).toEqual(['SINK_BLOCKED']);
    await world.idle();
    expect(world.lane.status().health).toBe('ok');
  });

  test('neither ends nor makes a row of refusals', async () => {
    // Each of the first hundred is refused; then one is left out, and the next is refused again.
    const answers = [...Array.from({ length: 100 }, () => rejected), rejected, old, rejected];
    const world = worldOf({ events: 103, limits: { maxEvents: 1 }, script: inTurn(...answers) });
    await world.idle();
    expect(world.letters).toHaveLength(100);
    expect(world.logged).toContain('SINK_BLOCKED');
  });
});

test('a rule is said once an hour at most, with what it left out meanwhile', async () => {
  const world = worldOf({ events: 0, limits: { maxEvents: 1 }, script: () => old });
  for (let minute = 0; minute < 90; minute += 1) {
    world.journal.append([entry(`m${minute}`)]);
    await world.time.wait(60_000);
  }
  const said = world.told.filter((text) => text.includes('own rule'));
  expect(said.map((text) => /\d+ event/.exec(text)?.[0])).toEqual([
    '1 event',
    expect.stringMatching(/^(59|60|61) event/),
  ]);
  expect(said[0]).toContain('older than 18 h (old_events: exclude)');
  expect(world.lane.status().excludedByRule).toEqual({ old: 90 });
});

describe('a rule that was not told beforehand', () => {
  const unknown = { kind: 'excluded', rule: 'dull', reason: 'not worth it' } as const;

  test.each<{ name: string; answer: SendResult }>([
    { name: 'of a batch', answer: unknown },
    { name: 'of one event', answer: { kind: 'partial', acked: 3, failures: [{ index: 1, failure: unknown }] } },
  ])('settles nothing: $name', async ({ answer }) => {
    const world = worldOf({ script: inTurn(answer) });
    await world.idle();
    expect(world.ids()).toEqual([
      ['e0', 'e1', 'e2', 'e3'],
      ['e0', 'e1', 'e2', 'e3'],
    ]);
    expect(world.sent[1]?.replay).toBe(true);
    expect(world.logged).toContain('SINK_BROKEN');
    expect(world.lane.status().excludedByRule).toEqual({});
  });

  test('nor does one without a name', async () => {
    // As a sink in plain JavaScript gives it.
    const world = worldOf({ script: inTurn({ kind: 'excluded', reason: 'old' } as unknown as SendResult, acked) });
    await world.idle();
    expect(world.logged).toContain('SINK_BROKEN');
  });
});

describe('rules that cannot be told or counted', () => {
  const rules =
    (...given: unknown[]): SinkPlugin<unknown>['exclusions'] =>
    () =>
      given as ExclusionRule[];

  test.each<{ name: string; exclusions: unknown; why: string }>([
    {
      name: 'that throw',
      exclusions: () => {
        throw new Error('no');
      },
      why: 'it throws: no',
    },
    { name: 'that are no list', exclusions: () => 'old', why: 'no list' },
    { name: 'without a name', exclusions: rules({ events: 'all' }), why: 'named undefined' },
    {
      name: 'with a name that no metric takes',
      exclusions: rules({ name: 'Old Ones', events: 'all' }),
      why: 'lower case',
    },
    { name: 'called as the lane calls its own', exclusions: rules({ name: 'when', events: 'all' }), why: 'not when' },
    { name: 'that name a rule twice', exclusions: rules(RULES[0], RULES[0]), why: 'old twice' },
    { name: 'that do not say which events', exclusions: rules({ name: 'old', events: ' ' }), why: 'which events' },
    {
      name: 'of an age that is no number',
      exclusions: rules({ name: 'old', events: 'all', maxAgeMs: Number.NaN }),
      why: 'NaN',
    },
  ])('$name: refused at the start', ({ exclusions, why }) => {
    const open = (): LaneWorld => new LaneWorld({ plugin: { exclusions: exclusions as () => ExclusionRule[] } });
    expect(open).toThrow(
      expect.objectContaining({ code: 'SINK_EXCLUSIONS_INVALID', message: expect.stringContaining(why) }),
    );
  });
});
