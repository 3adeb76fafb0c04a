/** The harness's own judgement of copies: what has a cause, and what has none. */
import { describe, expect, test } from 'vitest';
import { risk } from './at-risk.ts';
import { type CopyCase, type Disturbance, judgeCopies, type PastLife } from './copies.ts';
import type { Delivery } from './deliveries.ts';
import type { AskedReplay } from './requests.ts';

const line = (code: string, lane: string, ids: object = {}): string => JSON.stringify({ lane, ...ids, code });

describe('what a life leaves open', () => {
  const sent = line('BATCH_SENDING', 'kafka', { ids: ['a', 'b'] });
  const settled = line('BATCH_SETTLED', 'kafka', { acked_ids: ['a'], dead_ids: ['b'], excluded_ids: [] });
  const saving = line('CURSOR_SAVING', 'kafka');
  const saved = line('CURSOR_SAVED', 'kafka');
  test.each([
    ['sent and not answered', [sent], ['a', 'b']],
    ['answered, and no cursor saved', [sent, settled], ['a', 'b']],
    ['a cursor that is being saved', [sent, settled, saving], ['a', 'b']],
    ['a cursor that is saved', [sent, settled, saving, saved], []],
    ['a cursor that was begun before the answer', [sent, saving, settled, saved], ['a', 'b']],
    [
      'another lane’s cursor',
      [sent, settled, line('CURSOR_SAVING', 'splunk'), line('CURSOR_SAVED', 'splunk')],
      ['a', 'b'],
    ],
  ])('%s', (_, lines, expected) => {
    expect([...(risk(`${lines.join('\n')}\n`).atRisk.get('kafka') ?? [])]).toEqual(expected);
  });

  test('a last line that a kill has torn is no line', () => {
    expect([...(risk(`${sent}\n${settled.slice(0, 40)}`).atRisk.get('kafka') ?? [])]).toEqual(['a', 'b']);
  });
});

test('what another configuration cuts off is what was on its way, and not saved', () => {
  const sent = (id: string): string => line('BATCH_SENDING', 'kafka', { ids: [id] });
  const settled = line('BATCH_SETTLED', 'kafka', { acked_ids: ['a'] });
  const saved = ['CURSOR_SAVING', 'CURSOR_SAVED'].map((code) => line(code, 'kafka'));
  const lines = [sent('a'), sent('b'), settled, ...saved, line('CONFIG_APPLIED', 'none'), sent('c')];
  expect([...(risk(`${lines.join('\n')}\n`).cutOff.get('kafka') ?? [])]).toEqual(['b']);
});

