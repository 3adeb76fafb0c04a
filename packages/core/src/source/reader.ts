/**
 * Reads a window and commits it: walk, sort, one commit. A window that proves larger than a walk may
 * hold is halved, older half first, and each part is committed by itself.
 */
import type { Entry } from '../entry.ts';
import type { Checkpoint, Span } from '../journal/checkpoint.ts';
import type { Runtime } from '../runtime.ts';
import type { FeedApi } from './api.ts';
import type { Purpose } from './budget.ts';
import type { ServerClock } from './clock.ts';
import type { FeedJournal } from './feed-journal.ts';
import type { FeedHealth, Snag } from './health.ts';
import { gapsOf, windowDone } from './progress.ts';
import { type Item, itemOf, type Provenance } from './record.ts';
import { countFailure, type FeedTally } from './tally.ts';
import { isOutside, type Walk, walk } from './walk.ts';
import { halves } from './windows.ts';

export interface ReaderOptions {
  readonly provenance: Provenance;
  readonly runtime: Runtime;
  readonly api: FeedApi;
  readonly journal: FeedJournal;
  readonly clock: ServerClock;
  readonly health: FeedHealth;
  readonly tally: FeedTally;
  onJournaled(entries: readonly Entry[]): void;
}

interface Part {
  readonly events: number;
  /** The earliest `Date` of its walks: all that the server showed until then is journaled. */
  readonly serverSeconds: number;
}

interface Reading extends Part {
  readonly kind: 'read';
  /** In how many parts it was read. */
  readonly walks: number;
}

export type ReadResult =
  | Reading
  /** No page came; the next question waits by itself, and may be about another window. */
  | { readonly kind: 'again' }
  /** The window cannot be read to its end, or not be committed, for now. */
  | { readonly kind: 'stuck'; readonly waitMs: number };

type Drained = Extract<Walk, { kind: 'drained' }>;

export class WindowReader {
  readonly #options: ReaderOptions;
  readonly #inFlight = new Set<Pick<Span, 'from'>>();
  #saidOutside = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the whole window is journaled, or when it cannot be; what was committed of it stays so.
   * @throws the signal's reason when it fires first.
   */
  async read(window: Span, purpose: Purpose, signal: AbortSignal): Promise<ReadResult> {
    this.#inFlight.add(window);
    try {
      return await this.#read(window, purpose, signal);
    } finally {
      this.#inFlight.delete(window);
    }
  }

