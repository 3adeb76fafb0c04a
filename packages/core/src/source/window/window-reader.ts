/**
 * Reads a window and commits it, a longer one in parts as its pages come; it is done with its last one. A window that
 * proves larger than a walk may be is halved, older half first, and each part is read by itself.
 */
import type { Provenance } from '../../entry.ts';
import { isObject } from '../../event.ts';
import type { Span } from '../../journal/checkpoint.ts';
import type { Runtime } from '../../runtime.ts';
import type { Holding } from '../api/byte-budget.ts';
import { type FeedApi, isPage, isUnfit } from '../api/feed-api.ts';
import { type Filters, standing } from '../api/filters.ts';
import { fitting, PageLimit } from '../api/page-limit.ts';
import type { Purpose } from '../api/rate-limit.ts';
import type { ServerClock } from '../api/server-clock.ts';
import { gapsIn, halves } from '../coverage/spans.ts';
import type { Conditions } from '../health/conditions.ts';
import type { FeedHealth, ReadFailure } from '../health/health.ts';
import { countBackfill, countFailure, type FeedTally } from '../health/tally.ts';
import type { WindowCommits } from './commit.ts';
import type { Paging } from './paging.ts';
import { type Item, itemOf } from './record.ts';
import { TenantOnly } from './tenant-only.ts';
import { UnfitSeconds } from './unfit-seconds.ts';
import { LIVE_WHOLE_PAGES, type Walk, type WalkOptions, walk } from './walk.ts';

export interface ReaderOptions {
  readonly provenance: Provenance;
  readonly runtime: Runtime;
  readonly api: FeedApi;
  readonly commits: WindowCommits;
  readonly clock: ServerClock;
  readonly health: FeedHealth;
  readonly tally: FeedTally;
  readonly paging: Paging;
  readonly conditions: Conditions;
  readonly filters: Filters;
}

/** What is to be read, and what for. */
export interface ReadTask {
  readonly window: Span;
  readonly purpose: Purpose;
  /** It was read before, and its events are to be journaled once more. */
  readonly again?: true;
  /** It is given up where its pages are too large or too slow: what it leaves unread is somebody else's. */
  readonly mayLeave?: boolean;
}

/** Of these no second is the cause. */
const WHOLE: ReadonlySet<ReadFailure['code']> = new Set(['JOURNAL_COMMIT_FAILED', 'TENANT_ONLY_IGNORED']);
/** Of these it is the second and not the server. */
const UNFIT: ReadonlySet<ReadFailure['code']> = new Set(['RECORD_TOO_LARGE', 'RECORD_TOO_SLOW']);
/** A server that cannot give so many seconds of a window is in trouble as a whole. */
const MOST_UNFIT = 16;

interface PartTask extends ReadTask {
  /** Because of what the window has been cut so far. */
  readonly avoided: ReadFailure[];
  readonly limit: PageLimit;
  /** Holds the pages of this walk. */
  readonly holding: Holding;
}

type PartResult = Part | ReadFailure | 'larger' | 'again' | 'left';

interface Stuck {
  readonly window: Span;
  readonly readFailure: ReadFailure;
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
  /** Given up, as the task allowed. */
  | { readonly kind: 'left' }
  /** The window cannot be read to its end, or not be committed, for now. */
  | {
      readonly kind: 'stuck';
      readonly waitMs: number;
      /** What stands in the way, second by second; all the rest of the window is journaled. Absent: it is not so simple. */
      readonly unread?: readonly Span[];
      /** No shorter window would fare better. */
      readonly isWhole?: true;
    };

/** How a feed reads a stretch of time, in either dialect. */
export interface Reader {
  /**
   * Resolves when all of it is journaled, or when it cannot be; what was committed of it stays so.
   * @throws the signal's reason when it fires first.
   */
  read(task: ReadTask, signal: AbortSignal): Promise<ReadResult>;
  /** Where the oldest of what is being read begins: the journal must not forget the ids from there on. */
  readonly inFlightFrom: number;
}

export class WindowReader implements Reader {
  readonly #options: ReaderOptions;
  readonly #tenantOnly: TenantOnly | undefined;
  readonly #inFlight = new Set<Span>();
  readonly #unfit = new UnfitSeconds();
  /** How many records at once worked last. */
  #limit: number | undefined;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#tenantOnly = options.provenance.feed === 'tenant' ? new TenantOnly() : undefined;
  }

