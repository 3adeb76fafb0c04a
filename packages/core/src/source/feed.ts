/**
 * One feed: its beginning, then its loops, that share a way to the API and a checkpoint and nothing
 * else: `live.ts`, `backfill.ts` and `lookback-scans.ts`.
 */
import { RelayError } from '../errors.ts';
import type { Checkpoint, Span } from '../journal/checkpoint.ts';
import { Backfill } from './backfill.ts';
import { nearWindow } from './coverage/lookback.ts';
import { asked, askedProgress, gapsOf, hasAnswered } from './coverage/transitions.ts';
import { checkpointOf, type FeedParts } from './feed-parts.ts';
import type { ReadFailure } from './health/health.ts';
import { Live } from './live.ts';
import { LookbackScans } from './lookback-scans.ts';
import { StartKeeper } from './start-keeper.ts';

/** After a fault of our own, so that it is seen and does not spin. */
const BROKEN_WAIT_MS = 60_000;

export class FeedLoops {
  readonly #parts: FeedParts;
  readonly #live: Live;
  readonly #others: readonly { once(signal: AbortSignal): Promise<void> }[];
  #ended = false;
  readonly #start: StartKeeper;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#live = new Live(parts);
    this.#start = new StartKeeper(parts);
    const backfill = new Backfill(parts);
    this.#others = [new LookbackScans(parts), this.#start, ...backfill.workers()];
  }

  /** Runs until the signal fires; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#unbroken(() => this.#begin(signal), signal);
    await this.#unbroken(() => this.#parts.originCheck.settled(signal), signal);
    await this.#unbroken(() => this.#firstAnswer(signal), signal);
    const loops = [this.#live, ...this.#others];
    await Promise.all(loops.map((loop) => this.#unbroken(() => forever(() => loop.once(signal)), signal)));
    this.#ended = true;
    this.#parts.progress.notify();
  }

  /**
   * Polls at once, and resolves when that poll and all before it is journaled, or when the feed is
   * paused. False: the feed has been ended before that.
   * @throws the signal's reason when it fires first.
   */
  async caughtUp(signal: AbortSignal): Promise<boolean> {
    const { health, progress } = this.#parts;
    const poll = this.#live.want();
    const isReached = (): boolean => this.#live.hasRead(poll) && this.#hasNoGap();
    while (!this.#ended && !health.isPaused && !isReached()) await progress.wait(signal);
    return !this.#ended;
  }

  /** While a `Date` is in doubt a poll may have called nothing read yet: then all from the start is still to come. */
  #hasNoGap(): boolean {
    const checkpoint = checkpointOf(this.#parts);
    const isBegun = checkpoint.done.length > 0 || checkpoint.startSeconds >= this.#parts.clock.knownSeconds() - 2;
    return isBegun && gapsOf(checkpoint).length === 0;
  }

  /**
   * Takes a time that somebody asks for into the work of backfill, where it stays until it is read.
   * @throws the signal's reason when it fires first; RelayError when the journal does not take it.
   */
  async backfill(span: Span, again: boolean, signal: AbortSignal): Promise<void> {
    const { journal, progress } = this.#parts;
    while (journal.checkpoint === undefined) await progress.wait(signal);
    const advance = (current: Checkpoint): Checkpoint => asked(current, span, again);
    const result = await journal.commit({ advance, entries: [], flush: true }, signal);
    if ('code' in result) throw new RelayError(result.code, result.problem);
    progress.notify();
  }

  /** How far it is with such a time, in seconds. */
  progressIn(span: Span): { readonly wholeSeconds: number; readonly leftSeconds: number } {
    return askedProgress(this.#parts.journal.checkpoint, { span, hasPolled: this.#live.hasRead(1) });
  }

  /** The start is on disk before anything is asked. */
  async #begin(signal: AbortSignal): Promise<void> {
    for (;;) {
      const readFailure = await this.#start.begin(signal);
      if (readFailure === undefined) return this.#parts.progress.notify();
      await this.#waitOut(readFailure, signal);
    }
  }

  /** One page, for its `Date` alone: it puts the start into server time, and all reading comes after that. */
  async #firstAnswer(signal: AbortSignal): Promise<void> {
    const { api, clock, widths, progress } = this.#parts;
    for (;;) {
      const checkpoint = checkpointOf(this.#parts);
      if (hasAnswered(checkpoint)) return;
      const [around = { nowSeconds: clock.seconds(), untilSeconds: clock.seconds() }] = clock.polls();
      const window = nearWindow(checkpoint, around, widths);
      const answer = await api.ask({ window, cursor: undefined, purpose: 'live', limit: 1 }, signal);
      progress.notify();
      // A refusal has a Date too, and the other feed may have been answered.
      const readFailure = await this.#start.keep(answer === undefined ? undefined : clock.knownSeconds(), signal);
      if (readFailure !== undefined) await this.#waitOut(readFailure, signal);
    }
  }

  async #waitOut(readFailure: ReadFailure, signal: AbortSignal): Promise<void> {
    const { runtime, health } = this.#parts;
    await runtime.sleep(health.readFailed('live', readFailure, { from: 0 }), signal);
  }

  /** A fault of our own ends neither the loop nor the process: it is said, and the work begins anew. */
  async #unbroken(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { runtime, source, feed } = this.#parts;
    while (!signal.aborted) {
      try {
        return await work();
      } catch (error) {
        if (signal.aborted) return;
        const fields = { source, feed, at: placesIn(error) };
        runtime.log('error', 'SOURCE_BROKEN', 'a loop of this feed failed and begins anew: please report it', fields);
        await runtime.sleep(BROKEN_WAIT_MS, signal).catch(() => undefined);
      }
    }
  }
}

/** Where it was thrown. An error's message may quote an event, so it is left out. */
function placesIn(error: unknown): readonly string[] {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n') : [];
  return lines.filter((line) => /^ +at /.test(line)).map((line) => line.trim());
}

async function forever(once: () => Promise<void>): Promise<never> {
  for (;;) await once();
}
