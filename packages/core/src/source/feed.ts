/**
 * One feed's loops: live polling, backfill of what lies behind it, and the passes over the wide
 * bands. They share a way to the API and a checkpoint, and nothing else.
 */
import { RelayError } from '../errors.ts';
import type { Checkpoint, Span, WideBand } from '../journal/checkpoint.ts';
import type { Runtime } from '../runtime.ts';
import { abortable } from './abort.ts';
import type { FeedApi } from './api.ts';
import { beginPass, nearWindow, type Pass, passDueAt, type Reach } from './bands.ts';
import { Bell } from './bell.ts';
import type { Claim } from './budget.ts';
import type { ServerClock } from './clock.ts';
import type { SourceConfig } from './config.ts';
import type { FeedJournal } from './feed-journal.ts';
import type { FeedHealth, Snag } from './health.ts';
import { answered, gapsOf, hasAnswered, passDone } from './progress.ts';
import type { WindowReader } from './reader.ts';
import { FIRST_WINDOW_SECONDS, nextWindowSeconds, secondsOf } from './windows.ts';

const BANDS: readonly WideBand[] = ['overlap', 'sweep'];
/** After a fault of our own, so that it is seen and does not spin. */
const BROKEN_WAIT_MS = 60_000;

export interface FeedOptions {
  readonly source: string;
  readonly feed: 'organization' | 'tenant';
  readonly config: SourceConfig;
  readonly runtime: Runtime;
  readonly journal: FeedJournal;
  readonly api: FeedApi;
  readonly clock: ServerClock;
  readonly health: FeedHealth;
  readonly reader: WindowReader;
  /** A poll has read its window, which held so many events. */
  onPoll(events: number): void;
}