  async read(task: ReadTask, signal: AbortSignal): Promise<ReadResult> {
    this.#inFlight.add(task.window);
    try {
      return await this.#read(task, signal);
    } finally {
      this.#inFlight.delete(task.window);
    }
  }

  get inFlightFrom(): number {
    return Math.min(this.#options.commits.inFlightFrom, ...[...this.#inFlight].map(({ from }) => from));
  }

  async #read(task: ReadTask, signal: AbortSignal): Promise<ReadResult> {
    const { health, conditions, tally, runtime } = this.#options;
    const nowMs = runtime.elapsedMs();
    const resting = this.#unfit.resting(task.window, nowMs);
    const todo = gapsIn(
      task.window,
      resting.map(({ second }) => second),
    ).toReversed();
    const read: Part[] = [];
    const avoided: ReadFailure[] = [];
    const stuck: Stuck[] = resting.map(({ second, readFailure }) => ({ window: second, readFailure }));
    const { api } = this.#options;
    const hasUnfit = todo.some((window) => this.#unfit.has(window));
    const limit = new PageLimit(hasUnfit ? 1 : this.#limit, () => api.fitting);
    for (let window = todo.pop(); window !== undefined; window = todo.pop()) {
      const result = await this.#readPart({ ...task, window, avoided, limit }, signal);
      this.#limit = limit.workable;
      if (result === 'again' || result === 'left') return { kind: result };
      if (result === 'larger') todo.push(...halves(window).toReversed());
      else if (!('code' in result)) read.push(result);
      else if (this.#isWhole(result, stuck)) return this.#stuck(task, { window, readFailure: result });
      else stuck.push(this.#noteUnread({ window, readFailure: result }));
    }
    if (stuck.length > 0) return this.#stuckAt(task, stuck);
    this.#unfit.read(task.window);
    health.readAgain(task.purpose, task.window);
    // Only now is it certain that reading in parts has coped with it.
    for (const readFailure of avoided) conditions.avoided(readFailure);
    const events = read.reduce((sum, part) => sum + part.events, 0);
    const serverSeconds = Math.min(...read.map((part) => part.serverSeconds));
    if (task.purpose === 'backfill') countBackfill(tally, events);
    return { kind: 'read', events, serverSeconds, walks: read.length };
  }

  /** One second that cannot be read does not hold up the others; at a second one it is the server, but where the seconds are to blame. */
  #isWhole({ code }: ReadFailure, stuck: readonly Stuck[]): boolean {
    if (WHOLE.has(code)) return true;
    return stuck.length >= (UNFIT.has(code) ? MOST_UNFIT : 1);
  }

  #noteUnread(stuck: Stuck): Stuck {
    const { runtime, tally } = this.#options;
    const { window, readFailure } = stuck;
    if (!UNFIT.has(readFailure.code)) return stuck;
    this.#unfit.failed(window, readFailure, runtime.elapsedMs());
    countFailure(tally, readFailure.code.toLowerCase());
    return stuck;
  }

  /** One walk and its commit; what it holds of memory is let go when both are over. */
  async #readPart(task: Omit<PartTask, 'holding'>, signal: AbortSignal): Promise<PartResult> {
    const holding = this.#options.api.hold(task.purpose);
    try {
      return await this.#readHolding({ ...task, holding }, signal);
    } finally {
      holding.release();
    }
  }

  async #readHolding(task: PartTask, signal: AbortSignal): Promise<PartResult> {
    const { clock, commits, tally } = this.#options;
    const askedSeconds = clock.knownSeconds();
    let events = 0;
    const commit = (
      items: readonly Item[],
      serverSeconds = askedSeconds,
      isWhole = true,
    ): Promise<ReadFailure | undefined> => {
      events += items.length;
      const read = { window: task.window, items, isWhole, again: task.again === true };
      // What was believed when it was asked for may have proved to be wrong.
      return commits.commit({ ...read, serverSeconds: Math.min(serverSeconds, clock.seconds()) }, signal);
    };
    // What is wanted once more is not told from what is known, so a part could not be told from the rest after a crash.
    const spill: WalkOptions['spill'] =
      task.again === true
        ? undefined
        : async (items, seconds) => {
            const committed = task.holding.handOver();
            const readFailure = await commit(items, seconds, false);
            for (const share of committed) share.release();
            return readFailure;
          };
    const walked = await this.#walk(task, spill, signal);
    // What a walk in vain has read will be read once more.
    if (walked.kind !== 'drained') tally.pagesInVain += walked.pages;
    if (walked.kind === 'larger' || walked.kind === 'left') return walked.kind;
    if (walked.kind === 'failed') return walked.readFailure ?? 'again';
    const readFailure = await commit(walked.items, walked.serverSeconds);
    return readFailure ?? { events, serverSeconds: walked.serverSeconds ?? askedSeconds };
  }

