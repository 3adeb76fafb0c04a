/**
 * One simulated organization from a seed: its relay lives, is killed, starts again, again and again while things go
 * wrong; then all is well, and it has time for one more sweep. What comes out is the verdict.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chance } from './chance.ts';
import type { Entry } from './core.ts';
import { NAMELESS } from './event-stream.ts';
import { Oracle } from './oracle.ts';
import { openIn, READER, type RunDependencies, SOURCE } from './run.ts';
import { Runs } from './runs.ts';
import { type Scenario, storyOf } from './scenario.ts';
import { hasWrongDate, nameOf } from './troubles.ts';
import { complaints, judge, type Verdict } from './verdict.ts';
import { T0 } from './virtual-time.ts';
import { World } from './world.ts';

/** What a run did, beside what became of the events. */
export interface Outcome extends Verdict {
  readonly seed: number;
  readonly events: number;
  readonly kills: number;
  /** Of these, between two pages of one window of which the first were journaled. */
  readonly killsInWindows: number;
  readonly runs: number;
  /** How often a time was to be journaled once more, and how many entries were. */
  readonly reIngests: number;
  readonly reIngested: number;
  readonly requests: number;
  /** By kind; what a trouble did is not counted here. */
  readonly faults: Readonly<Record<string, number>>;
  /** What befell it for a while, by name. */
  readonly befallen: Readonly<Record<string, number>>;
  /** Seconds of virtual time. */
  readonly seconds: number;
  /** What is wrong, in words. */
  readonly complaints: readonly string[];
}

export interface SimulationOptions {
  readonly seed: number;
  readonly wraps?: RunDependencies['wraps'];
  /** Changes the scenario that the seed gives. */
  readonly change?: (scenario: Scenario) => Scenario;
}

export async function simulate({ seed, wraps, change = (scenario) => scenario }: SimulationOptions): Promise<Outcome> {
  const chance = new Chance(seed);
  const world = new World(change(storyOf(chance.stream('scenario'))), chance.stream('network'));
  const folder = mkdtempSync(join(memoryFolder(), 'audit-relay-invariants-'));
  try {
    const oracle = new Oracle();
    const runs = new Runs({
      world,
      oracle,
      folder,
      chance: chance.stream('relay'),
      ...(wraps === undefined ? {} : { wraps }),
    });
    await runs.adversity();
    const settled = await runs.calm();
    const verdict = judge(oracle, demandsIn(world));
    const broken = [...verdict.broken, ...settled, ...(await differences(oracle, world, folder))];
    const found = { ...verdict, broken };
    const again = { reIngests: oracle.reIngests.count, reIngested: oracle.reIngests.entries };
    return { ...found, complaints: complaints(found), seed, ...again, ...runs.counts(), ...countsIn(world) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function demandsIn({ simulator, scenario, skewMs, hiddenUntilMs, host }: World): Parameters<typeof judge>[1] {
  const { sweepS, starts, troubles } = scenario;
  const wrongDates = troubles.filter(hasWrongDate).map(({ fromS, toS }) => ({ from: fromS, to: toS }));
  return {
    truth: [...simulator.truth()],
    sweepS,
    skewMs,
    bornMs: T0 * 1000,
    hiddenUntilMs,
    startS: starts.at(-1)?.startS,
    isStartToldLater: (starts[0]?.atS ?? T0) > T0,
    hostClockSets: host.sets,
    wrongDates,
  };
}

function countsIn({
  simulator,
  time,
  scenario,
}: World): Pick<Outcome, 'events' | 'requests' | 'faults' | 'befallen' | 'seconds'> {
  const { events, requests, faults } = simulator.stats();
  return {
    befallen: befallen(scenario),
    events: events.organization + events.tenant,
    requests: requests.reduce((sum, { count }) => sum + count, 0),
    faults,
    seconds: Math.round(time.nowMs / 1000) - T0,
  };
}

function befallen({
  troubles,
  naps,
  hostClock,
  starts,
  events,
  maxBodyBytes,
  feedsLeftOut,
  memoryBytes,
}: Scenario): Outcome['befallen'] {
  const counts: Record<string, number> = {
    'clock set': hostClock.length - 1,
    'sleep of the host': naps.length,
    'start given later': starts.filter(({ atS }) => atS > T0).length,
    'bodies limited': Number(maxBodyBytes !== undefined),
    'feeds left out': Number(feedsLeftOut > 0),
    'memory scarce': Number(memoryBytes !== undefined),
    'unsettled times': events.flatMap(({ events }) => events).filter(({ first }) => first !== undefined).length,
  };
  for (const name of troubles.map(nameOf)) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** The journal holds what was seen at its door, in that order and nothing else, and every record without an id. */
async function differences(oracle: Oracle, world: World, folder: string): Promise<readonly string[]> {
  const journal = await openIn(world, folder);
  try {
    const lane = journal.lane(READER);
    const held: Entry[] = [];
    while (held.length < journal.stats().entries) {
      held.push(...(await lane.read(1 << 20, new AbortController().signal)).map(({ entry }) => entry));
    }
    const seen = oracle.written.map(({ entry }) => entry.id);
    const isSame = held.length === seen.length && held.every(({ id }, index) => id === seen[index]);
    const nameless = new Set(
      [...journal.deadLetters.malformedRecords(SOURCE)].map(({ raw }) => namelessIn(JSON.parse(raw))),
    );
    const missing = dueNameless(world, oracle).filter((name) => !nameless.has(name));
    return [
      ...(isSame
        ? []
        : [`the journal holds ${held.length} entries, ${seen.length} were committed, or in another order`]),
      ...(missing.length === 0 ? [] : [`${missing.length} records without an id are not kept`]),
    ];
  } finally {
    await journal.close();
  }
}

/** Records without an id that had to be kept: on time, and not hidden by an empty list. */
function dueNameless({ scenario, hiddenUntilMs }: World, { checkpoints }: Oracle): readonly unknown[] {
  const startS = checkpoints.get('organization')?.startSeconds ?? Number.POSITIVE_INFINITY;
  const happened = scenario.events.filter(({ atS }) => atS >= startS && atS * 1000 > hiddenUntilMs.organization);
  return happened.flatMap(({ events }) => events.map(({ record }) => namelessIn(record))).filter(Boolean);
}

function namelessIn(record: unknown): unknown {
  return typeof record === 'object' && record !== null
    ? Object.entries(record).find(([key]) => key === NAMELESS)?.[1]
    : undefined;
}

/** Memory where there is such a folder: what is tested is not the disk. */
function memoryFolder(): string {
  return statSync('/dev/shm', { throwIfNoEntry: false })?.isDirectory() === true ? '/dev/shm' : tmpdir();
}
