/**
 * A feed's start, as pure transitions of its checkpoint: at first by this host's clock, then by the server's. Once
 * committed it never moves forward in true time, however long the first answer takes, however often the process
 * starts and whatever becomes of this host's clock meanwhile: where that leaves a choice, the earlier one is taken.
 */
import type { Checkpoint, Waiting } from '../../journal/checkpoint.ts';
import type { Runtime } from '../../runtime.ts';
import { withoutSpan, withSpan } from './spans.ts';
import { withList } from './transitions.ts';

/** What a start of the process knows before its first request. */
export interface Beginning {
  /** `backfill_start_time`: seconds since the epoch, or before the first start. */
  readonly configured: number | { readonly secondsAgo: number } | undefined;
  /** This host's clock, in seconds. */
  readonly hostSeconds: number;
}

/** 2024-07-01, when the API was first published: a clock that says less was never set. */
const EARLIEST_SECONDS = 1_719_792_000;
/** Clocks that differ by no more are taken for right, and a smaller step back for none. */
const SLACK_SECONDS = 60;
/**
 * A clock that was ahead and was set back while nothing ran shows only what is left of the pause: that the pause was eleven
 * times as long, and the clock ahead by so much, is thought possible, up to a day.
 */
const HIDDEN_SHARE = 10;
const LONGEST_HIDDEN_SECONDS = 86_400;
/** How long a feed is taken to have waited when this host's clock was ahead and has been set back while nothing ran. */
const LONGEST_UNKNOWN_SECONDS = 30 * 86_400;

/** A new feed gets its start; a known one keeps it, unless the configuration now asks for more of the past. */
export function begun(current: Checkpoint | undefined, { configured, hostSeconds }: Beginning): Checkpoint {
  if (current === undefined) {
    const fresh = { version: 1, done: [], passes: {} } as const;
    if (typeof configured === 'number') return { ...fresh, startSeconds: configured, startProvisional: false };
    const agoSeconds = configured?.secondsAgo ?? 0;
    const waiting = { sinceSeconds: hostSeconds, atSeconds: hostSeconds, waitedSeconds: 0, agoSeconds };
    return { ...fresh, startSeconds: hostSeconds - agoSeconds, startProvisional: true, waiting };
  }
  if (typeof configured === 'number' && configured < current.startSeconds) return startedBefore(current, configured);
  const waiting = waitingOf(current);
  return waiting === undefined ? current : waited(current, restarted(waiting, hostSeconds));
}

/** The same as of now, once server time is certain, for a configuration that says how far back. */
export function startedBefore(current: Checkpoint, seconds: number): Checkpoint {
  if (seconds >= current.startSeconds) return current;
  const { waiting: _, ...rest } = current;
  const asked = withoutSpan(current.asked ?? [], { from: seconds, to: current.startSeconds });
  return { ...withList(rest, 'asked', asked), startSeconds: seconds, startProvisional: false };
}

function waitingOf({ waiting, startProvisional, startSeconds }: Checkpoint): Waiting | undefined {
  if (waiting !== undefined || !startProvisional) return waiting;
  return { sinceSeconds: startSeconds, atSeconds: startSeconds, waitedSeconds: 0, agoSeconds: 0 };
}

/** Another process goes on waiting. */
function restarted(waiting: Waiting, hostSeconds: number): Waiting {
  const downSeconds = hostSeconds - waiting.atSeconds;
  const wasSet = waiting.atSeconds >= EARLIEST_SECONDS;
  const pauseSeconds = wasSet ? Math.max(0, downSeconds) : 0;
  const setBack = downSeconds < -SLACK_SECONDS ? { setBack: true as const } : {};
  return {
    ...waiting,
    ...setBack,
    restarted: true,
    atSeconds: hostSeconds,
    waitedSeconds: waiting.waitedSeconds + pauseSeconds,
    downSeconds: (waiting.downSeconds ?? 0) + pauseSeconds,
  };
}

/** It still waits. A start that no server time has touched is put into this host's time as it is now. */
export function waited(current: Checkpoint, waiting: Waiting): Checkpoint {
  const startSeconds = waiting.atSeconds - waiting.waitedSeconds - waiting.agoSeconds;
  return current.startProvisional ? { ...movedStart(current, startSeconds), waiting } : { ...current, waiting };
}

/** Server time, and how much it is worth. */
export interface ServerMoment {
  readonly serverSeconds: number;
  /** This host's clock, in seconds. */
  readonly hostSeconds: number;
  /** Since the first start, at most. */
  readonly waitedSeconds: number;
  /** Another clock agrees with the server's, or it has held for long. */
  readonly isCertain: boolean;
}

