/** What the verdict says of replays that were asked for: each event that was settled by then comes once more, and nothing is told that was not. */
import { expect, test } from 'vitest';
import type { Delivery } from './deliveries.ts';
import { type ReplayCase, wrongReplays } from './replays.ts';
import type { AskedReplay } from './requests.ts';
import { EXCLUDABLE } from './schedule.ts';

const REPLAY: AskedReplay = {
  sink: 'kafka',
  fromMs: 0,
  toMs: 10_000,
  askedMs: 100,
  life: 1,
  isTaken: true,
  isStopped: false,
};
const OVER = { fromMs: 0, toMs: 10_000, overwrite: false, askedMs: 1, entries: 2, passed: 2, counts: {}, left: 0 };

interface Given {
  readonly asked?: readonly AskedReplay[];
  readonly last?: Partial<typeof OVER & { endedMs: number }> | undefined;
  readonly acked?: number;
  /** Times at which `a` and `b` come again; both have come in life 0. */
  readonly again?: readonly (readonly [id: string, atMs: number])[];
  /** What life 0 left open, and what life 1 filtered. */
  readonly open?: readonly string[];
  readonly filtered?: readonly string[];
  readonly refused?: readonly string[];
}

function given(options: Given): ReplayCase {
  const { asked = [REPLAY], again = [['a', 200] as const, ['b', 210] as const], open = [], filtered = [] } = options;
  const { acked = again.length, refused = [] } = options;
  const last = 'last' in options ? options.last : { endedMs: 5 };
  const delivery = (id: string, atMs: number, life: number): Delivery => ({ id, atMs, life, isDisturbed: false });
  const list = [delivery('a', 1, 0), delivery('b', 2, 0), ...again.map(([id, atMs]) => delivery(id, atMs, 1))];
  const world = {
    isSpoiled: false,
    requests: { replays: asked },
    parts: { peers: { kafka: { deliveries: { list } } }, made: { poisonOf: () => refused } },
  };
  const event = (id: string) => ({ id, type: EXCLUDABLE, atMs: 5_000, receivedMs: 5_000 });
  const life = {
    beganAnew: false,
    cutOff: new Map(),
    ruledOut: new Map(),
    endedMs: 0,
    filters: new Set(['kafka' as const]),
  };
  return {
    // Of the world no more is looked at.
    world: world as unknown as ReplayCase['world'],
    account: {
      replays: last === undefined ? {} : { kafka: { ...OVER, ...last } },
      replayed: { kafka: { acked } },
    },
    asked: new Map(['a', 'b'].map((id) => [id, event(id)])),
    lives: [
      { ...life, atRisk: new Map([['kafka', new Set(open)]]), filtered: new Map() },
      { ...life, atRisk: new Map(), filtered: new Map([['kafka', new Set(filtered)]]) },
    ],
  };
}

test.each<{ what: string; of: Given }>([
  { what: 'all came again', of: {} },
  { what: 'one that was not known to be settled', of: { again: [['a', 200]], open: ['b'] } },
  { what: 'one that the filter of now leaves out', of: { again: [['a', 200]], filtered: ['b'] } },
  { what: 'one that the peer refuses', of: { again: [['a', 200]], refused: ['b'] } },
  { what: 'it was ended', of: { again: [], asked: [{ ...REPLAY, isStopped: true }] } },
  {
    what: 'it was asked for, and never taken',
    of: { again: [], asked: [{ ...REPLAY, isTaken: false }], last: undefined },
  },
  { what: 'another time', of: { again: [], asked: [{ ...REPLAY, fromMs: 6_000 }] } },
])('nothing is wrong: $what', ({ of }) => {
  expect(wrongReplays('kafka', given(of))).toEqual([]);
});

test.each<{ what: string; of: Given; says: string }>([
  { what: 'one that did not come', of: { again: [['a', 200]] }, says: 'b was to be replayed' },
  {
    what: 'one that came before',
    of: {
      again: [
        ['a', 200],
        ['b', 90],
      ],
    },
    says: 'b was to be replayed',
  },
  { what: 'one that nobody asked for', of: { asked: [] }, says: 'nobody asked for' },
  { what: 'no word of it', of: { last: undefined }, says: 'no word' },
  { what: 'one that never ends', of: { last: {} }, says: 'under way' },
  { what: 'an ack of what the peer has not', of: { acked: 3 }, says: '3 of replays count as acked, and 2 copies' },
  { what: 'entries that had left', of: { last: { endedMs: 5, left: 2 } }, says: '2 entries had left' },
])('$what is found', ({ of, says }) => {
  expect(wrongReplays('kafka', given(of)).join('\n')).toContain(says);
});
