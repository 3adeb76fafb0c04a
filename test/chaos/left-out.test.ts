/** What excuses an event that is at no peer: the filter of the life that had it in its hands, or its age when it was sent. */
import { describe, expect, test } from 'vitest';
import { excuses, type LeavingLife, type LeftOutEvent, leftOut, wronglyLeftOut } from './left-out.ts';
import { EXCLUDABLE, type SinkName } from './schedule.ts';

const HOUR_MS = 3_600_000;
const BEGUN_MS = Date.UTC(2026, 5, 1);
const ids = (...list: readonly string[]): ReadonlySet<string> => new Set(list);

interface Given {
  /** Sinks that have a filter. */
  readonly filters?: readonly SinkName[];
  /** Of the event `a`: lanes that say that they left it out. */
  readonly filtered?: readonly SinkName[];
  readonly ruledOut?: readonly SinkName[];
  /** Hours after the first life began. */
  readonly ends?: number;
}

function life({ filters = [], filtered = [], ruledOut = [], ends = 1 }: Given): LeavingLife {
  return {
    filters: new Set(filters),
    filtered: new Map(filtered.map((sink) => [sink, ids('a')])),
    ruledOut: new Map(ruledOut.map((sink) => [sink, ids('a')])),
    endedMs: BEGUN_MS + ends * HOUR_MS,
  };
}

interface Case {
  readonly what: string;
  readonly sink: SinkName;
  readonly event?: Partial<LeftOutEvent>;
  readonly lives: readonly Given[];
  readonly by?: readonly string[];
}

/** Hours before the first life began. */
const old = (hours: number, receivedMs: number | undefined = BEGUN_MS): Partial<LeftOutEvent> => ({
  atMs: BEGUN_MS - hours * HOUR_MS,
  receivedMs,
});

const CASES: readonly Case[] = [
  { what: 'no lane left it out', sink: 'kafka', lives: [{ filters: ['kafka'] }] },
  { what: 'its filter did', sink: 'kafka', lives: [{ filters: ['kafka'], filtered: ['kafka'] }], by: ['when'] },
  {
    what: 'a filter did that is another life’s',
    sink: 'kafka',
    lives: [{ filters: ['kafka'] }, { filtered: ['kafka'] }],
  },
  {
    what: 'a filter of one life had it, and it was sent in the next',
    sink: 'kafka',
    lives: [{ filters: ['kafka'], filtered: ['kafka'] }, {}],
    by: ['when'],
  },
  {
    what: 'the event came after the life that filters',
    sink: 'kafka',
    lives: [{ filters: ['kafka'] }, {}],
  },
  { what: 'another sink’s filter did', sink: 'kafka', lives: [{ filters: ['splunk'], filtered: ['kafka'] }] },
  {
    what: 'the filter names another type',
    sink: 'kafka',
    event: { type: 'project.created' },
    lives: [{ filters: ['kafka'], filtered: ['kafka'] }],
  },
  { what: 'it was 18.5 h old', sink: 'datadog', event: old(18.5), lives: [{ ruledOut: ['datadog'] }], by: ['old'] },
  { what: 'it was 14 h old', sink: 'datadog', event: old(14), lives: [{ ruledOut: ['datadog'] }] },
  {
    what: 'it was 14 h old when it came, and has waited for 5',
    sink: 'datadog',
    event: old(14),
    lives: [{ ruledOut: ['datadog'], ends: 5 }],
  },
  {
    what: 'it was 14 h old, and came after 5',
    sink: 'datadog',
    event: old(14, BEGUN_MS + 5 * HOUR_MS),
    lives: [{ ends: 1 }, { ruledOut: ['datadog'], ends: 6 }],
    by: ['old'],
  },
  {
    what: 'it was 14 h old, and past 18 in a later life alone',
    sink: 'datadog',
    event: old(14, undefined),
    lives: [{ ruledOut: ['datadog'], ends: 1 }, { ends: 9 }],
  },
  { what: 'it was old, and it is Kafka’s', sink: 'kafka', event: old(40), lives: [{ ruledOut: ['kafka'] }] },
  { what: 'it was old, and nobody says that it was left out', sink: 'datadog', event: old(40), lives: [{}] },
];

describe('what excuses an event that is absent', () => {
  test.each(CASES)('$what', ({ sink, event = {}, lives, by = [] }) => {
    const whole = { id: 'a', type: EXCLUDABLE, atMs: BEGUN_MS, receivedMs: BEGUN_MS, ...event };
    expect([...excuses(sink, whole, lives.map(life))]).toEqual(by);
  });
});

test('what a life leaves out without a right to is found though it came later', () => {
  const event = { id: 'a', type: 'project.created', atMs: BEGUN_MS, receivedMs: BEGUN_MS };
  const lives = [life({ filters: ['kafka'], filtered: ['kafka'] }), life({ ruledOut: ['datadog'] }), life({})];
  expect(wronglyLeftOut(new Map([['a', event]]), lives)).toHaveLength(2);
  expect(wronglyLeftOut(new Map([['a', { ...event, type: EXCLUDABLE }]]), lives)).toHaveLength(1);
});

test('what a log tells, without its torn last line', () => {
  const line = (code: string, fields: object): string => JSON.stringify({ lane: 'datadog', ...fields, code });
  const filtered = line('EVENTS_FILTERED', { ids: ['a', 'b'] });
  const settled = line('BATCH_SETTLED', { acked_ids: ['c'], excluded_ids: ['d'] });
  const told = leftOut(`${filtered}\n${settled}\n${line('EVENTS_FILTERED', { ids: ['e'] })}`);
  expect([...(told.filtered.get('datadog') ?? [])]).toEqual(['a', 'b']);
  expect([...(told.ruledOut.get('datadog') ?? [])]).toEqual(['d']);
});
