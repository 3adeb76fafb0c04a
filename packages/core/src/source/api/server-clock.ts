/**
 * Server time: the `Date` of the API's answers decides what is done, not this host's clock. But a `Date` can be wrong,
 * so it is held against the monotonic clock and against this host's; one that fits neither moves nothing until it
 * has held for half an hour. Every answer of a source goes through here before a loop sees its time.
 */
import type { ClockPair } from '../../journal/checkpoint.ts';
import type { Runtime } from '../../runtime.ts';
import { CLOCK_WORDS, type ClockLog } from './clock-log.ts';
import { Doubt, differenceIn, type Reading, readingOf, SLACK_MS } from './date-doubt.ts';

/** What `SLACK_MS` is for the rest, for the first answer of a process, which only this host's clock can be held against. */
const FIRST_SLACK_MS = 60_000;
/** Of a long sleep so much is allowed beside: clocks run differently while a machine sleeps. */
const SLEEP_SLACK = 0.01;
/** How much faster the server's clock may run than ours: more than any clock does, far less than a wrong one jumps. */
const DRIFT = 0.001;
const DAY_MS = 86_400_000;

export interface ClockOptions {
  readonly runtime: Runtime;
  /** Of the last commit before this process. Absent: no `Date` was ever believed. */
  readonly pair: ClockPair | undefined;
  /** How far server time was taken to have come before this process, in seconds, certain or not. Absent: nothing was ever answered. */
  readonly reachedSeconds?: number | undefined;
  readonly log: Pick<ClockLog, 'met'>;
}

/** What is taken for server time, as differences to clocks that go on by themselves, in milliseconds. */
interface Belief extends Reading {
  /** As of when, by the monotonic clock. */
  readonly asOfMs: number;
}

/** A jump ahead that only the `Date` has vouched for, and for less than a day. */
interface Leap {
  readonly fromSeconds: number;
  readonly sinceMs: number;
  /** What was believed before. Absent: it was before this process. */
  readonly before?: Belief;
}

/** Between what a poll reads: from two minutes before the first to five minutes past the second, in seconds. */
export interface Around {
  readonly nowSeconds: number;
  readonly untilSeconds: number;
}

/** One for a source, for as long as it runs: both feeds speak with the same server. */
export class ServerClock {
  /** `overlap`, in milliseconds: a server's clock that is further ahead of this host's is said. */
  overlapMs: number = Number.POSITIVE_INFINITY;
  readonly #options: ClockOptions;
  readonly #doubt: Doubt;
  #belief: Belief;
  /** An answer of this process agreed with two clocks, or held for long enough. */
  #isProven = false;
  #leap: Leap | undefined;
  #revertedFrom: number | undefined;
  #last: Reading | undefined;
  #isUndated = false;
  #newestEvent = Number.NEGATIVE_INFINITY;

  constructor(options: ClockOptions) {
    const { runtime, pair } = options;
    const elapsedMs = runtime.elapsedMs();
    const aheadMs = pair === undefined ? 0 : (pair.serverSeconds - pair.hostSeconds) * 1000;
    // Time does not go back, whatever has become of this host's clock.
    const serverMs = Math.max(runtime.now() + aheadMs, (pair?.serverSeconds ?? 0) * 1000);
    const offsetMs = serverMs - elapsedMs;
    this.#options = options;
    this.#belief = { leastMs: offsetMs, mostMs: offsetMs, aheadMs, asOfMs: elapsedMs };
    this.#doubt = new Doubt();
    if (pair?.leaptFrom !== undefined) this.#leap = { fromSeconds: pair.leaptFrom, sinceMs: elapsedMs };
  }

