/**
 * The end of a window's way through the source: what was read of it becomes entries, in order, and
 * goes into the journal together with the progress that it means. `window-reader.ts` calls it.
 */
import type { Entry, Provenance } from '../../entry.ts';
import type { Anchor, Checkpoint, Span } from '../../journal/checkpoint.ts';
import type { CommitResult } from '../../journal/journal.ts';
import { logIds } from '../../log-ids.ts';
import type { Runtime } from '../../runtime.ts';
import type { ServerClock } from '../api/server-clock.ts';
import type { LookbackWidths } from '../coverage/lookback.ts';
import { gapsOf, isDone, isHeld, windowBegun, windowDone } from '../coverage/transitions.ts';
import type { FeedJournal } from '../feed-journal.ts';
import type { Conditions } from '../health/conditions.ts';
import type { ReadFailure } from '../health/health.ts';
import { lookbackToWiden, withLate } from '../health/lateness.ts';
import type { FeedTally } from '../health/tally.ts';
import { withAnchor } from '../organization-logs/anchors.ts';
import type { Item } from './record.ts';
import { isOutside } from './walk.ts';

export interface WindowCommitsOptions {
  readonly provenance: Provenance;
  readonly runtime: Runtime;
  readonly journal: FeedJournal;
  readonly tally: FeedTally;
  readonly widths: LookbackWidths;
  readonly conditions: Conditions;
  /** The server's: an event says that so late it is there. */
  readonly clock: Pick<ServerClock, 'sawEvent'>;
  onJournaled(entries: readonly Entry[]): void;
}

/** What is to be journaled of one window. */
export interface WindowRead {
  readonly window: Span;
  readonly items: readonly Item[];
  /** The `Date` of the first answer: what the server showed later is no part of what is done. */
  readonly serverSeconds: number;
  /** False: a part of it. The window stays to be read, its ids are held until then. */
  readonly isWhole: boolean;
  /** It was read before, and its events are wanted once more. */
  readonly again: boolean;
  /** An event from which later reading may go on. */
  readonly anchor?: Anchor | undefined;
}

/** An hour between two warnings about the same lookback. */
const LATE_SILENCE_MS = 3_600_000;

export class WindowCommits {
  readonly #options: WindowCommitsOptions;
  readonly #underWay = new Set<Pick<Span, 'from'>>();
  readonly #saidLateMs = new Map<string, number>();

  constructor(options: WindowCommitsOptions) {
    this.#options = options;
  }

  /** Where the oldest of what is being committed begins, in seconds; infinite when nothing is. */
  get inFlightFrom(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...[...this.#underWay].map(({ from }) => from));
  }

  /**
   * One commit; waits while the journal is full. Undefined: committed.
   * @throws the signal's reason when it fires while waiting.
   */
  async commit(read: WindowRead, signal: AbortSignal): Promise<ReadFailure | undefined> {
    const { journal, conditions } = this.#options;
    const { window, items, serverSeconds, again } = read;
    const mayTake = again ? isOdd : strays(journal.checkpoint);
    const isEarly = comesAgain(journal.checkpoint, read);
    const kept = items.filter(
      (item) => !isOutOfFilter(item) && !isEarly(item) && (!isOutside(item, window) || mayTake(item)),
    );
    const entries = inOrder(kept);
    let before: Checkpoint | undefined;
    const advance = (current: Checkpoint): Checkpoint => {
      before = current;
      const done = { window, serverSeconds, events: items.length, again };
      const advanced = read.isWhole ? windowDone(current, done) : windowBegun(current, done);
      return read.anchor === undefined ? advanced : withAnchor(advanced, read.anchor);
    };
    const malformedRecords = kept.flatMap((item) => (item.kind === 'malformed' ? [item.record] : []));
    const result = await this.#holdingIds(entries, () =>
      journal.commit({ advance, entries, malformedRecords, serverSeconds, ...(again ? { again } : {}) }, signal),
    );
    if ('code' in result) return result;
    const newest = entries.findLast(({ timeGuessed }) => timeGuessed !== true);
    if (newest !== undefined) this.#options.clock.sawEvent(Math.floor(newest.timeMs / 1000));
    this.#count(read, result);
    conditions.setAside(result.malformedRecords);
    if (!again) this.#noteLate(read, result.journaled, before);
    return undefined;
  }