  /**
   * A page of the other feed for the same window. Where even one record of it does not come, it tells nothing. The walk
   * holds it to its end: it may be the walk beyond the budget, and with another holding it would wait for itself.
   */
  async #organizations(
    { window, purpose, limit, holding }: Pick<PartTask, 'window' | 'purpose' | 'limit' | 'holding'>,
    signal: AbortSignal,
  ): Promise<readonly Item[] | undefined> {
    const { api, provenance } = this.#options;
    const answer = await fitting(new PageLimit(limit.value, () => api.fitting), (most) =>
      api.askAfter({ window, cursor: undefined, purpose, feed: 'organization', limit: most, holding }, signal),
    );
    if (isUnfit(answer)) return [];
    return isPage(answer) ? answer.page.records.map((record) => itemOf(record, provenance, answer)) : undefined;
  }

  /** Notes that a loop cannot go on for now, and how long it should wait. */
  #stuck({ purpose }: ReadTask, { window, readFailure }: Stuck): Extract<ReadResult, { kind: 'stuck' }> {
    const { health, tally } = this.#options;
    countFailure(tally, readFailure.code.toLowerCase());
    const waitMs = health.readFailed(purpose, readFailure, window);
    return { kind: 'stuck', waitMs, ...(WHOLE.has(readFailure.code) ? { isWhole: true } : {}) };
  }

  /**
   * All but these seconds is journaled. Those that are to blame themselves are backfill's, whoever has found them, and
   * nobody else waits for them.
   */
  #stuckAt(task: ReadTask, stuck: readonly Stuck[]): ReadResult {
    const unread = stuck.map(({ window }) => window);
    const others = stuck.filter(({ readFailure }) => !UNFIT.has(readFailure.code));
    const waits = others.map((other) => this.#stuck(task, other).waitMs);
    const nowMs = this.#options.runtime.elapsedMs();
    const rests = this.#unfit.resting(task.window, nowMs);
    for (const { second, readFailure } of rests) this.#options.health.readFailed('backfill', readFailure, second);
    if (task.purpose === 'backfill') waits.push(...rests.map(({ untilMs }) => untilMs - nowMs));
    return { kind: 'stuck', waitMs: Math.min(...(waits.length === 0 ? [0] : waits)), unread };
  }

  async #walk(
    { window, purpose, again, avoided, limit, holding, mayLeave = false }: PartTask,
    spill: WalkOptions['spill'],
    signal: AbortSignal,
  ): Promise<Walk> {
    const { api, provenance, paging, conditions, filters } = this.#options;
    const origin = again === true ? { ...provenance, again } : provenance;
    const walked = await walk({
      window,
      paging,
      onFalseEnd: () => conditions.met('FALSE_END'),
      onAvoided: (readFailure) => avoided.push(readFailure),
      limit,
      mayLeave,
      onUnfit: (cause) => conditions.met(cause === 'too_large' ? 'PAGES_TOO_LARGE' : 'PAGES_TOO_SLOW'),
      vet: this.#tenantOnly?.vetting(() => this.#organizations({ window, purpose, limit, holding }, signal)),
      ask: (cursor, most) => {
        const question = { window, cursor, purpose, limit: most, holding };
        return api.askAfter(cursor === undefined ? question : { ...question, mayBeLost: true }, signal);
      },
      itemsOf: (answer) =>
        answer.page.records.map((record) => {
          const item = itemOf(record, origin, answer);
          const found = isObject(record.value) ? standing(record.value, filters) : 'asked';
          return item.kind === 'entry' && found !== 'asked' ? { ...item, unasked: found } : item;
        }),
      wholePages: purpose === 'live' ? LIVE_WHOLE_PAGES : 1,
      spill,
    });
    this.#log('WINDOW_WALKED', 'a window was walked', { ...window, purpose, outcome: walked.kind });
    return walked;
  }

  #log(code: string, message: string, fields: object): void {
    const { provenance, runtime } = this.#options;
    runtime.log('debug', code, message, { source: provenance.source, feed: provenance.feed, ...fields });
  }
}
