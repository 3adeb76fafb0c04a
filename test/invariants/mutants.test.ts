/**
 * The check finds out: for each kind of fault a source that does not cope with it, by which events are lost or doubled,
 * and the source as it is, by which none is.
 *
 * `npm test` runs all that take seconds. Those that are `isLong`, days of virtual time each, and the source as it is beside
 * them, are left to `npm run test:mutants`, which runs this file whole (`INVARIANT_MUTANTS=all`).
 */
import { expect, test } from 'vitest';
import type { Checkpoint, Client, FeedCommit, Reply, Runtime, SourceJournal } from './core.ts';
import type { Wraps } from './run.ts';
import type { Scenario } from './scenario.ts';
import { type Outcome, simulate } from './simulation.ts';
import { DAY, HOUR, T0 } from './virtual-time.ts';
import type { World } from './world.ts';

/** One event an hour on time, and one of the same second that comes an hour and a half late. */
const moments: readonly number[] = [0, 1, 2, 3, 4].map((hour) => T0 + hour * HOUR);

/** A quiet organization whose relay is neither killed nor in trouble. */
function quiet(scenario: Scenario): Scenario {
  const { startS: _, maxBodyBytes: __, memoryBytes: ___, ...rest } = { startS: 0, ...scenario };
  return {
    ...rest,
    activeS: 8 * HOUR,
    sweepS: DAY,
    overlapS: 600,
    history: [],
    server: {},
    isMortal: false,
    troubles: [],
    hostClock: [],
    naps: [],
    starts: [],
    feedsLeftOut: 0,
    reIngests: 0,
    events: moments.map((atS) => ({
      atS,
      events: [
        { record: { id: `on-time-${atS}`, type: 'project.created', effective_at: atS }, late_by_s: 0.001 },
        { record: { id: `late-${atS}`, type: 'project.created', effective_at: atS }, late_by_s: 1.5 * HOUR },
      ],
    })),
  };
}

/** Two events of that time, of which one is told with another time for five minutes. */
function unsettled(atS: number): Scenario['events'][number] {
  const record = { id: `unsettled-${atS}`, type: 'project.created', effective_at: atS };
  const first = { record: { ...record, effective_at: atS - 60 }, for_s: 300 };
  return { atS, events: [{ record: { ...record, id: `settled-${atS}` } }, { record, first }] };
}

/** Until the daily sweep has passed by what went wrong, and with few polls, as they find nothing for most of it. */
const LONG = { activeS: 60 * HOUR, sweepS: 2 * HOUR, pollS: 1200 } as const;

interface Mutant {
  readonly name: string;
  readonly wraps: Wraps;
  /** What the quiet organization meets. */
  readonly meets?: Partial<Scenario>;
  readonly found: 'lost' | 'doubled' | 'broken';
  readonly isLong?: true;
}

const mutants: readonly Mutant[] = [
  { name: 'asks for nothing', wraps: { client: withoutAsking }, found: 'lost' },
  { name: 'never sweeps', wraps: { client: withoutSweep }, found: 'lost' },
  {
    name: 'trusts every Date',
    wraps: { runtime: ledByDates },
    meets: { troubles: [{ fromS: T0 + 2 * HOUR, toS: T0 + 4 * HOUR, knobs: { clock_skew_s: 30 * DAY } }] },
    found: 'lost',
  },
  {
    name: 'goes by the host’s clock, which is set',
    wraps: { journal: doneByHost },
    meets: { hostClock: [{ atS: T0 + 2.5 * HOUR, offsetMs: 6 * HOUR * 1000 }] },
    found: 'broken',
    isLong: true,
  },
  {
    name: 'takes an hour that it has slept for read',
    wraps: { journal: doneByHost },
    meets: { naps: [{ fromS: T0 + 1.5 * HOUR, toS: T0 + 3.5 * HOUR, isCounted: false }] },
    found: 'broken',
  },
  {
    name: 'begins when it is answered',
    wraps: { journal: begunWhenAnswered },
    meets: { troubles: [{ fromS: T0, toS: T0 + 3 * HOUR, network: 'down' }] },
    found: 'broken',
  },
  {
    name: 'keeps its start when an earlier one is given',
    wraps: { journal: keepingItsStart },
    meets: { starts: [{ atS: T0 + 4 * HOUR, startS: T0 - DAY }] },
    found: 'broken',
  },
  {
    name: 'knows an event by its time',
    wraps: { journal: knowingTimes },
    meets: { events: moments.map(unsettled) },
    found: 'doubled',
  },
  { name: 'forgets its ids early', wraps: { journal: forgetful }, found: 'doubled' },
  {
    name: 'takes part of a page that was cut for all of it',
    wraps: { client: takingParts },
    meets: { troubles: [{ fromS: T0, toS: T0 + 60 * HOUR, knobs: { truncated_json: true } }], ...LONG },
    found: 'lost',
    isLong: true,
  },
  {
    name: 'leaves out what is too large',
    wraps: { client: withoutLarge },
    meets: { maxBodyBytes: 200, ...LONG },
    found: 'lost',
    isLong: true,
  },
];

const isWhole = process.env['INVARIANT_MUTANTS'] === 'all';
const chosen = mutants.filter(({ isLong }) => isWhole || isLong !== true);

function run(meets: Partial<Scenario> = {}, wraps: Wraps = {}): Promise<Outcome> {
  return simulate({ seed: 1, change: (scenario) => ({ ...quiet(scenario), ...meets }), wraps });
}

