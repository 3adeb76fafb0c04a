/**
 * Keeps a feed's start until server time is certain: before the other loops until the first answer, and then beside them.
 * What may become of it is decided in `coverage/start.ts`.
 */
import type { Checkpoint } from '../../journal/checkpoint.ts';
import type { FeedApi } from '../api/feed-api.ts';
import type { SourceConfig } from '../config.ts';
import { type LookbackWidths, nearWindow } from '../coverage/lookback.ts';
import { inServerTime, startedBefore, Wait, waited } from '../coverage/start.ts';
import { answered, hasAnswered } from '../coverage/transitions.ts';
import type { ReadFailure } from '../health/health.ts';
import type { Loop, LoopParts } from './loop.ts';

/** How often it is written how long the feed has waited, in milliseconds. */
const BEAT_MS = 60_000;
/** A start that is certain stays so. */
const REST_MS = 3_600_000;

type Step = (current: Checkpoint) => Checkpoint;

export interface StartParts extends LoopParts {
  /** `backfill_start_time`. */
  readonly configured: SourceConfig['backfill_start_time'];
  readonly widths: LookbackWidths;
  readonly api: FeedApi;
}

export class StartKeeper implements Loop {
  readonly #parts: StartParts;
  #wait: Wait;
  /** Before this process. */
  #earlierSeconds = 0;
  #beatMs = Number.NEGATIVE_INFINITY;
  /** What the configuration says of how far back has been compared with the start. */
  #isCompared = false;

  constructor(parts: StartParts) {
    this.#parts = parts;
    this.#wait = new Wait(parts.runtime);
  }

  /** Resolves when the start is on disk: nothing is asked before. */
  async begin(signal: AbortSignal): Promise<void> {
    for (;;) {
      const readFailure = await this.#begin(signal);
      if (readFailure === undefined) return this.#parts.progress.notify();
      await this.#waitOut(readFailure, signal);
    }
  }

  async #begin(signal: AbortSignal): Promise<ReadFailure | undefined> {
    const { configured, journal, clock, runtime } = this.#parts;
    // The commit may have to wait for room.
    const wait = new Wait(runtime);
    const readFailure = await journal.begin({ configured, hostSeconds: clock.hostSeconds() }, signal);
    this.#wait = wait;
    this.#earlierSeconds = journal.checkpoint?.waiting?.waitedSeconds ?? 0;
    return readFailure;
  }

  /** One page, for its `Date` alone: it puts the start into server time, and all reading comes after that. */
  async firstAnswer(signal: AbortSignal): Promise<void> {
    const { api, clock, journal, widths, progress } = this.#parts;
    while (!hasAnswered(journal.known)) {
      const [around = { nowSeconds: clock.seconds(), untilSeconds: clock.seconds() }] = clock.polls();
      const window = nearWindow(journal.known, around, widths);
      const answer = await api.ask({ window, cursor: undefined, purpose: 'live', limit: 1 }, signal);
      progress.notify();
      // A refusal has a Date too, and the other feed may have been answered.
      const readFailure = await this.#keep(answer === undefined ? undefined : clock.knownSeconds(), signal);
      if (readFailure !== undefined) await this.#waitOut(readFailure, signal);
    }
  }

  /** After each step of another loop. */
  async once(signal: AbortSignal): Promise<void> {
    const { journal, progress, runtime } = this.#parts;
    if (this.#isCompared && journal.known.waiting === undefined) return runtime.sleep(REST_MS, signal);
    await progress.wait(signal);
    const readFailure = await this.#keep(undefined, signal);
    if (readFailure !== undefined) await this.#waitOut(readFailure, signal);
  }

  async #waitOut(readFailure: ReadFailure, signal: AbortSignal): Promise<void> {
    const { runtime, health } = this.#parts;
    await runtime.sleep(health.readFailed('live', readFailure, { from: 0 }), signal);
  }

  /**
   * Puts the start into server time as far as that is known by now. `answeredSeconds`: server time of the feed's first
   * answer.
   */
  async #keep(answeredSeconds: number | undefined, signal: AbortSignal): Promise<ReadFailure | undefined> {
    const steps = [this.#towardsServerTime(answeredSeconds), this.#asConfigured()].filter((step) => step !== undefined);
    if (answeredSeconds !== undefined) steps.push((current) => answered(current, answeredSeconds));
    if (steps.length === 0) return undefined;
    const advance = (current: Checkpoint): Checkpoint => steps.reduce((next, step) => step(next), current);
    const result = await this.#parts.journal.commit({ advance, entries: [], flush: true }, signal);
    if (!('code' in result)) return undefined;
    this.#isCompared = false;
    return result;
  }

  /** What is to become of a start that still waits. Undefined: nothing now. */
  #towardsServerTime(answeredSeconds: number | undefined): Step | undefined {
    const { clock } = this.#parts;
    const checkpoint = this.#parts.journal.known;
    const { waiting, startSeconds, startProvisional } = checkpoint;
    if (waiting === undefined) return undefined;
    const waitedSeconds = this.#earlierSeconds + this.#wait.seconds();
    const hostSeconds = clock.hostSeconds();
    const beat = { ...waiting, atSeconds: hostSeconds, waitedSeconds: Math.ceil(waitedSeconds) };
    // Without any Date this host's clock stands in.
    const serverSeconds = clock.saidSeconds() ?? (answeredSeconds === undefined ? undefined : clock.seconds());
    if (serverSeconds === undefined) return this.#isBeatDue() ? (current) => waited(current, beat) : undefined;
    // A Date that nothing but itself has vouched for may prove to be wrong, and then the start moves back.
    const isCertain = clock.isProven && clock.leaptFrom === undefined;
    const moment = { serverSeconds, hostSeconds, waitedSeconds, isCertain };
    const isMoved = inServerTime(checkpoint, moment).startSeconds !== startSeconds;
    const isNews = startProvisional || isMoved || isCertain;
    if (isNews) return (current) => inServerTime(waited(current, beat), moment);
    return this.#isBeatDue() ? (current) => waited(current, beat) : undefined;
  }

  /** A start that the configuration puts so far back counts from server time. */
  #asConfigured(): Step | undefined {
    const { configured, clock, journal } = this.#parts;
    if (this.#isCompared || !clock.isProven) return undefined;
    this.#isCompared = clock.leaptFrom === undefined;
    if (typeof configured !== 'object') return undefined;
    const asked = clock.seconds() - configured.secondsAgo;
    return asked < journal.known.startSeconds ? (current) => startedBefore(current, asked) : undefined;
  }

  #isBeatDue(): boolean {
    const nowMs = this.#parts.runtime.elapsedMs();
    if (nowMs - this.#beatMs < BEAT_MS) return false;
    this.#beatMs = nowMs;
    return true;
  }
}
