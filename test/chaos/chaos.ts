/** One schedule from its beginning to its verdict. */
import { type LifeEnded, type LifeOptions, live } from './life.ts';
import type { Life, Schedule } from './schedule.ts';
import { judge, type Verdict } from './verdict.ts';
import { ChaosWorld } from './world.ts';

export interface Outcome extends Verdict {
  readonly seed: number;
  readonly lives: number;
  readonly kills: number;
  readonly seconds: number;
  /** How often each kind of fault was begun. */
  readonly befell: Readonly<Record<string, number>>;
  /** How often each kind was met, by requests, connections or the relay; a kind that nobody can count is not there. */
  readonly met: Readonly<Record<string, number>>;
  /** What the last life wrote, and where its files are, when something is wrong. */
  readonly evidence?: string;
}

export interface RunOptions {
  /** Of the relay's processes, beside what they always have. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long nothing may move before that is a verdict, in milliseconds. */
  readonly patienceMs?: number;
}

/** Longer than the longest wait of a lane or a source that is told to be patient. */
const PATIENCE_MS = 75_000;
/** Damage of an entry is met while it runs, and each time ends the process: once for each that the disk has spoiled. */
const MOST_STARTS = 4;

export async function runSchedule(
  schedule: Schedule,
  { env = {}, patienceMs = PATIENCE_MS }: RunOptions = {},
): Promise<Outcome> {
  const begunMs = performance.now();
  const world = await ChaosWorld.open(schedule);
  const ended: LifeEnded[] = [];
  let isKept = true;
  try {
    for (const life of schedule.lives) {
      if (life.end.kind === 'drained') becomeVisible(world);
      const options = { world, life, quietWithin: schedule.quietWithin, patienceMs, env };
      ended.push(...(await livedThrough(options)));
      meanwhile(world, life);
    }
    const wrong = ended.flatMap((life) => life.wrong);
    const verdict = await judge(world, ended);
    const all = [...wrong, ...verdict.wrong];
    isKept = all.length > 0;
    return {
      ...verdict,
      wrong: all,
      seed: schedule.seed,
      lives: ended.length,
      kills: ended.filter((life) => life.isKilled).length,
      seconds: (performance.now() - begunMs) / 1_000,
      befell: Object.fromEntries(world.befell),
      met: { ...world.allMet(), ...(verdict.nameless > 0 && { 'records without an id': verdict.nameless }) },
      ...(isKept ? { evidence: `${world.parts.folder}\n${ended.at(-1)?.talk.slice(-3_000)}` } : {}),
    };
  } finally {
    await world.close(isKept);
  }
}

/** One life, or in the last one as many as who looks after the agent begins. */
async function livedThrough(options: LifeOptions): Promise<readonly LifeEnded[]> {
  const ended = [await live(options)];
  while (options.life.end.kind === 'drained' && ended.at(-1)?.metDamage === true && ended.length < MOST_STARTS) {
    options.world.note('started again after damage');
    ended.push(await live(options));
  }
  const last = ended.at(-1);
  if (options.life.end.kind !== 'drained' || last?.metDamage !== true) return ended;
  return [...ended.slice(0, -1), { ...last, wrong: ['it ends by damage over and over'] }];
}

/** What happens while none runs. */
function meanwhile(world: ChaosWorld, { between }: Life): void {
  for (const event of between) {
    if (event.kind === 'leap') world.leap(event.byS);
    else world.spoil(event);
  }
}

/** What is shown late is there before the last life, and after what a pass of the lookback scans waits for. */
function becomeVisible(world: ChaosWorld): void {
  const nowMs = world.parts.clock.now();
  const late = [...world.parts.simulator.truth()].filter(({ visibleAtMs }) => visibleAtMs > nowMs + 3_000);
  const latest = late.reduce((most, { visibleAtMs }) => Math.max(most, visibleAtMs), 0);
  // Events of a moment ago that a killed life did not read lie before where the next one begins: a scan brings them.
  if (latest === 0) {
    if (nowMs - world.parts.made.lastBurstMs > LIVE_MS) world.leap(PASS_S);
    return;
  }
  const isWithinOverlap = latest - nowMs < OVERLAP_S * 1_000 - 120_000;
  world.leap(isWithinOverlap ? Math.ceil((latest - nowMs) / 1_000) + PASS_S : SWEEP_S);
}

/** What a live window looks back, less the age of events in a burst and a bit. */
const LIVE_MS = 60_000;
const OVERLAP_S = 1_800;
/** Past the next scan that looks back by `overlap`. */
const PASS_S = 310;
/** Past the next scan that looks back by `sweep`. */
const SWEEP_S = 90_000;
