/**
 * Reads a stretch of time in the older dialect, whose log can be asked for no time: polls and scans from the
 * newest event down, backfill from the past up. Stands where `../window/window-reader.ts` stands for the real API.
 */
import type { Span } from '../../journal/checkpoint.ts';
import type { PageAnswer } from '../api/answer.ts';
import type { Holding } from '../api/byte-budget.ts';
import { PageLimit } from '../api/page-limit.ts';
import type { FeedJournal } from '../feed-journal.ts';
import type { Conditions } from '../health/conditions.ts';
import type { ReadFailure } from '../health/health.ts';
import { countBackfill, countFailure } from '../health/tally.ts';
import { type Item, itemOf } from '../window/record.ts';
import type { Reader, ReaderOptions, ReadResult, ReadTask } from '../window/window-reader.ts';
import { anchorBefore } from './anchors.ts';
import { ascend } from './ascent.ts';
import { withoutBodies } from './bodies.ts';
import { descend } from './descent.ts';
import { Listing } from './listing.ts';
import type { Part, Walking, WalkOutcome } from './walking.ts';

/** As of the other reader, but for what this dialect does not know. */
export interface LogsReaderOptions extends Omit<ReaderOptions, 'paging' | 'filters' | 'runtime'> {
  readonly journal: FeedJournal;
  readonly conditions: Conditions;
  /** Prompts and responses are journaled with their records. */
  readonly keepBodies: boolean;
}

/** A feed's reader in the older dialect. */
export class LogsReader implements Reader {
  readonly #options: LogsReaderOptions;
  readonly #inFlight = new Set<ReadTask>();
  /** Ids of anchors that the API does not know. */
  readonly #lost = new Set<string>();
  /** How many records at once were asked for last. */
  #limit: number | undefined;

  constructor(options: LogsReaderOptions) {
    this.#options = options;
  }

  async read(task: ReadTask, signal: AbortSignal): Promise<ReadResult> {
    this.#inFlight.add(task);
    try {
      return this.#resultOf(task, await this.#walk(task, signal));
    } finally {
      this.#inFlight.delete(task);
    }
  }

  get inFlightFrom(): number {
    return Math.min(this.#options.commits.inFlightFrom, ...[...this.#inFlight].map(({ window }) => window.from));
  }

  async #walk(task: ReadTask, signal: AbortSignal): Promise<WalkOutcome> {
    const holding = this.#options.api.hold(task.purpose);
    try {
      return await this.#walkHolding(task, holding, signal);
    } finally {
      holding.release();
    }
  }

  async #walkHolding(task: ReadTask, holding: Holding, signal: AbortSignal): Promise<WalkOutcome> {
    const walking = this.#walking(task, holding, signal);
    if (task.purpose !== 'backfill') return descend(walking);
    const { journal, conditions } = this.#options;
    const anchor = anchorBefore(journal.checkpoint ?? {}, task.window.from, this.#lost);
    const outcome = await ascend(walking, anchor);
    if (outcome.kind !== 'lost' || anchor === undefined) return outcome;
    this.#lost.add(anchor.id);
    conditions.met('PLACE_LOST');
    return { kind: 'again' };
  }

  #walking(task: ReadTask, holding: Holding, signal: AbortSignal): Walking {
    const { api, clock, conditions } = this.#options;
    const { window, purpose } = task;
    const limit = new PageLimit(this.#limit, () => api.fitting);
    return {
      window,
      askedSeconds: clock.knownSeconds(),
      open: (order, after) =>
        new Listing({
          order,
          after,
          limit,
          onUnfit: (cause) => conditions.met(cause === 'too_large' ? 'PAGES_TOO_LARGE' : 'PAGES_TOO_SLOW'),
          ask: (cursor, most) => {
            this.#limit = limit.workable;
            const question = { window, purpose, order, cursor, limit: most, holding };
            // Without a cursor there is nothing that the API could have lost.
            return api.askAfter(cursor === undefined ? question : { ...question, mayBeLost: true }, signal);
          },
          itemsOf: (answer) => this.#itemsOf(task, answer),
        }),
      commit: async (part) => {
        const committed = holding.handOver();
        const readFailure = await this.#commit(task, part, signal);
        for (const share of committed) share.release();
        return readFailure;
      },
      drop: () => {
        for (const share of holding.handOver()) share.release();
      },
    };
  }

  #itemsOf({ again }: ReadTask, answer: PageAnswer): readonly Item[] {
    const { provenance, keepBodies } = this.#options;
    const origin = again === true ? { ...provenance, again } : provenance;
    return answer.page.records.map((record) => itemOf(keepBodies ? record : withoutBodies(record), origin, answer));
  }

  async #commit({ purpose, again }: ReadTask, part: Part, signal: AbortSignal): Promise<ReadFailure | undefined> {
    const { commits, tally, clock } = this.#options;
    const serverSeconds = Math.min(part.serverSeconds, clock.seconds());
    const readFailure = await commits.commit({ ...part, serverSeconds, again: again === true }, signal);
    if (readFailure === undefined && purpose === 'backfill') countBackfill(tally, part.items.length);
    return readFailure;
  }

  /** Polls and scans have journaled what stands above; the rest is backfill's, which comes from below. */
  #goRound(readFailure: ReadFailure, unread: Span): ReadResult {
    this.#options.health.readFailed('backfill', readFailure, unread);
    return { kind: 'stuck', waitMs: 0, unread: [unread] };
  }

  #resultOf({ purpose, window }: ReadTask, outcome: WalkOutcome): ReadResult {
    const { health, tally } = this.#options;
    if (outcome.kind === 'again' || outcome.kind === 'lost') return { kind: 'again' };
    if (outcome.kind === 'stuck') {
      countFailure(tally, outcome.readFailure.code.toLowerCase());
      if (outcome.unread !== undefined) return this.#goRound(outcome.readFailure, outcome.unread);
      return { kind: 'stuck', waitMs: health.readFailed(purpose, outcome.readFailure, window) };
    }
    // Without a window: there is one backfill at a time, and what held it up is over.
    health.readAgain(purpose);
    return { ...outcome, walks: 1 };
  }
}
