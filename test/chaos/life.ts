/** One life of the relay: the built command in a process of its own, what befalls it meanwhile, and how it ends. */
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Running, start } from '../agent/command.ts';
import { drained } from './drain.ts';
import type { Act, End, Life } from './schedule.ts';
import type { ChaosWorld } from './world.ts';

/** Compiled, since Node loads it without a loader. */
const PRELOAD = fileURLToPath(
  new URL(import.meta.url.includes('/dist/') ? './preload.js' : '../dist/chaos/preload.js', import.meta.url),
);
/** A start that takes longer hangs. */
const START_MS = 60_000;

export interface LifeEnded {
  readonly isKilled: boolean;
  /** What is wrong with how it ended, in words. */
  readonly wrong: readonly string[];
  readonly talk: string;
}

export interface LifeOptions {
  readonly world: ChaosWorld;
  readonly life: Life;
  readonly quietWithin: boolean;
  /** Beside those of every life. */
  readonly env: Readonly<Record<string, string>>;
}

export async function live({ world, life, quietWithin, env }: LifeOptions): Promise<LifeEnded> {
  const isLast = life.end.kind === 'drained';
  if (isLast && !quietWithin) await world.quiet();
  world.configure(life.config);
  const isFaulty = !isLast || quietWithin;
  for (const act of life.acts)
    if (act.atMs < 0 && (isFaulty || act.kind === 'burst')) await world.begin(tame(act, isLast));
  const graceMs = life.end.kind === 'term' ? life.end.graceMs : 5_000;
  const running = start({
    args: ['run', '--log-level', 'debug', '--grace', `${graceMs}ms`],
    cwd: world.parts.folder,
    env: { ...env, CHAOS_CLOCK_OFFSET_MS: String(world.hostOffsetMs) },
    preload: PRELOAD,
  });
  const over = new AbortController();
  const acting = act({ world, life, running, isLast, isFaulty, signal: over.signal }).catch(() => undefined);
  const wrong = await end({ world, running, end: life.end, acting });
  over.abort();
  running.child.kill('SIGCONT');
  const { code, talk } = await running.ended;
  await acting;
  const isKilled = code === null || life.end.kind === 'term_twice';
  return { isKilled, wrong: [...wrong, ...unexpected(life.end, code, talk)], talk };
}

interface Acting {
  readonly world: ChaosWorld;
  readonly life: Life;
  readonly running: Running;
  readonly isLast: boolean;
  readonly isFaulty: boolean;
  readonly signal: AbortSignal;
}

/** Does what is due, each at its time after the relay said that it runs. */
async function act({ world, life, running, isLast, isFaulty, signal }: Acting): Promise<void> {
  await running.seen(/status at http:/);
  const begunMs = performance.now();
  for (const due of life.acts) {
    if (due.atMs < 0 || (!isFaulty && due.kind !== 'burst')) continue;
    await setTimeout(Math.max(0, begunMs + due.atMs - performance.now()), undefined, { signal });
    await world.begin(tame(due, isLast));
    if (due.kind === 'clock') running.child.send({ offsetMs: world.hostOffsetMs });
    if (due.kind === 'pause') {
      running.child.kill('SIGSTOP');
      await setTimeout(due.forMs, undefined, { signal });
      running.child.kill('SIGCONT');
    }
  }
}

/** What the last life brings must be visible before it ends, and over before its own patience is. */
function tame(due: Act, isLast: boolean): Act {
  return isLast && due.kind === 'burst' ? { ...due, lateS: Math.min(due.lateS, 2) } : due;
}

interface Ending {
  readonly world: ChaosWorld;
  readonly running: Running;
  readonly end: End;
  readonly acting: Promise<void>;
}

/** Brings the life to its end; what is wrong by then. */
async function end({ world, running, end: how, acting }: Ending): Promise<readonly string[]> {
  const { child, ended } = running;
  const isOver = ended.then(() => undefined);
  if (how.kind === 'kill') await Promise.race([setTimeout(how.afterMs), isOver]);
  if (how.kind === 'kill_at') {
    const seen = running.lines(how.step, how.occurrence).catch(() => undefined);
    const late = running.seen(/status at http:/).then(
      () => setTimeout(how.withinMs),
      () => undefined,
    );
    await Promise.race([seen, late, isOver, setTimeout(START_MS)]);
  }
  if (how.kind === 'kill' || how.kind === 'kill_at') {
    world.note('kill -9');
    child.kill('SIGKILL');
    return [];
  }
  const [, url = ''] =
    (await Promise.race([running.seen(/status at (http:[^ "]+)/), setTimeout(START_MS)]).catch(() => undefined)) ?? [];
  if (how.kind === 'drained') {
    // All that the last life brings has happened by then.
    await acting;
    await world.quiet();
    const wrong = url === '' ? ['the last life never said that it runs'] : await drained({ world, url, ended: isOver });
    child.kill(wrong.length === 0 ? 'SIGTERM' : 'SIGKILL');
    return wrong;
  }
  await Promise.race([setTimeout(how.afterMs), isOver]);
  world.note(how.kind === 'term' ? 'SIGTERM' : 'SIGTERM twice');
  child.kill('SIGTERM');
  if (how.kind === 'term_twice') {
    await setTimeout(how.gapMs);
    child.kill('SIGTERM');
  }
  return [];
}

/** Whether the process ended as this end should end it. */
function unexpected(how: End, code: number | null, talk: string): readonly string[] {
  const last = talk.slice(-600);
  if (how.kind === 'kill' || how.kind === 'kill_at') {
    // A start on a full disk is refused in words; the next one is another try.
    const isFull = code === 1 && talk.includes('ENOSPC');
    return code === null || isFull ? [] : [`ended by itself with ${code}: ${last}`];
  }
  // A signal that comes before the first listener ends a process as any other.
  const isFine = code === 0 || (how.kind !== 'drained' && code === null) || (how.kind === 'term_twice' && code === 1);
  return isFine ? [] : [`ended with ${code} after ${how.kind}: ${last}`];
}
