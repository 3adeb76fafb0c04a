/**
 * One feed. `openFeed` puts it together: a reader that makes journaled windows of the API's pages, and the loops that say which
 * window is read when. They share the reader and a checkpoint, and nothing else.
 */
import type { Provenance } from '../entry.ts';
import { hasCode, RelayError } from '../errors.ts';
import type { Checkpoint, Span } from '../journal/checkpoint.ts';
import { Signal } from '../signal.ts';
import type { FeedStatus } from '../status.ts';
import { asked, askedProgress, gapsOf, hasAnswered } from './coverage/transitions.ts';
import { FeedJournal } from './feed-journal.ts';
import { feedStatus, notePoll } from './health/feed-status.ts';
import { FeedHealth } from './health/health.ts';
import type { FeedTally } from './health/tally.ts';
import { Backfill } from './loops/backfill.ts';
import { Live } from './loops/live.ts';
import { LookbackScans } from './loops/lookback-scans.ts';
import type { Loop, LoopParts } from './loops/loop.ts';
import { StartKeeper } from './loops/start-keeper.ts';
import type { FeedDependencies } from './options.ts';
import { OriginCheck, originOf } from './origin.ts';
import { openReader } from './window/open-reader.ts';

/** After a fault of our own, so that it is seen and does not spin. */
const BROKEN_WAIT_MS = 60_000;

export function openFeed(provenance: Provenance, dependencies: FeedDependencies): Feed {
  const { config, scheduler, clock, tally, runtime } = dependencies;
  const { source, feed } = provenance;
  const journal = new FeedJournal(dependencies.journal, feed, { runtime, clock });
  const everAnswered = (): boolean => journal.checkpoint !== undefined && hasAnswered(journal.checkpoint);
  const health = new FeedHealth({ source, feed, runtime, everAnswered });
  const widths = { overlap: Math.ceil(config.overlap / 1000), sweep: Math.ceil(config.sweep / 1000) };
  // How a window is read.
  const { api, reader } = openReader({ provenance, journal, health, widths }, dependencies);
  // Which window is read when.
  const parts = { provenance, runtime, clock, journal, health, reader, progress: new Signal() };
  const start = new StartKeeper({ ...parts, configured: config.backfill_start_time, widths, api });
  const onPoll = (events: number): void => notePoll({ provenance, journal, tally, runtime }, events);
  const live = new Live({ ...parts, pollIntervalMs: config.poll_interval, widths, onPoll });
  const scans = new LookbackScans({ ...parts, widths });
  const backfill = new Backfill({ ...parts, scheduler });
  const originCheck = new OriginCheck({ ...parts, origin: originOf(config), journal: dependencies.journal, api });
  return new Feed(parts, { start, originCheck, live, backfill, others: [scans, start], tally });
}

interface FeedTasks {
  readonly start: StartKeeper;
  readonly originCheck: OriginCheck;
  readonly live: Live;
  readonly backfill: Backfill;
  readonly others: readonly Loop[];
  readonly tally: FeedTally;
}

export class Feed {
  readonly tally: FeedTally;
  readonly #parts: LoopParts;
  readonly #tasks: FeedTasks;
  #hasEnded = false;

  constructor(parts: LoopParts, tasks: FeedTasks) {
    this.tally = tasks.tally;
    this.#parts = parts;
    this.#tasks = tasks;
  }

  get name(): Provenance['feed'] {
    return this.#parts.provenance.feed;
  }

  /** Why it asks nothing but once in a while. Undefined: it is not paused. */
  get pausedBecause(): string | undefined {
    const { health } = this.#parts;
    return health.isPaused ? (health.problem ?? 'refused') : undefined;
  }

  status(stopped: boolean): FeedStatus {
    const { journal, health, clock } = this.#parts;
    return feedStatus({ journal, health, tally: this.tally, stopped, clockProblem: clock.problem });
  }

  /** Runs until the signal fires; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { start, originCheck, live, backfill, others } = this.#tasks;
    await this.#unbroken(() => start.begin(signal), signal);
    await this.#unbroken(() => originCheck.resolved(signal), signal);
    await this.#unbroken(() => start.firstAnswer(signal), signal);
    const loops = [live, ...others, ...backfill.loops()];
    await Promise.all(loops.map((loop) => this.#unbroken(() => forever(() => loop.once(signal)), signal)));
    await backfill.ended();
    this.#hasEnded = true;
    this.#parts.progress.notify();
  }

  /**
   * Polls at once, and resolves when that poll and all before it is journaled, or when the feed is
   * paused. False: the feed has been ended before that.
   * @throws the signal's reason when it fires first.
   */
  async caughtUp(signal: AbortSignal): Promise<boolean> {
    const { health, progress } = this.#parts;
    const { live } = this.#tasks;
    const poll = live.want();
    const isReached = (): boolean => live.hasRead(poll) && this.#hasNoGap();
    while (!this.#hasEnded && !health.isPaused && !isReached()) await progress.wait(signal);
    return !this.#hasEnded;
  }

  /** While a `Date` is in doubt a poll may have called nothing read yet: then all from the start is still to come. */
  #hasNoGap(): boolean {
    const { clock, journal } = this.#parts;
    const checkpoint = journal.known;
    const isBegun = checkpoint.done.length > 0 || checkpoint.startSeconds >= clock.knownSeconds() - 2;
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
    return askedProgress(this.#parts.journal.checkpoint, { span, hasPolled: this.#tasks.live.hasRead(1) });
  }

  /** A fault of our own ends neither the loop nor the process: it is said, and the work begins anew. */
  async #unbroken(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { runtime, provenance } = this.#parts;
    const { source, feed } = provenance;
    while (!signal.aborted) {
      try {
        return await work();
      } catch (error) {
        // Whoever has the source now reads on from what is committed.
        if (signal.aborted || hasCode(error, 'JOURNAL_REASSIGNED')) return;
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
