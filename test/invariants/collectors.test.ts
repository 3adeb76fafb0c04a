/**
 * Each case in which a public collector loses events, by the rule with which it keeps its place: the model of that
 * collector loses some, the relay loses none and doubles none.
 */
import type { Knobs, NewEvent } from '@audit-relay/openai-simulator';
import { expect, test } from 'vitest';
import { Chance } from './chance.ts';
import { type Ask, type Collector, cortex, cribl, elastic, sentinel, splunk } from './collectors.ts';
import type { Scenario } from './scenario.ts';
import { simulate } from './simulation.ts';
import { DAY, HOUR, T0 } from './virtual-time.ts';
import { World } from './world.ts';

const POLL_S = 300;

interface Case {
  readonly name: string;
  readonly collector: Collector;
  /** The events, by when they happen in seconds after the start. */
  readonly events: readonly { readonly atS: number; readonly count?: number; readonly lateS?: number }[];
  /** Made anew for each run: it may count requests. */
  readonly server?: () => Partial<Knobs>;
}

const cases: readonly Case[] = [
  {
    name: 'Elastic, when page 2 fails: the cursor has moved with page 1',
    collector: elastic,
    events: [
      { atS: 100, count: 90 },
      { atS: 200, count: 90 },
    ],
    server: () => ({ cursor_swap: true, intercept: failing(1) }),
  },
  {
    name: 'Elastic, when `before` leads to newer events as the reference says',
    collector: elastic,
    events: [
      { atS: 100, count: 90 },
      { atS: 200, count: 90 },
    ],
  },
  {
    name: 'Sentinel, when an event arrives late: its windows never overlap',
    collector: sentinel,
    events: [{ atS: 100 }, { atS: 200, lateS: 600 }, { atS: 400, lateS: 5 * HOUR }],
  },
  {
    name: 'Cortex, when the API ignores `order`: its cursor never sees what is new',
    collector: cortex,
    events: [{ atS: 100 }, { atS: 400 }, { atS: 1000 }],
  },
  {
    name: 'Splunk, when more than 2,000 events come in a cycle',
    collector: splunk,
    events: Array.from({ length: 250 }, (_, second) => ({ atS: 20 + second, count: 10 })),
  },
  {
    name: 'Splunk, when an event of a second that was seen comes later',
    collector: splunk,
    events: [{ atS: 299 }, { atS: 299, lateS: 30 }, { atS: 700 }],
  },
  {
    name: 'Cribl, when more events come than one page holds',
    collector: cribl,
    events: [
      { atS: 100, count: 80 },
      { atS: 150, count: 80 },
    ],
  },
  {
    name: 'Cribl, when a single second holds more than a page',
    collector: cribl,
    events: [{ atS: 100, count: 350 }],
  },
];

test.each(cases)('$name', async ({ collector, events, server }) => {
  const scenario = (): Scenario => storyOf(events, server?.() ?? {});
  expect(await lostBy(collector, scenario())).toBeGreaterThan(0);
  const { demanded, lost, doubled, complaints } = await simulate({ seed: 1, change: scenario });
  expect({ lost, doubled, complaints }).toEqual({ lost: [], doubled: [], complaints: [] });
  expect(demanded).toBe(events.reduce((sum, { count = 1 }) => sum + count, 0));
});

/** An event every 30 s, two bursts a day, one page in a hundred failing, some events minutes late: an assumption, since nobody publishes a figure. */
test.each([1])('two ordinary days, seed %i: every public rule loses events, the relay none', async (seed) => {
  const events = ordinaryDays(new Chance(seed));
  const scenario = (): Scenario => storyOf(events, { faults: [{ rate: 0.01, seed, kinds: ['500'] }] });
  for (const collector of [elastic, sentinel, cortex, splunk, cribl])
    expect(await lostBy(collector, scenario()), collector.name).toBeGreaterThan(0);
  expect(await simulate({ seed, change: scenario })).toMatchObject({ lost: [], doubled: [], complaints: [] });
});

function ordinaryDays(chance: Chance): Case['events'] {
  const lateness = (): number => {
    const kind = chance.next();
    if (kind < 0.95) return 5 * chance.next();
    return kind < 0.99 ? chance.whole(30, 120) : chance.whole(120, 600);
  };
  const single = Array.from({ length: (2 * DAY) / 30 }, (_, n) => ({
    atS: n * 30 + chance.whole(0, 29),
    lateS: lateness(),
  }));
  const bursts = [0.2, 0.7, 1.2, 1.7].flatMap((day) => {
    return Array.from({ length: 60 }, (_, second) => ({ atS: day * DAY + second, count: 20 }));
  });
  return [...single, ...bursts];
}

/** Questions with a cursor fail, `times` of them. */
function failing(times: number): NonNullable<Knobs['intercept']> {
  let left = times;
  return ({ query }) => {
    if (!query.has('after') && !query.has('before')) return undefined;
    left -= 1;
    return left < 0 ? undefined : { status: 500, body: '' };
  };
}

function storyOf(events: Case['events'], server: Partial<Knobs>): Scenario {
  const groups = events.map(({ atS, count = 1, lateS = 0.001 }, group) => ({
    atS: T0 + atS,
    events: Array.from({ length: count }, (_, n): NewEvent => {
      const record = { id: `audit_log-${group}-${n}`, type: 'project.created', effective_at: Math.floor(T0 + atS) };
      return { record, late_by_s: lateS };
    }),
  }));
  const last = Math.max(...events.map(({ atS, lateS = 0 }) => atS + lateS));
  const quiet = { sweepS: DAY, overlapS: 1800, history: [], isMortal: false, troubles: [], hostClock: [], naps: [] };
  return { ...quiet, starts: [], feedsLeftOut: 0, reIngests: 0, activeS: last + HOUR, server, events: groups };
}

/** How many events the collector has not found once all of them are long visible. */
async function lostBy(collector: Collector, scenario: Scenario): Promise<number> {
  const world = new World(scenario, new Chance(1));
  const poll = collector(asking(world), T0);
  const found = new Set<string>();
  for (let at = T0 + POLL_S; at <= T0 + scenario.activeS + HOUR; at += POLL_S) {
    await world.time.pass(at * 1000);
    for (const id of poll(at)) found.add(id);
  }
  return [...world.simulator.truth()].filter(({ id }) => id === null || !found.has(id)).length;
}

function asking({ simulator }: World): Ask {
  return (parameters) => {
    const query = new URLSearchParams({ limit: '100', ...parameters }).toString();
    const { response } = simulator.ask(`organization/audit_logs?${query}`);
    if (response?.status !== 200) return undefined;
    // The simulator's own page of the records above.
    const page = JSON.parse(Buffer.from(response.body).toString()) as {
      readonly data: readonly { readonly id: string; readonly effective_at: number }[];
      readonly has_more: boolean;
    };
    const events = page.data.map(({ id, effective_at }) => ({ id, at: effective_at }));
    return { events, hasMore: page.has_more, lastId: events.at(-1)?.id ?? '' };
  };
}
