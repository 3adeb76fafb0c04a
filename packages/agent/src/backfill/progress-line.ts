/** One line that says how far a backfill is. Pure: what was seen goes in, a text comes out. */
import { lengthText } from '../point-in-time.ts';
import { count } from './plan.ts';
import type { BackfillProgress } from './request.ts';

/** One look at it. */
export interface Look {
  /** By a monotonic clock, in milliseconds. */
  readonly atMs: number;
  readonly progress: BackfillProgress;
}

export interface Looks {
  /** When the request was given: what was read before is not its own. */
  readonly first: Look;
  /** The last half minute, ascending, the newest included: speed is taken from these. */
  readonly recent: readonly Look[];
}

/** Over how long speed is averaged: windows end in bursts. */
const RECENT_MS = 30_000;
const SHORTEST_BAR = 8;
const LONGEST_BAR = 30;

/** With one more look; `undefined`: the first. */
export function withLook(looks: Looks | undefined, look: Look): Looks {
  if (looks === undefined) return { first: look, recent: [look] };
  return { ...looks, recent: [...looks.recent.filter(({ atMs }) => atMs >= look.atMs - RECENT_MS), look] };
}

/** Which part of the time is read, 0 to 100, rounded down; nothing while every feed is refused. */
export function percentOf({ wholeSeconds, leftSeconds, paused }: BackfillProgress): number {
  if (wholeSeconds === 0 && Object.keys(paused).length > 0) return 0;
  return wholeSeconds === 0 ? 100 : Math.max(0, Math.floor((100 * (wholeSeconds - leftSeconds)) / wholeSeconds));
}

/** `columns`: width of the terminal in characters; undefined: the line may be as long as it likes, and has no bar. */
export function progressLine(looks: Looks, columns: number | undefined): string {
  const now = looks.recent.at(-1) ?? looks.first;
  const percent = percentOf(now.progress);
  // The least worth knowing last: where the terminal is narrow they give way, from the end.
  const facts = [`${percent} %`, ...timeLeft(looks), ...countsOf(looks, now)];
  if (columns === undefined) return facts.join('  ');
  const room = columns - 1;
  const barRoom = (): number => room - facts.join('  ').length - 2;
  while (facts.length > 1 && barRoom() < SHORTEST_BAR) facts.pop();
  const text = facts.join('  ');
  return barRoom() < SHORTEST_BAR ? text.slice(0, room) : `${bar(percent, Math.min(LONGEST_BAR, barRoom()))}  ${text}`;
}

function countsOf({ first, recent }: Looks, { progress }: Look): readonly string[] {
  const events = progress.events - first.progress.events;
  const rate = perSecond(recent, (one) => one.events);
  return [
    `${count(events)} events`,
    ...(rate === undefined ? [] : [`${count(Math.round(rate))}/s`]),
    `${count(progress.windows - first.progress.windows)} windows`,
    `${progress.atOnce} at once`,
  ];
}

/** By the time that was read last: density varies, so it is a guess. */
function timeLeft({ recent }: Looks): readonly string[] {
  const left = recent.at(-1)?.progress.leftSeconds ?? 0;
  const speed = perSecond(recent, ({ leftSeconds }) => -leftSeconds);
  return speed === undefined || speed <= 0 || left === 0 ? [] : [`${lengthText(left / speed)} left`];
}

/** By how much a figure has grown each second; undefined: a single look shows no growth. */
function perSecond(looks: readonly Look[], figure: (progress: BackfillProgress) => number): number | undefined {
  const [oldest, newest] = [looks[0], looks.at(-1)];
  if (oldest === undefined || newest === undefined || newest.atMs <= oldest.atMs) return undefined;
  return ((figure(newest.progress) - figure(oldest.progress)) * 1_000) / (newest.atMs - oldest.atMs);
}

/** `percent` of `length` characters are full. */
export function bar(percent: number, length: number): string {
  const full = Math.floor((percent * length) / 100);
  return '█'.repeat(full) + '░'.repeat(length - full);
}
