/**
 * Keeps a feed's start until server time is certain: beside the loops of `feed.ts`, and before them until the first
 * answer. What may become of it is decided in `coverage/start.ts`.
 */
import type { Checkpoint } from '../journal/checkpoint.ts';
import { settled, startedBefore, Wait, waited } from './coverage/start.ts';
import { answered } from './coverage/transitions.ts';
import { checkpointOf, type FeedParts } from './feed-parts.ts';
import type { ReadFailure } from './health/health.ts';

/** How often it is written how long the feed has waited, in milliseconds. */
const BEAT_MS = 60_000;
/** A start that is certain stays so. */
const REST_MS = 3_600_000;

type Step = (current: Checkpoint) => Checkpoint;

export class StartKeeper {
  readonly #parts: FeedParts;
  #wait: Wait;
  /** Before this process. */
  #earlierSeconds = 0;
  #beatMs = Number.NEGATIVE_INFINITY;
  /** What the configuration says of how far back has been compared with the start. */
  #isCompared = false;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#wait = new Wait(parts.runtime);
  }

  /** The start is on disk when this resolves without a read failure. */
  async begin(signal: AbortSignal): Promise<ReadFailure | undefined> {
    const { config, journal, clock, runtime } = this.#parts;
    // The commit may have to wait for room.
    const wait = new Wait(runtime);
    const readFailure = await journal.begin(
      { configured: config.backfill_start_time, hostSeconds: clock.hostSeconds() },
      signal,
    );
    this.#wait = wait;
    this.#earlierSeconds = journal.checkpoint?.waiting?.waitedSeconds ?? 0;
    return readFailure;
  }

  /** After each step of another loop. */
  async once(signal: AbortSignal): Promise<void> {
    const { progress, runtime, health } = this.#parts;
    if (this.#isCompared && checkpointOf(this.#parts).waiting === undefined) return runtime.sleep(REST_MS, signal);
    await progress.wait(signal);
    const readFailure = await this.keep(undefined, signal);
    if (readFailure !== undefined) await runtime.sleep(health.readFailed('live', readFailure, { from: 0 }), signal);
  }

  /**
   * Puts the start into server time as far as that is known by now. `answeredSeconds`: server time of the feed's first
   * answer.
   */
  async keep(answeredSeconds: number | undefined, signal: AbortSignal): Promise<ReadFailure | undefined> {
    const steps = [this.#settling(answeredSeconds), this.#comparing()].filter((step) => step !== undefined);
    if (answeredSeconds !== undefined) steps.push((current) => answered(current, answeredSeconds));
    if (steps.length === 0) return undefined;
    const advance = (current: Checkpoint): Checkpoint => steps.reduce((next, step) => step(next), current);
    const result = await this.#parts.journal.commit({ advance, entries: [], flush: true }, signal);
    if (!('code' in result)) return undefined;
    this.#isCompared = false;
    return result;
  }

  /** What is to become of a start that still waits. Undefined: nothing now. */
  #settling(answeredSeconds: number | undefined): Step | undefined {
    const { clock } = this.#parts;
    const checkpoint = checkpointOf(this.#parts);
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
    const isMoved = settled(checkpoint, moment).startSeconds !== startSeconds;
    const isNews = startProvisional || isMoved || isCertain;
    if (isNews) return (current) => settled(waited(current, beat), moment);
    return this.#isBeatDue() ? (current) => waited(current, beat) : undefined;
  }

  /** A start that the configuration puts so far back counts from server time. */
  #comparing(): Step | undefined {
    const { config, clock } = this.#parts;
    const { backfill_start_time: start } = config;
    if (this.#isCompared || !clock.isProven) return undefined;
    this.#isCompared = clock.leaptFrom === undefined;
    if (typeof start !== 'object') return undefined;
    const asked = clock.seconds() - start.secondsAgo;
    return asked < checkpointOf(this.#parts).startSeconds ? (current) => startedBefore(current, asked) : undefined;
  }

  #isBeatDue(): boolean {
    const nowMs = this.#parts.runtime.elapsedMs();
    if (nowMs - this.#beatMs < BEAT_MS) return false;
    this.#beatMs = nowMs;
    return true;
  }
}
