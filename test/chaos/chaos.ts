/** One schedule from its beginning to its verdict. */
import { faultsThatCopy } from './copies.ts';
import { type LifeEnded, live } from './life.ts';
import type { Life, Schedule, SinkName } from './schedule.ts';
import { SINKS } from './schedule.ts';
import { judge, type Verdict } from './verdict.ts';
import { ChaosWorld } from './world.ts';

export interface Outcome extends Verdict {
  readonly seed: number;
  readonly lives: number;
  readonly kills: number;
  readonly seconds: number;
  /** How often each kind of fault was begun. */
  readonly befell: Readonly<Record<string, number>>;
  /** Requests and connections that met a fault of a peer. */
  readonly met: number;
  /** What the last life wrote, and where its files are, when something is wrong. */
  readonly evidence?: string;
}

/** @param env of the relay's processes, beside what they always have. */
export async function runSchedule(schedule: Schedule, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const begunMs = performance.now();
  const world = await ChaosWorld.open(schedule);
  const ended: LifeEnded[] = [];
  let isKept = true;
  try {
    for (const life of schedule.lives) {
      if (life.end.kind === 'drained') becomeVisible(world);
      ended.push(await live({ world, life, quietWithin: schedule.quietWithin, env }));
      meanwhile(world, life);
    }
    const wrong = ended.flatMap((life) => life.wrong);
    const verdict = await judge(world, mayCopy(schedule, ended));
    const all = [...wrong, ...verdict.wrong];
    isKept = all.length > 0;
    return {
      ...verdict,
      wrong: all,
      seed: schedule.seed,
      lives: schedule.lives.length,
      kills: ended.filter((life) => life.isKilled).length,
      seconds: (performance.now() - begunMs) / 1_000,
      befell: Object.fromEntries(world.befell),
      met: Object.values(world.parts.peers).reduce((sum, peer) => sum + peer.met(), world.parts.api.met),
      ...(isKept ? { evidence: `${world.parts.folder}\n${ended.at(-1)?.talk.slice(-3_000)}` } : {}),
    };
  } finally {
    await world.close(isKept);
  }
}

/** What happens while none runs. */
function meanwhile(world: ChaosWorld, { between }: Life): void {
  for (const event of between) if (event.kind === 'leap') world.leap(event.byS);
}

/** What is shown late is there before the last life, and after what a pass of the lookback scans waits for. */
function becomeVisible(world: ChaosWorld): void {
  const nowMs = world.parts.clock.now();
  const late = [...world.parts.simulator.truth()].filter(({ visibleAtMs }) => visibleAtMs > nowMs + 3_000);
  const latest = late.reduce((most, { visibleAtMs }) => Math.max(most, visibleAtMs), 0);
  if (latest === 0) return;
  const isWithinOverlap = latest - nowMs < OVERLAP_S * 1_000 - 120_000;
  world.leap(isWithinOverlap ? Math.ceil((latest - nowMs) / 1_000) + PASS_S : SWEEP_S);
}

const OVERLAP_S = 1_800;
/** Past the next pass that looks back by `overlap`. */
const PASS_S = 310;
/** Past the next pass that looks back by `sweep`. */
const SWEEP_S = 90_000;

/** A sink that was killed over, or did not hear an answer, or gave none that could be read. */
function mayCopy({ lives }: Schedule, ended: readonly LifeEnded[]): ReadonlySet<SinkName> {
  const isCut = ended.some(({ isKilled }) => isKilled) || lives.some(({ end }) => end.kind === 'term');
  return new Set(SINKS.filter((sink) => isCut || lives.some((life) => isExcuse(life, sink))));
}

function isExcuse({ acts }: Life, sink: SinkName): boolean {
  return acts.some((act) => {
    if (act.kind === 'wire') return act.to === sink;
    if (act.kind === 'sink') return act.sink === sink && faultsThatCopy(act.fault);
    return act.kind === 'pause' || act.kind === 'disk_full';
  });
}