  /** The commit may wait for room; until it is over the ids from its first entry on are needed. */
  async #holdingIds<T>(entries: readonly Entry[], commit: () => Promise<T>): Promise<T> {
    const held = { from: Math.floor((entries[0]?.timeMs ?? Number.POSITIVE_INFINITY) / 1000) };
    this.#underWay.add(held);
    try {
      return await commit();
    } finally {
      this.#underWay.delete(held);
    }
  }

  #count({ window, items, isWhole }: WindowRead, { journaled, duplicates, malformedRecords }: CommitResult): void {
    const { tally, conditions, onJournaled, provenance, runtime } = this.#options;
    if (isWhole) tally.windows += 1;
    tally.journaled += journaled.length;
    tally.duplicates += duplicates;
    tally.malformedRecords += malformedRecords.length;
    onJournaled(journaled);
    for (const { timeMs } of journaled.slice(-1)) tally.newestEventMs = Math.max(timeMs, tally.newestEventMs ?? timeMs);
    const outside = items.filter((item) => isOutside(item, window)).length;
    tally.outsideWindow += outside;
    conditions.met('EVENTS_OUTSIDE_WINDOW', outside);
    const unasked = items.filter((item) => item.kind === 'entry' && item.unasked !== undefined).length;
    conditions.met('EVENTS_OUTSIDE_FILTER', unasked);
    if (isAscending(items)) conditions.met('ORDER_ASCENDING');
    const { source, feed } = provenance;
    const fields = {
      source,
      feed,
      ...window,
      journaled: journaled.length,
      ids: logIds(() => journaled.map(({ id }) => id)),
    };
    runtime.log(
      'debug',
      'WINDOW_COMMITTED',
      isWhole ? 'a window was committed' : 'a part of a window was committed',
      fields,
    );
  }

  /** `before`: the checkpoint that this commit found. */
  #noteLate({ window, serverSeconds }: WindowRead, journaled: readonly Entry[], before: Checkpoint | undefined): void {
    const { tally, widths } = this.#options;
    for (const { timeMs, timeGuessed } of journaled) {
      const second = Math.floor(timeMs / 1000);
      const isIn = second >= window.from && second < window.to && timeGuessed !== true;
      if (!isIn || before === undefined || !isDone(before, second)) continue;
      const seconds = Math.max(0, serverSeconds - second);
      tally.lateness = withLate(tally.lateness, seconds);
      const lookback = lookbackToWiden({ seconds, least: (before.passes.sweep ?? second) - second }, widths);
      if (lookback !== undefined) this.#warnLate(lookback, seconds);
    }
  }

  #warnLate(lookback: 'overlap' | 'sweep', seconds: number): void {
    const { runtime, provenance, widths } = this.#options;
    const now = runtime.elapsedMs();
    const said = this.#saidLateMs.get(lookback);
    if (said !== undefined && now - said < LATE_SILENCE_MS) return;
    this.#saidLateMs.set(lookback, now);
    const risk = lookback === 'sweep' ? 'later ones are not found' : 'later ones wait for the sweep';
    const problem = `an event was found ${seconds} s after it happened, and ${lookback} looks back ${widths[lookback]} s: raise ${lookback}, as ${risk}`;
    runtime.log('warn', 'EVENTS_LATE', problem, {
      source: provenance.source,
      feed: provenance.feed,
      lookback,
      seconds,
    });
  }
}

/**
 * Which events outside of their window are taken: those that could not be journaled twice. Their ids
 * are still held, and they lie in no gap, whose own window may come when the ids are forgotten.
 * Of all others their own window has brought them or will. Nothing before the feed's start is taken.
 */
function strays(checkpoint: Checkpoint | undefined): (item: Item) => boolean {
  const from = Math.max(checkpoint?.startSeconds ?? 0, checkpoint?.idsNeededFrom ?? 0);
  const gaps = checkpoint === undefined ? [] : gapsOf(checkpoint);
  return (item) => {
    if (item.kind === 'malformed') return true;
    const seconds = item.entry.timeMs / 1000;
    return seconds >= from && !gaps.some((gap) => seconds >= gap.from && seconds < gap.to);
  };
}

/**
 * Which events are left for a later reading: those of a time that this commit does not call read, as the server's clock is
 * not that far, and whose ids are not held, so that they would be journaled at every reading. Both together happen when a
 * `Date` far behind has moved the start back. One without a time is taken: where it stands nobody knows.
 */
function comesAgain(
  checkpoint: Checkpoint | undefined,
  { serverSeconds, again }: Pick<WindowRead, 'serverSeconds' | 'again'>,
): (item: Item) => boolean {
  const holds = (second: number): boolean => checkpoint === undefined || again || isHeld(checkpoint, second);
  return (item) => {
    if (item.kind !== 'entry' || item.entry.timeGuessed === true) return false;
    const second = Math.floor(item.entry.timeMs / 1000);
    return second >= serverSeconds - 1 && !holds(second);
  };
}

/** What is wanted once more is wanted of its window alone: beside it nothing would be known again. */
function isOdd({ kind }: Item): boolean {
  return kind === 'malformed';
}

function isOutOfFilter(item: Item): boolean {
  return item.kind === 'entry' && item.unasked === 'out_of_filter';
}

/** Ascending in time. Ties stay as they came where the API lists the oldest first, else they are turned round. */
function inOrder(items: readonly Item[]): readonly Entry[] {
  const entries = items.flatMap((item) => (item.kind === 'entry' ? [item.entry] : []));
  return (isAscending(items) ? entries : entries.toReversed()).toSorted((a, b) => a.timeMs - b.timeMs);
}

/** True where time rises and never falls. */
function isAscending(items: readonly Item[]): boolean {
  const times = items.flatMap((item) =>
    item.kind === 'entry' && item.entry.timeGuessed !== true ? [item.entry.timeMs] : [],
  );
  const rises = times.some((time, index) => time > (times[index - 1] ?? time));
  return rises && times.every((time, index) => time >= (times[index - 1] ?? time));
}