test('nothing is wrong with the source as it is', async () => {
  expect(await run()).toMatchObject({ demanded: 10, complaints: [] });
});

test.each(chosen)('a source that $name is found out', async ({ wraps, meets, found }) => {
  const outcome = await run(meets, wraps);
  expect(outcome[found]).not.toEqual([]);
  expect(outcome.complaints).not.toEqual([]);
});

test.each(chosen.filter(({ meets }) => meets !== undefined))(
  'one that $name is another than ours',
  async ({ meets }) => {
    expect(await run(meets)).toMatchObject({ demanded: 10, complaints: [] });
  },
);

function withoutAsking(client: Client, world: World): Client {
  return { ...client, get: async () => emptyPage(world) };
}

/** A window that begins further back than the overlap ever does is the sweep’s: it is never asked for. */
function withoutSweep(client: Client, world: World): Client {
  return {
    ...client,
    get: async (path, signal) => {
      const from = Number(new URL(path, 'http://localhost/').searchParams.get('effective_at[gte]'));
      const isSweep = from < world.time.nowMs / 1000 - world.scenario.overlapS - 15 * 60;
      return isSweep ? emptyPage(world) : client.get(path, signal);
    },
  };
}

/** Both of its clocks follow the server’s, so that no `Date` is ever doubted. */
function ledByDates(runtime: Runtime, { time, scenario }: World): Runtime {
  const aheadMs = (): number => {
    const seconds = time.nowMs / 1000;
    const trouble = scenario.troubles.find(({ fromS, toS }) => fromS <= seconds && seconds < toS);
    return (trouble?.knobs?.clock_skew_s ?? 0) * 1000;
  };
  return { ...runtime, now: () => runtime.now() + aheadMs(), elapsedMs: () => runtime.elapsedMs() + aheadMs() };
}

/** Each commit calls all read up to what this host takes for now. */
function doneByHost(journal: SourceJournal, { host }: World): SourceJournal {
  return changing(journal, (checkpoint) => {
    const to = Math.floor(host.wallMs / 1000) - 1;
    return { ...checkpoint, done: [{ from: checkpoint.startSeconds, to: Math.max(to, checkpoint.startSeconds + 1) }] };
  });
}

/** An hour as soon as it is over, and what follows from it is hidden from the source, which would not read that time again. */
function forgetful(journal: SourceJournal, { time }: World): SourceJournal {
  const early = changing(journal, (checkpoint) => {
    return { ...checkpoint, idsNeededFrom: Math.floor(time.nowMs / 1000), halfRead: [] };
  });
  const checkpoint: SourceJournal['checkpoint'] = (feed) => {
    const held = journal.checkpoint(feed);
    return held === undefined ? undefined : { ...held, idsNeededFrom: Number.NEGATIVE_INFINITY };
  };
  return Object.assign(early, { checkpoint });
}

function begunWhenAnswered(journal: SourceJournal, { time }: World): SourceJournal {
  return changing(journal, (checkpoint) => {
    if (checkpoint.passes.sweep === undefined || checkpoint.done.length > 0) return checkpoint;
    const { waiting: _, ...rest } = checkpoint;
    return { ...rest, startSeconds: Math.floor(time.nowMs / 1000), startProvisional: false };
  });
}

function keepingItsStart(journal: SourceJournal): SourceJournal {
  return changing(journal, (checkpoint) => ({
    ...checkpoint,
    startSeconds: Math.max(checkpoint.startSeconds, T0 - HOUR),
  }));
}

/** Journals an event again that comes with another time. */
function knowingTimes(journal: SourceJournal): SourceJournal {
  const times = new Map<string, number>();
  const commit = (asked: FeedCommit, signal: AbortSignal): ReturnType<SourceJournal['commit']> => {
    const hasMoved = asked.entries.some(({ id, timeMs }) => (times.get(id) ?? timeMs) !== timeMs);
    for (const { id, timeMs } of asked.entries) times.set(id, timeMs);
    return journal.commit(hasMoved ? { ...asked, again: true } : asked, signal);
  };
  return { ...journal, commit };
}

function changing(journal: SourceJournal, change: (checkpoint: Checkpoint) => Checkpoint): SourceJournal {
  const commit = (asked: FeedCommit, signal: AbortSignal): ReturnType<SourceJournal['commit']> =>
    journal.commit({ ...asked, advance: (current) => change(asked.advance(current)) }, signal);
  return { ...journal, commit };
}

/** What is no JSON to its end is taken for a list that ends there. */
function takingParts(client: Client, world: World): Client {
  return {
    ...client,
    get: async (path, signal) => {
      const reply = await client.get(path, signal);
      const isWhole = reply.kind === 'none' || new TextDecoder().decode(reply.body).endsWith('}');
      return isWhole ? reply : emptyPage(world);
    },
  };
}

function withoutLarge(client: Client, world: World): Client {
  return {
    ...client,
    get: async (path, signal) => {
      const reply = await client.get(path, signal);
      return reply.kind === 'none' && reply.failure === 'too_large' ? emptyPage(world) : reply;
    },
  };
}

/** The answer of an API in which nothing has happened. */
function emptyPage({ time }: World): Reply {
  const headers: Readonly<Record<string, string>> = { date: new Date(time.nowMs).toUTCString() };
  const body = new TextEncoder().encode('{"object":"list","data":[],"has_more":false}');
  return { kind: 'response', status: 200, body, header: (name) => headers[name] };
}