describe('a copy', () => {
  const delivery = (life: number, atMs: number, isDisturbed = false): Delivery => ({
    id: 'a',
    atMs,
    life,
    isDisturbed,
  });
  const life = (open: readonly string[] = [], beganAnew = false, cut: readonly string[] = []): PastLife => ({
    atRisk: new Map([['kafka', new Set(open)]]),
    cutOff: new Map([['kafka', new Set(cut)]]),
    beganAnew,
  });
  const wire: Disturbance = { sink: 'kafka', fromMs: 50_000, toMs: 51_000 };
  const stall = (fromMs: number, toMs: number): Disturbance => ({ sink: 'all', isStall: true, fromMs, toMs });
  const twice = [delivery(0, 50), delivery(0, 3_000)];
  const replay = (changed: Partial<AskedReplay> = {}): AskedReplay => ({
    sink: 'kafka',
    fromMs: 0,
    toMs: 10_000,
    askedMs: 10,
    life: 0,
    isTaken: true,
    isStopped: false,
    ...changed,
  });
  const cases: readonly [name: string, wrong: number, given: Partial<CopyCase>][] = [
    ['of nothing', 0, { deliveries: [delivery(0, 1)] }],
    ['in one life, after an answer that was whole', 1, { deliveries: [delivery(0, 1), delivery(0, 2)] }],
    ['after one that was not', 0, { deliveries: [delivery(0, 1, true), delivery(0, 2)] }],
    ['of a copy whose answer was whole', 1, { deliveries: [delivery(0, 1, true), delivery(0, 2), delivery(0, 3)] }],
    [
      'of what the life before left open',
      0,
      { deliveries: [delivery(0, 1), delivery(1, 2)], lives: [life(['a']), life()] },
    ],
    ['of what it had saved', 1, { deliveries: [delivery(0, 1), delivery(1, 2)], lives: [life(['b']), life()] }],
    ['on a new journal', 0, { deliveries: [delivery(0, 1), delivery(1, 2)], lives: [life(), life([], true)] }],
    [
      'in the life that began anew',
      1,
      { deliveries: [delivery(1, 1), delivery(1, 2)], lives: [life(), life([], true)] },
    ],
    [
      'of what another configuration cut off',
      0,
      { deliveries: [delivery(0, 1), delivery(0, 2)], lives: [life([], false, ['a'])] },
    ],
    [
      'of what another configuration found settled',
      1,
      { deliveries: [delivery(0, 1), delivery(0, 2)], lives: [life([], false, ['b'])] },
    ],
    ['while its wire was bad', 0, { deliveries: [delivery(0, 50_500), delivery(0, 52_000)], disturbances: [wire] }],
    [
      'while another’s was',
      1,
      { deliveries: [delivery(0, 50_500), delivery(0, 52_000)], disturbances: [{ ...wire, sink: 'splunk' }] },
    ],
    ['long after it was bad', 1, { deliveries: [delivery(0, 60_000), delivery(0, 61_000)], disturbances: [wire] }],
    ['while a process stood still for long', 0, { deliveries: twice, disturbances: [stall(0, 1_100)] }],
    ['while one did in pieces', 0, { deliveries: twice, disturbances: [stall(0, 600), stall(900, 1_500)] }],
    ['while one did for a moment', 1, { deliveries: twice, disturbances: [stall(0, 600)] }],
    [
      'while one did in pieces, some of them long after',
      1,
      { deliveries: twice, disturbances: [stall(0, 600), stall(7_000, 9_000)] },
    ],
    ['of a replay', 0, { deliveries: [delivery(0, 1), delivery(0, 20)], replays: [replay()] }],
    ['before the replay was asked for', 1, { deliveries: [delivery(0, 1), delivery(0, 9)], replays: [replay()] }],
    [
      'more than the replay brings',
      1,
      { deliveries: [delivery(0, 1), delivery(0, 20), delivery(0, 30)], replays: [replay()] },
    ],
    [
      'of a replay of another time',
      1,
      { deliveries: [delivery(0, 1), delivery(0, 20)], replays: [replay({ fromMs: 5_001 })] },
    ],
    [
      'of two replays',
      0,
      { deliveries: [delivery(0, 1), delivery(0, 20), delivery(0, 30)], replays: [replay(), replay()] },
    ],
    [
      'of a replay that goes on in the next life',
      0,
      { deliveries: [delivery(0, 1), delivery(0, 20), delivery(1, 30)], replays: [replay()] },
    ],
  ];
  test.each(cases)('%s', (_, wrong, given) => {
    const nothing = { deliveries: [], disturbances: [], replays: [], happenedMs: () => 5_000 };
    const found = judgeCopies({ sink: 'kafka', lives: [life(), life()], ...nothing, ...given });
    expect(found.wrong).toHaveLength(wrong);
  });

  test('of a replay counts as one, whatever else would have excused it', () => {
    const deliveries = [delivery(0, 1, true), delivery(0, 20, true), delivery(0, 30)];
    const given = { sink: 'kafka', deliveries, lives: [life()], disturbances: [], happenedMs: () => 5_000 } as const;
    expect(judgeCopies({ ...given, replays: [replay()] })).toEqual({ wrong: [], replayed: 1 });
  });
});
