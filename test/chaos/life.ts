/** One life of the relay: the built command in a process of its own, what befalls it meanwhile, and how it ends. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { risk } from './at-risk.ts';
import { type PastLife, stoodStill } from './copies.ts';
import { drained } from './drain.ts';
import { withoutHours } from './knobs.ts';
import { type LeavingLife, leftOut } from './left-out.ts';
import { cutPower } from './power.ts';
import { RelayProcess } from './relay-process.ts';
import { type Act, configsOf, type End, isHarmless, type Life, SINKS } from './schedule.ts';
import type { ChaosWorld } from './world.ts';

/** Compiled, since Node loads it without a loader. */
const PRELOAD = fileURLToPath(
  new URL(import.meta.url.includes('/dist/') ? './preload.js' : '../dist/chaos/preload.js', import.meta.url),
);
/** A start that takes longer hangs. */
const START_MS = 60_000;
const LOOK_MS = 100;
const RUNNING = /status at (http:[^ "]+)/;

export interface LifeEnded extends PastLife, LeavingLife {
  readonly isKilled: boolean;
  /** It ended by itself, since an entry is damaged: who looks after it starts it again. */
  readonly metDamage: boolean;
  /** What is wrong with how it ended, in words. */
  readonly wrong: readonly string[];
  readonly talk: string;
}

export interface LifeOptions {
  readonly world: ChaosWorld;
  readonly life: Life;
  readonly quietWithin: boolean;
  /** How long nothing may move, in milliseconds. */
  readonly patienceMs: number;
  /** Beside those of every life. */
  readonly env: Readonly<Record<string, string>>;
}

export async function live({ world, life, quietWithin, patienceMs, env }: LifeOptions): Promise<LifeEnded> {
  const isLast = life.end.kind === 'drained';
  const isFaulty = !isLast || quietWithin;
  await prepare({ world, life, isLast, isFaulty });
  const data = join(world.journal, 'data.mdb');
  const before = life.end.kind === 'power_cut' && existsSync(data) ? readFileSync(data) : undefined;
  const begunS = Math.floor(world.parts.clock.now() / 1_000);
  const running = await startRelay(world, life, env);
  const over = new AbortController();
  const acting = act({ world, life, running, isLast, isFaulty, signal: over.signal }).catch(() => undefined);
  const wrong = await end({ world, running, end: life.end, acting, patienceMs });
  over.abort();
  running.child.kill('SIGCONT');
  const code = await running.ended;
  await acting;
  if (life.end.kind === 'power_cut') cutPower({ data, log: world.straceLog, seed: life.end.seed, before });
  const { talk } = running;
  running.close();
  world.noteAnswered(talk, begunS);
  world.disturbances.push(...stoodStill(talk));
  world.noteEnd();
  const applied = [...talk.matchAll(/"code":"CONFIG_APPLIED"/g)].length;
  if (applied > 0) world.meet('SIGHUP with another configuration', applied);
  const isKilled = code === null || life.end.kind === 'term_twice';
  const filters = new Set(configsOf(life).flatMap(({ filtered }) => filtered));
  const left = { ...leftOut(talk), filters, endedMs: world.parts.clock.now() };
  const beganAnew = talk.includes('"code":"JOURNAL_SET_ASIDE"');
  const past = { isKilled, ...risk(talk), beganAnew, ...left, talk };
  const metDamage = world.isSpoiled && code === 1 && talk.includes('JOURNAL_DAMAGED');
  return { ...past, metDamage, wrong: metDamage ? [] : [...wrong, ...unexpected(life.end, code, talk)] };
}

type Preparing = Pick<Acting, 'world' | 'life' | 'isLast' | 'isFaulty'>;

async function prepare({ world, life, isLast, isFaulty }: Preparing): Promise<void> {
  if (!isFaulty) await world.quiet();
  if (isLast) world.endHours();
  world.configure(life.config);
  for (const act of life.acts) if (act.atMs < 0 && (isFaulty || isHarmless(act))) await world.begin(tame(act, isLast));
}

function startRelay(world: ChaosWorld, { end }: Life, env: LifeOptions['env']): Promise<RelayProcess> {
  const graceMs = end.kind === 'term' ? end.graceMs : 5_000;
  const killAt = end.kind === 'kill_at' || end.kind === 'power_cut' ? `${end.step} ${end.occurrence}` : '';
  const recorded = { data: join(world.journal, 'data.mdb'), log: world.straceLog };
  return RelayProcess.start({
    args: ['run', '--log-level', 'debug', '--grace', `${graceMs}ms`],
    cwd: world.parts.folder,
    env: { ...env, CHAOS_CLOCK_OFFSET_MS: String(world.hostOffsetMs), CHAOS_KILL_AT: killAt },
    preload: PRELOAD,
    talk: world.nextTalk(),
    ...(end.kind === 'power_cut' ? { recorded } : {}),
  });
}

interface Acting {
  readonly world: ChaosWorld;
  readonly life: Life;
  readonly running: RelayProcess;
  readonly isLast: boolean;
  readonly isFaulty: boolean;
  readonly signal: AbortSignal;
}

/** Does what is due, each at its time after the relay said that it runs. */
async function act({ world, life, running, isLast, isFaulty, signal }: Acting): Promise<void> {
  if ((await running.seen(RUNNING, START_MS)) === undefined) return;
  const begunMs = performance.now();
  for (const due of life.acts) {
    if (due.atMs < 0 || (!isFaulty && !isHarmless(due))) continue;
    await setTimeout(Math.max(0, begunMs + due.atMs - performance.now()), undefined, { signal });
    await world.begin(tame(due, isLast));
    if (due.kind === 'reload') running.child.kill('SIGHUP');
    if (due.kind === 'clock') running.child.send({ offsetMs: world.hostOffsetMs });
    if (due.kind === 'pause') {
      running.child.kill('SIGSTOP');
      await setTimeout(due.forMs, undefined, { signal });
      running.child.kill('SIGCONT');
    }
  }
}

/** What the last life brings must be visible before it ends, and over before its own patience is: a relay that is asked to wait for an hour does. */
function tame(due: Act, isLast: boolean): Act {
  if (!isLast) return due;
  if (due.kind === 'reload') return { ...due, config: { ...due.config, sinks: SINKS } };
  if (due.kind === 'burst') return { ...due, lateS: Math.min(due.lateS, 2) };
  return due.kind === 'api' ? { ...due, knobs: withoutHours(due.knobs) } : due;
}

interface Ending {
  readonly world: ChaosWorld;
  readonly running: RelayProcess;
  readonly end: End;
  readonly acting: Promise<void>;
  readonly patienceMs: number;
}

/** Brings the life to its end; what is wrong by then. */
async function end(ending: Ending): Promise<readonly string[]> {
  switch (ending.end.kind) {
    case 'drained':
      return drain(ending);
    case 'term':
    case 'term_twice':
      await terminate(ending, ending.end);
      return [];
    default:
      await killWhenDue(ending, ending.end);
      return [];
  }
}

async function killWhenDue({ world, running }: Ending, how: Extract<End, { withinMs: number } | { kind: 'kill' }>) {
  const isDue =
    how.kind === 'kill'
      ? setTimeout(how.afterMs)
      : // It kills itself when its step has come.
        running.seen(RUNNING, START_MS).then(() => setTimeout(how.withinMs));
  await Promise.race([isDue, running.ended]);
  world.note(how.kind === 'power_cut' ? 'power cut' : 'kill -9');
  await running.kill();
}

async function drain({ world, running, acting, patienceMs }: Ending): Promise<readonly string[]> {
  const { child, ended } = running;
  const [, url] = (await running.seen(RUNNING, START_MS)) ?? [];
  // All that the last life brings has happened by then.
  await acting;
  await met(world);
  await world.whenMet();
  await world.quiet();
  if (child.connected) child.send({ offsetMs: world.hostOffsetMs });
  const isOver = ended.then(() => undefined);
  const wrong =
    url === undefined
      ? ['the last life never said that it runs']
      : await drained({ world, url, ended: isOver, patienceMs });
  child.kill(wrong.length === 0 ? 'SIGTERM' : 'SIGKILL');
  return wrong;
}

/** A busy machine may need long until anything has met its faults. */
async function met({ parts: { schedule, peers } }: ChaosWorld): Promise<void> {
  const sum = (): number =>
    Object.values(peers).reduce((all, peer) => all + [...peer.met().values()].reduce((a, b) => a + b, 0), 0);
  for (let waitedMs = 0; waitedMs < START_MS && sum() < (schedule.untilMet ?? 0); waitedMs += LOOK_MS) {
    await setTimeout(LOOK_MS);
  }
}

async function terminate({ world, running }: Ending, how: Extract<End, { kind: 'term' | 'term_twice' }>) {
  const { child, ended } = running;
  await running.seen(RUNNING, START_MS);
  await Promise.race([setTimeout(how.afterMs), ended]);
  world.note(how.kind === 'term' ? 'SIGTERM' : 'SIGTERM twice');
  child.kill('SIGTERM');
  if (how.kind === 'term') return;
  await setTimeout(how.gapMs);
  child.kill('SIGTERM');
}

/** Whether the process ended as this end should end it. */
function unexpected(how: End, code: number | null, talk: string): readonly string[] {
  const last = talk.slice(-600);
  if (how.kind === 'kill' || how.kind === 'kill_at' || how.kind === 'power_cut') {
    // A start on a full disk is refused in words; the next one is another try.
    const isFull = code === 1 && talk.includes('ENOSPC');
    return code === null || isFull ? [] : [`ended by itself with ${code}: ${last}`];
  }
  // A signal that comes before the first listener ends a process as any other.
  const isFine = code === 0 || (how.kind !== 'drained' && code === null) || (how.kind === 'term_twice' && code === 1);
  return isFine ? [] : [`ended with ${code} after ${how.kind}: ${last}`];
}