  /** Where the oldest of what is being read begins: the journal must not forget the ids from there on. */
  get inFlightFrom(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...[...this.#inFlight].map(({ from }) => from));
  }

  async #read(window: Span, purpose: Purpose, signal: AbortSignal): Promise<ReadResult> {
    const todo = [window];
    const read: Part[] = [];
    let snag: Snag | undefined;
    for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
      const result = await this.#readPart(part, purpose, signal);
      if (result === 'again') return { kind: 'again' };
      if (result === 'larger') todo.push(...halves(part).toReversed());
      else if (!('code' in result)) read.push(result);
      // One second that cannot be read does not hold up the others; at a second one it is the server.
      else if (snag !== undefined || result.code === 'JOURNAL_COMMIT_FAILED') return this.#stuck(purpose, result);
      else snag = result;
    }
    if (snag !== undefined) return this.#stuck(purpose, snag);
    this.#options.health.unsnagged(purpose);
    const events = read.reduce((sum, part) => sum + part.events, 0);
    const serverSeconds = Math.min(...read.map((part) => part.serverSeconds));
    return { kind: 'read', events, serverSeconds, walks: read.length };
  }

  /** One walk and its commit. */
  async #readPart(part: Span, purpose: Purpose, signal: AbortSignal): Promise<Part | Snag | 'larger' | 'again'> {
    const askedSeconds = this.#options.clock.seconds();
    const walked = await this.#walk(part, purpose, signal);
    if (walked.kind === 'larger') return 'larger';
    if (walked.kind === 'failed') return walked.snag ?? 'again';
    const serverSeconds = walked.serverSeconds ?? askedSeconds;
    const snag = await this.#commit(part, { ...walked, serverSeconds }, signal);
    return snag ?? { events: walked.items.length, serverSeconds };
  }

  /** Notes that a loop cannot go on for now, and how long it should wait. */
  #stuck(purpose: Purpose, snag: Snag): ReadResult {
    const { health, tally } = this.#options;
    countFailure(tally, snag.code.toLowerCase());
    return { kind: 'stuck', waitMs: health.snagged(purpose, snag) };
  }

  async #walk(window: Span, purpose: Purpose, signal: AbortSignal): Promise<Walk> {
    const { api, provenance } = this.#options;
    const walked = await walk({
      window,
      ask: (after) => api.ask({ window, after, purpose }, signal),
      itemsOf: ({ page, receivedMs }) => page.records.map((record) => itemOf(record, provenance, receivedMs)),
    });
    this.#log('WINDOW_WALKED', 'a window was walked', { ...window, purpose, outcome: walked.kind });
    return walked;
  }

  /** Undefined: committed. */
  async #commit(
    window: Span,
    walked: Drained & { serverSeconds: number },
    signal: AbortSignal,
  ): Promise<Snag | undefined> {
    const { journal, tally } = this.#options;
    const { items, serverSeconds } = walked;
    const mayTake = strays(journal.checkpoint);
    const kept = items.filter((item) => !isOutside(item, window) || mayTake(item));
    const entries = inOrder(kept);
    const advance = (current: Checkpoint): Checkpoint =>
      windowDone(current, { window, serverSeconds, events: items.length });
    const oddities = kept.flatMap((item) => (item.kind === 'oddity' ? [item.oddity] : []));
    const result = await this.#holdingIds(entries, () => journal.commit({ advance, entries, oddities }, signal));
    if ('code' in result) return result;
    tally.windows += 1;
    tally.journaled += result.journaled.length;
    tally.duplicates += result.duplicates;
    tally.oddities += result.oddities;
    this.#options.onJournaled(result.journaled);
    const newestMs = entries.at(-1)?.timeMs;
    if (newestMs !== undefined) tally.newestEventMs = Math.max(newestMs, tally.newestEventMs ?? newestMs);
    this.#noteOutside(items.filter((item) => isOutside(item, window)).length);
    this.#log('WINDOW_COMMITTED', 'a window was committed', { ...window, journaled: result.journaled.length });
    return undefined;
  }

  /** The commit may wait for room; until it is over the ids from its first entry on are needed. */
  async #holdingIds<T>(entries: readonly Entry[], commit: () => Promise<T>): Promise<T> {
    const held = { from: Math.floor((entries[0]?.timeMs ?? Number.POSITIVE_INFINITY) / 1000) };
    this.#inFlight.add(held);
    try {
      return await commit();
    } finally {
      this.#inFlight.delete(held);
    }
  }

  /** Warns once: a server that does it does it on every page. */
  #noteOutside(events: number): void {
    const { provenance, runtime, tally } = this.#options;
    tally.outsideWindow += events;
    if (events === 0 || this.#saidOutside) return;
    this.#saidOutside = true;
    const problem = 'the API gives events outside of the asked time: check that no proxy drops parameters';
    runtime.log('warn', 'EVENTS_OUTSIDE_WINDOW', problem, { source: provenance.source, feed: provenance.feed, events });
  }

  #log(code: string, message: string, fields: object): void {
    const { provenance, runtime } = this.#options;
    runtime.log('debug', code, message, { source: provenance.source, feed: provenance.feed, ...fields });
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
    if (item.kind === 'oddity') return true;
    const seconds = item.entry.timeMs / 1000;
    return seconds >= from && !gaps.some((gap) => seconds >= gap.from && seconds < gap.to);
  };
}

/** Ascending in time. Among ties who came last goes first, as the API is seen to list newest first. */
function inOrder(items: readonly Item[]): readonly Entry[] {
  const entries = items.flatMap((item) => (item.kind === 'entry' ? [item.entry] : []));
  return entries.toReversed().toSorted((a, b) => a.timeMs - b.timeMs);
}