export class Feed {
  readonly #options: FeedOptions;
  readonly #reach: Reach;
  /** Rings whenever a loop has got somewhere, or has been stopped by a fault. */
  readonly #progress = new Bell();
  readonly #passes = new Map<WideBand, Pass>();
  readonly #windowSeconds: Record<Claim, number> = {
    live: FIRST_WINDOW_SECONDS,
    wide: FIRST_WINDOW_SECONDS,
    backfill: FIRST_WINDOW_SECONDS,
  };
  #pollsBegun = 0;
  #lastPollRead = 0;
  /** No pause before this poll: somebody waits for it. */
  #pollsWanted = 0;
  #endPause: (() => void) | undefined;
  #ended = false;

  constructor(options: FeedOptions) {
    this.#options = options;
    const { overlap, sweep } = options.config;
    this.#reach = { overlap: Math.ceil(overlap / 1000), sweep: Math.ceil(sweep / 1000) };
  }

  /** Runs until the signal fires; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#unbroken(async () => {
      await this.#begin(signal);
      await this.#firstAnswer(signal);
    }, signal);
    const loops = [this.#pollOnce, this.#backfillOnce, this.#passOnce];
    await Promise.all(loops.map((once) => this.#unbroken(() => forever(() => once.call(this, signal)), signal)));
    this.#ended = true;
    this.#progress.ring();
  }

  /**
   * Polls at once, and resolves when that poll and all before it is journaled, or when the feed is
   * paused. False: the feed has been ended before that.
   * @throws the signal's reason when it fires first.
   */
  async caughtUp(signal: AbortSignal): Promise<boolean> {
    const wanted = this.#pollsBegun + 1;
    this.#pollsWanted = Math.max(this.#pollsWanted, wanted);
    this.#endPause?.();
    while (!this.#ended && !this.#options.health.isPaused && !this.#hasRead(wanted)) await this.#progress.wait(signal);
    return !this.#ended;
  }

  #hasRead(poll: number): boolean {
    const { checkpoint } = this.#options.journal;
    return this.#lastPollRead >= poll && checkpoint !== undefined && gapsOf(checkpoint).length === 0;
  }

  /** The start is on disk before anything is asked. */
  async #begin(signal: AbortSignal): Promise<void> {
    const { config, runtime, journal } = this.#options;
    const hostSeconds = Math.floor(runtime.now() / 1000);
    for (;;) {
      const snag = await journal.begin({ configured: config.backfill_start_time, hostSeconds }, signal);
      if (snag === undefined) return;
      await this.#waitOut(snag, signal);
    }
  }

  /** One page, for its `Date` alone: it makes the start final, and all reading comes after that. */
  async #firstAnswer(signal: AbortSignal): Promise<void> {
    const { api, clock, journal, runtime } = this.#options;
    for (
      let checkpoint = journal.checkpoint;
      checkpoint !== undefined && !hasAnswered(checkpoint);
      checkpoint = journal.checkpoint
    ) {
      const window = nearWindow(checkpoint, clock.seconds(), this.#reach);
      const answer = await api.ask({ window, after: undefined, claim: 'live' }, signal);
      this.#progress.ring();
      if (answer === undefined) continue;
      const first = {
        serverSeconds: answer.serverSeconds ?? clock.seconds(),
        hostSeconds: Math.floor(runtime.now() / 1000),
      };
      const result = await journal.commit(
        { advance: (current) => answered(current, first), entries: [], flush: true },
        signal,
      );
      if ('code' in result) await this.#waitOut(result, signal);
    }
  }

  async #pollOnce(signal: AbortSignal): Promise<void> {
    const { config, runtime, clock, onPoll } = this.#options;
    const beganMs = runtime.now();
    this.#pollsBegun += 1;
    const poll = this.#pollsBegun;
    const window = nearWindow(this.#checkpoint(), clock.seconds(), this.#reach);
    const events = await this.#read(window, 'live', signal);
    if (events === undefined) return;
    this.#lastPollRead = poll;
    onPoll(events);
    this.#progress.ring();
    await this.#pause(beganMs + config.poll_interval - runtime.now(), signal);
  }

  /** One window of the oldest gap; waits for a gap when there is none. */
  async #backfillOnce(signal: AbortSignal): Promise<void> {
    const gap = gapsOf(this.#checkpoint())[0];
    if (gap === undefined) return this.#progress.wait(signal);
    const read = await this.#readSized(gap, 'backfill', signal);
    this.#progress.ring();
    // Only a server whose clock went back leaves a gap that was read as it is.
    if (read !== undefined && gapsOf(this.#checkpoint())[0]?.from === gap.from) {
      await this.#options.runtime.sleep(BROKEN_WAIT_MS, signal);
    }
  }

  /** One window of a pass that is under way or due; the passes take turns, the short one first. */
  async #passOnce(signal: AbortSignal): Promise<void> {
    const { runtime, clock } = this.#options;
    const pass = this.#currentPass();
    if (pass === undefined) {
      const due = BANDS.map((band) => passDueAt(this.#checkpoint(), band) - clock.seconds());
      return runtime.sleep(Math.max(1, ...[Math.min(...due)]) * 1000, signal);
    }
    const read = secondsOf(pass.left) === 0 ? pass.left : await this.#readSized(pass.left, 'wide', signal);
    if (read === undefined) return;
    const left = { from: read.to, to: pass.left.to };
    this.#passes.set(pass.band, { ...pass, left });
    if (secondsOf(left) === 0) await this.#completePass(pass, signal);
  }

  #currentPass(): Pass | undefined {
    const nowSeconds = this.#options.clock.seconds();
    const checkpoint = this.#checkpoint();
    for (const band of BANDS) {
      const pass = this.#passes.get(band);
      if (pass !== undefined) return pass;
      if (nowSeconds >= passDueAt(checkpoint, band))
        return beginPass(checkpoint, band, { nowSeconds, reach: this.#reach });
    }
    return undefined;
  }

  async #completePass({ band, beganSeconds }: Pass, signal: AbortSignal): Promise<void> {
    const { journal, reader, runtime, source, feed } = this.#options;
    const done = { band, beganSeconds, sweepSeconds: this.#reach.sweep, inFlightFrom: reader.inFlightFrom };
    const result = await journal.commit({ advance: (current) => passDone(current, done), entries: [] }, signal);
    if ('code' in result) return this.#waitOut(result, signal);
    this.#passes.delete(band);
    runtime.log('debug', 'PASS_COMPLETE', 'a pass over a wide band is complete', {
      source,
      feed,
      band,
      began: beganSeconds,
    });
  }

  /** Reads the oldest part of `span`, as long as the density of the last one advises. What was read, if it was. */
  async #readSized(span: Span, claim: Claim, signal: AbortSignal): Promise<Span | undefined> {
    const seconds = this.#windowSeconds[claim];
    const window = { from: span.from, to: Math.min(span.to, span.from + seconds) };
    const events = await this.#read(window, claim, signal);
    if (events === undefined) return undefined;
    this.#windowSeconds[claim] = nextWindowSeconds(seconds, events);
    return window;
  }

  /** How many events the window held. Undefined: it was not read, and the wait for that is over. */
  async #read(window: Span, claim: Claim, signal: AbortSignal): Promise<number | undefined> {
    const result = await this.#options.reader.read(window, claim, signal);
    if (result.kind === 'read') return result.events;
    this.#progress.ring();
    if (result.kind === 'stuck') await this.#options.runtime.sleep(result.waitMs, signal);
    return undefined;
  }

  /** Until the next poll, unless somebody wants it now. */
  async #pause(waitMs: number, signal: AbortSignal): Promise<void> {
    if (waitMs <= 0 || this.#pollsBegun < this.#pollsWanted) return;
    await abortable(signal, async (inner) => {
      this.#endPause = () => inner.abort();
      await this.#options.runtime.sleep(waitMs, inner.signal).catch(() => signal.throwIfAborted());
      this.#endPause = undefined;
    });
  }

  async #waitOut(snag: Snag, signal: AbortSignal): Promise<void> {
    await this.#options.runtime.sleep(this.#options.health.snagged('live', snag), signal);
  }

  #checkpoint(): Checkpoint {
    const { journal, feed } = this.#options;
    const { checkpoint } = journal;
    if (checkpoint === undefined) throw new RelayError('CHECKPOINT_LOST', `the journal lost the start of feed ${feed}`);
    return checkpoint;
  }

  /** A fault of our own ends neither the loop nor the process: it is said, and the work begins anew. */
  async #unbroken(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { runtime, source, feed } = this.#options;
    while (!signal.aborted) {
      try {
        return await work();
      } catch (error) {
        if (signal.aborted) return;
        const at = error instanceof Error ? error.stack?.split('\n').filter((line) => /^ +at /.test(line)) : undefined;
        runtime.log('error', 'SOURCE_BROKEN', 'a loop of this feed failed and begins anew: please report it', {
          source,
          feed,
          at,
        });
        await runtime.sleep(BROKEN_WAIT_MS, signal).catch(() => undefined);
      }
    }
  }
}

async function forever(once: () => Promise<void>): Promise<never> {
  for (;;) await once();
}
