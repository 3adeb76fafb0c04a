/**
 * Reads what is new: from the newest event of the older dialect's log down to a time. A pile that grows too
 * large is journaled on the way, second by whole second. Polls and scans walk so; `reader.ts` calls it.
 */
import type { Anchor } from '../../journal/checkpoint.ts';
import type { ReadFailure } from '../health/health.ts';
import { newestBefore } from './anchors.ts';
import { type Listing, type ListingStep, secondOf, within } from './listing.ts';
import { CUT_SHORT, isUnfitRecord, Pile, unread, type Walking, type WalkOutcome } from './walking.ts';

/** Journals what `walking.window` holds. @throws the walk's signal's reason when it fires first. */
export function descend(walking: Walking): Promise<WalkOutcome> {
  return new Descent(walking).walk();
}

class Descent {
  readonly #walking: Walking;
  readonly #listing: Listing;
  readonly #pile = new Pile();
  /** From here on all is journaled. */
  #edge: number;
  #anchor: Anchor | undefined;
  #events = 0;

  constructor(walking: Walking) {
    this.#walking = walking;
    this.#listing = walking.open('desc');
    this.#edge = walking.window.to;
  }

  async walk(): Promise<WalkOutcome> {
    for (;;) {
      const step = await this.#listing.next();
      if (step.kind === 'failed' && step.readFailure !== undefined && isUnfitRecord(step.readFailure))
        return this.#above(step.readFailure);
      if (step.kind !== 'page') return unread(step);
      this.#take(step);
      if (!step.hasMore || this.#isBelow()) return (await this.#doubt(step)) ?? (await this.#finish());
      const readFailure = this.#pile.isFull ? await this.#makeRoom() : undefined;
      if (readFailure !== undefined) return { kind: 'stuck', readFailure };
    }
  }

  #take({ items }: Extract<ListingStep, { kind: 'page' }>): void {
    const { from } = this.#walking.window;
    const wanted = within(items.toReversed(), { from, to: this.#edge });
    this.#events += wanted.length;
    this.#pile.add(wanted.toReversed());
    if (this.#pile.isEmpty) this.#walking.drop();
    // What lies in the last second may have others of it before it.
    this.#anchor ??= newestBefore(items, Math.min(this.#edge, this.#serverSeconds - 1));
  }

  /** All that the window holds has come: the listing has gone past its beginning, in an order that is proved. */
  #isBelow(): boolean {
    const { lastSecond, isProved } = this.#listing;
    return isProved && lastSecond !== undefined && lastSecond < this.#walking.window.from;
  }

  /**
   * A page that promised more and then an empty one: either the log ended just there, or the cursor is no
   * longer known and nobody says so. Its oldest event tells.
   */
  async #doubt({ items }: Extract<ListingStep, { kind: 'page' }>): Promise<WalkOutcome | undefined> {
    if (items.length > 0 || this.#listing.pages === 1) return undefined;
    const step = await this.#walking.open('asc').next();
    if (step.kind !== 'page') return unread(step);
    const oldest = step.items.map(secondOf).find((second) => second !== undefined) ?? Number.POSITIVE_INFINITY;
    return oldest < (this.#listing.lastSecond ?? oldest) ? { kind: 'stuck', readFailure: CUT_SHORT } : undefined;
  }

  async #finish(): Promise<WalkOutcome> {
    const { from } = this.#walking.window;
    const readFailure = await this.#commit(from, true);
    if (readFailure !== undefined) return { kind: 'stuck', readFailure };
    return { kind: 'read', events: this.#events, serverSeconds: this.#serverSeconds };
  }

  /** What stands above a record that does not come is journaled; below it the past is read from its other end. */
  async #above(readFailure: ReadFailure): Promise<WalkOutcome> {
    const { lastSecond } = this.#listing;
    const { from } = this.#walking.window;
    // Nothing has come, or all that came is in the second of that record.
    if (lastSecond === undefined || lastSecond < from) return { kind: 'stuck', readFailure };
    const failed = await this.#makeRoom(true);
    if (failed !== undefined) return { kind: 'stuck', readFailure: failed };
    return { kind: 'stuck', readFailure, ...(this.#edge > from ? { unread: { from, to: this.#edge } } : {}) };
  }

  /** What is newer than the last second is complete. A second that fills the pile alone is journaled in parts. */
  async #makeRoom(isAll = false): Promise<ReadFailure | undefined> {
    const { lastSecond = this.#edge - 1, isProved } = this.#listing;
    if (isProved && lastSecond + 1 < this.#edge) {
      const readFailure = await this.#commit(lastSecond + 1, true);
      if (readFailure !== undefined || !(isAll || this.#pile.isFull)) return readFailure;
    }
    return this.#commit(lastSecond, false);
  }

  /** Journals the pile down to `from`. */
  async #commit(from: number, isWhole: boolean): Promise<ReadFailure | undefined> {
    const items = isWhole ? this.#pile.takeUntil((second) => second < from) : this.#pile.takeUntil();
    const window = { from, to: isWhole ? this.#edge : from + 1 };
    if (isWhole) this.#edge = from;
    const { commit } = this.#walking;
    return commit({ window, items, serverSeconds: this.#serverSeconds, isWhole, anchor: this.#anchor });
  }

  get #serverSeconds(): number {
    return this.#listing.serverSeconds ?? this.#walking.askedSeconds;
  }
}