  /**
   * Takes the `Date` of a page that has just come, in seconds since the epoch; `sentMs`: when it was asked for, by the
   * monotonic clock. Gives how far server time may be taken to have come: never further than it can have.
   */
  note(serverSeconds: number, sentMs: number): number {
    const nowMs = this.#options.runtime.elapsedMs();
    const reading = readingOf({ serverSeconds, sentMs }, this.#options.runtime);
    this.#last = reading;
    this.#isUndated = false;
    if (!this.#agrees(reading)) this.#disagree(reading);
    this.#sayAhead();
    if (!this.#isProven) return Math.min(serverSeconds, this.knownSeconds());
    if (reading.leastMs <= this.#mostMs()) return serverSeconds;
    return Math.min(serverSeconds, Math.floor((this.#belief.leastMs + Math.min(sentMs, nowMs)) / 1000));
  }

  /** The `Date` of an answer that is no page, which may be a proxy's: good to confirm, and for nothing else. */
  confirm(serverSeconds: number, sentMs: number): void {
    const reading = readingOf({ serverSeconds, sentMs }, this.#options.runtime);
    if (this.#fits(reading, this.#belief) !== undefined) this.#agrees(reading);
  }

  /** A page has come without a `Date`. */
  noteUndated(): void {
    this.#isUndated = true;
    this.#options.log.met('DATE_MISSING', CLOCK_WORDS.DATE_MISSING());
  }

  /** The server has shown an event of that second: so late it is there. */
  sawEvent(seconds: number): void {
    this.#newestEvent = Math.max(this.#newestEvent, seconds);
  }

  /** Server time as believed, in seconds since the epoch; before the first answer by this host's clock. For what to ask and when. */
  seconds(): number {
    return Math.floor((this.#belief.leastMs + this.#options.runtime.elapsedMs()) / 1000);
  }

  /**
   * How far server time has come for certain, in seconds: what is done goes by it where an answer has no `Date`. Until
   * one has agreed with another clock since the process began, that is as far as it had come before, or the newest event.
   */
  knownSeconds(): number {
    const least = Math.min(this.seconds(), ...this.#doubt.readings.map((reading) => this.#secondsOf(reading)));
    if (this.#isProven) return least;
    const { pair, reachedSeconds } = this.#options;
    // A first start has nothing but this host's clock; no other goes by it, however short the one before has run.
    const before = pair?.serverSeconds ?? reachedSeconds ?? least - DAY_MS / 1000;
    return Math.min(least, Math.max(before, this.#newestEvent));
  }

  /** Server time as far as anything says it, believed or not, in seconds. Undefined: no answer had a `Date`. */
  saidSeconds(): number | undefined {
    if (this.#isProven) return this.seconds();
    return this.#last === undefined ? undefined : this.#secondsOf(this.#last);
  }

  /** Around which times a poll reads: while a `Date` is doubted both what is believed and what it says. */
  polls(): readonly Around[] {
    const untilSeconds = this.seconds();
    const doubted = this.#doubtedSeconds;
    const isUnknown = !this.#isProven && doubted === undefined && this.#isUndated;
    const believed = { nowSeconds: isUnknown ? this.knownSeconds() : untilSeconds, untilSeconds };
    return doubted === undefined ? [believed] : [believed, { nowSeconds: doubted, untilSeconds: doubted }];
  }

  /** This host's clock, in seconds since the epoch: to be stored beside server time. */
  hostSeconds(): number {
    return Math.floor(this.#options.runtime.now() / 1000);
  }

  get isProven(): boolean {
    return this.#isProven;
  }

  /** The pair for the next process. Undefined: nothing is certain enough. */
  get pair(): ClockPair | undefined {
    if (!this.#isProven) return undefined;
    const { leaptFrom } = this;
    const pair = { serverSeconds: this.seconds(), hostSeconds: this.hostSeconds() };
    return leaptFrom === undefined ? pair : { ...pair, leaptFrom };
  }

  /** Server time before it leapt, in seconds: for a day nothing from then on is forgotten. Undefined: it did not. */
  get leaptFrom(): number | undefined {
    if (this.#leap === undefined) return undefined;
    const isOld = this.#isProven && this.#options.runtime.elapsedMs() - this.#leap.sinceMs >= DAY_MS;
    return isOld ? undefined : this.#leap.fromSeconds;
  }

  /** Whether a leap that began there has proved to be wrong. */
  hasReverted(leaptFrom: number): boolean {
    return this.#revertedFrom === leaptFrom;
  }

  /** Server time less this host's, in milliseconds, by the last answer. Undefined: no answer yet. */
  get offsetMs(): number | undefined {
    return this.#last?.aheadMs;
  }

  /** What is wrong with the server's time, in words. */
  get problem(): string | undefined {
    const doubted = this.#doubtedSeconds;
    if (doubted !== undefined) return CLOCK_WORDS.DATE_DOUBTED(doubted - this.seconds(), this.#isProven);
    if (this.#isUndated) return CLOCK_WORDS.DATE_MISSING();
    return this.#isAhead ? CLOCK_WORDS.SERVER_CLOCK_AHEAD(this.#aheadSeconds) : undefined;
  }

  /** What time the last answer that is doubted says it is. Undefined: nothing is in doubt. */
  get #doubtedSeconds(): number | undefined {
    const latest = this.#doubt.readings.at(-1);
    return latest === undefined ? undefined : this.#secondsOf(latest);
  }

  #secondsOf({ leastMs }: Reading): number {
    return Math.floor((leastMs + this.#options.runtime.elapsedMs()) / 1000);
  }

  /** The most that server time can be ahead of our clock by what was believed. */
  #mostMs({ mostMs, asOfMs }: Belief = this.#belief): number {
    return mostMs + DRIFT * (this.#options.runtime.elapsedMs() - asOfMs);
  }

  /** With which clock a reading agrees. */
  #fits(reading: Reading, belief: Belief): 'elapsed' | 'host' | undefined {
    const slackMs = this.#isProven ? SLACK_MS : FIRST_SLACK_MS;
    const mostMs = this.#mostMs(belief);
    if (reading.leastMs <= mostMs + slackMs && reading.mostMs >= belief.leastMs - slackMs) return 'elapsed';
    const sleepMs = Math.abs(differenceIn(reading, belief));
    return Math.abs(reading.aheadMs - belief.aheadMs) <= slackMs + SLEEP_SLACK * sleepMs ? 'host' : undefined;
  }

  /** True: it agrees with what was believed, and is believed itself. */
  #agrees(reading: Reading): boolean {
    const fit = this.#fits(reading, this.#belief);
    const before = this.#leap?.before;
    if (fit === undefined && before !== undefined && this.#fits(reading, before) !== undefined) {
      this.#revert();
      this.#believe(reading);
      return true;
    }
    if (fit === undefined) return false;
    const isBounded = fit === 'elapsed' && this.#isProven;
    const mostMs = isBounded ? Math.min(this.#mostMs(), reading.mostMs) : reading.mostMs;
    this.#believe({ ...reading, mostMs, leastMs: Math.min(reading.leastMs, mostMs) });
    return true;
  }

  #believe(reading: Reading): void {
    this.#belief = { ...reading, asOfMs: this.#options.runtime.elapsedMs() };
    this.#isProven = true;
    this.#doubt.end();
  }

  #disagree(reading: Reading): void {
    const { runtime, log } = this.#options;
    const nowMs = runtime.elapsedMs();
    const byMs = differenceIn(reading, this.#belief);
    const lasting = this.#doubt.note(reading, { byMs, nowMs });
    const seconds = Math.round(byMs / 1000);
    if (lasting === undefined) {
      log.met('DATE_DOUBTED', CLOCK_WORDS.DATE_DOUBTED(seconds, this.#isProven), seconds);
      return;
    }
    if (byMs < 0) this.#revert();
    // Before anything was proven, what was believed may have been ahead too: what is certain stands in.
    else this.#leap = { fromSeconds: this.knownSeconds(), sinceMs: nowMs, before: this.#belief };
    // What it says of this host's clock is as of now.
    this.#believe({ ...lasting, aheadMs: lasting.leastMs + nowMs - runtime.now() });
    log.met('DATE_BELIEVED', CLOCK_WORDS.DATE_BELIEVED(seconds), seconds);
  }

  #revert(): void {
    this.#revertedFrom = this.leaptFrom;
    this.#leap = undefined;
  }

  get #aheadSeconds(): number {
    return Math.round(this.#belief.aheadMs / 1000);
  }

  get #isAhead(): boolean {
    return this.#isProven && this.#belief.aheadMs > this.overlapMs;
  }

  #sayAhead(): void {
    const seconds = this.#aheadSeconds;
    if (this.#isAhead) this.#options.log.met('SERVER_CLOCK_AHEAD', CLOCK_WORDS.SERVER_CLOCK_AHEAD(seconds), seconds);
  }
}