/** Puts a start that waits into server time; one that stands there already moves back at most. */
export function inServerTime(current: Checkpoint, moment: ServerMoment): Checkpoint {
  const { waiting, ...rest } = current;
  if (waiting === undefined) return current;
  const startSeconds = current.startProvisional
    ? startBy(waiting, moment)
    : startAgain(current.startSeconds, waiting, moment);
  const isEarlier = startSeconds < current.startSeconds - SLACK_SECONDS;
  const moved = current.startProvisional || isEarlier ? movedStart(rest, startSeconds) : rest;
  if (moment.isCertain) return { ...moved, startProvisional: false };
  const left = current.startProvisional ? waitingInServerTime(waiting, startSeconds, moment) : waiting;
  return { ...moved, startProvisional: false, waiting: left };
}

/** From now on it lies by so much before the wait as was found; what became of the clocks until then is decided. */
function waitingInServerTime(
  { sinceSeconds, atSeconds, waitedSeconds }: Waiting,
  startSeconds: number,
  moment: ServerMoment,
): Waiting {
  const agoSeconds = Math.floor(moment.serverSeconds - moment.waitedSeconds) - startSeconds;
  return { sinceSeconds, atSeconds, waitedSeconds, agoSeconds };
}

/**
 * The first start in server time. While one process has run, its clocks say how long ago that was. When none ran for a
 * while, this host's clock may have been set, and what it said at the first start may have been right by itself.
 */
function startBy(waiting: Waiting, moment: ServerMoment): number {
  const { serverSeconds, waitedSeconds } = moment;
  const { sinceSeconds, agoSeconds } = waiting;
  const byWait = serverSeconds - waitedSeconds;
  if (waiting.restarted !== true) return Math.floor(byWait - agoSeconds);
  if (isUnknown(waiting, moment)) return Math.floor(byWait - LONGEST_UNKNOWN_SECONDS - agoSeconds);
  const mayBeRight = sinceSeconds >= EARLIEST_SECONDS && sinceSeconds <= serverSeconds;
  const first = byWait < EARLIEST_SECONDS && mayBeRight ? sinceSeconds : byWait;
  return Math.floor((mayBeRight ? Math.min(first, sinceSeconds) : first) - hiddenSeconds(waiting) - agoSeconds);
}

/** By how much this host's clock may have been ahead before a pause without its being seen. One that was never set was not. */
function hiddenSeconds({ sinceSeconds, downSeconds = 0 }: Waiting): number {
  if (sinceSeconds < EARLIEST_SECONDS) return 0;
  return Math.min(LONGEST_HIDDEN_SECONDS, SLACK_SECONDS + HIDDEN_SHARE * downSeconds);
}

/** A start that an earlier `Date` gave and a later one contradicts. */
function startAgain(startSeconds: number, waiting: Waiting, moment: ServerMoment): number {
  const byWait = Math.floor(moment.serverSeconds - moment.waitedSeconds - waiting.agoSeconds);
  const isWrong = byWait < startSeconds - SLACK_SECONDS;
  return isWrong && isUnknown(waiting, moment) ? byWait - LONGEST_UNKNOWN_SECONDS : byWait;
}

/** This host's clock was ahead at the end, so it may have been at the beginning, and how long nothing ran nobody knows. */
function isUnknown({ setBack }: Waiting, { serverSeconds, hostSeconds }: ServerMoment): boolean {
  return setBack === true && Math.abs(serverSeconds - hostSeconds) <= SLACK_SECONDS;
}

/** What was asked for up to the start reaches up to where it is now: no hole opens between them. */
function movedStart(current: Checkpoint, startSeconds: number): Checkpoint {
  const { asked = [] } = current;
  const reaches = asked.at(-1)?.to === current.startSeconds;
  const later = reaches ? withSpan(asked, { from: current.startSeconds, to: startSeconds }) : asked;
  const before = withoutSpan(later, { from: startSeconds, to: Math.max(startSeconds, current.startSeconds) });
  return { ...withList(current, 'asked', before), startSeconds };
}

/** How long a feed has been waiting in this process, at most. */
export class Wait {
  readonly #runtime: Pick<Runtime, 'now' | 'elapsedMs'>;
  #waitedMs = 0;
  #hostMs: number;
  #elapsedMs: number;

  constructor(runtime: Pick<Runtime, 'now' | 'elapsedMs'>) {
    this.#runtime = runtime;
    this.#hostMs = runtime.now();
    this.#elapsedMs = runtime.elapsedMs();
  }

  /** Up to now. A machine may have slept, so of two clocks the one counts that went further; but not by its being set for the first time. */
  seconds(): number {
    const { now, elapsedMs } = { now: this.#runtime.now(), elapsedMs: this.#runtime.elapsedMs() };
    const byHost = this.#hostMs < EARLIEST_SECONDS * 1000 ? 0 : now - this.#hostMs;
    this.#waitedMs += Math.max(byHost, elapsedMs - this.#elapsedMs);
    this.#hostMs = now;
    this.#elapsedMs = elapsedMs;
    return this.#waitedMs / 1000;
  }
}
