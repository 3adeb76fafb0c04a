/**
 * Reads the past: from an event before it, or from the start of the older dialect's log, up to a time. Each
 * page is journaled with how far that is, but for its last second, which may go on with the next page.
 * Backfill walks so; `reader.ts` calls it.
 */
import type { Anchor } from '../../journal/checkpoint.ts';
import type { ReadFailure } from '../health/health.ts';
import { newestBefore } from './anchors.ts';
import { type Listing, type ListingStep, secondOf, within } from './listing.ts';
import { CUT_SHORT, type Part, Pile, REFUSED, unread, type Walking, type WalkOutcome } from './walking.ts';

/**
 * Journals what `walking.window` holds, page by page.
 * @param anchor happened before the window; undefined: the walk begins at the start of the log.
 * @throws the walk's signal's reason when it fires first.
 */
export function ascend(walking: Walking, anchor: Anchor | undefined): Promise<WalkOutcome> {
  return new Ascent(walking, anchor).walk();
}

type Page = Extract<ListingStep, { kind: 'page' }>;

class Ascent {
  readonly #walking: Walking;
  readonly #anchor: Anchor | undefined;
  readonly #listing: Listing;
  readonly #pile = new Pile();
  /** Up to here all of the window is journaled. */
  #edge: number;
  /** When the newest event of the log happened. */
  #newest = Number.NEGATIVE_INFINITY;
  #hasListed = false;
  #events = 0;

  constructor(walking: Walking, anchor: Anchor | undefined) {
    this.#walking = walking;
    this.#anchor = anchor;
    this.#listing = walking.open('asc', anchor);
    this.#edge = walking.window.from;
  }

  async walk(): Promise<WalkOutcome> {
    // Before anything else: whatever comes to the log meanwhile, a list that is whole ends no earlier.
    const top = await this.#walking.open('desc').next();
    if (top.kind !== 'page') return unread(top);
    this.#newest = top.items.map(secondOf).find((second) => second !== undefined) ?? this.#newest;
    for (;;) {
      const step = await this.#listing.next();
      if (step.kind === 'lost') return this.#astray(REFUSED);
      if (step.kind === 'failed') return unread(step);
      this.#hasListed ||= step.items.length > 0;
      if (this.#isCutShort(step)) return this.#astray(CUT_SHORT);
      const isOver = !step.hasMore || this.#isAbove();
      const readFailure = await this.#take(step, isOver);
      if (readFailure !== undefined) return { kind: 'stuck', readFailure };
      if (isOver) return { kind: 'read', events: this.#events, serverSeconds: this.#serverSeconds };
    }
  }

  /** An API that no longer knows an event may say so, or give an empty list after it. */
  #astray(readFailure: ReadFailure): WalkOutcome {
    return this.#anchor === undefined || this.#hasListed ? { kind: 'stuck', readFailure } : { kind: 'lost' };
  }

  #isCutShort({ hasMore }: Page): boolean {
    return !hasMore && (this.#listing.lastSecond ?? Number.NEGATIVE_INFINITY) < this.#newest;
  }

  /** The listing has gone past the window's end, in an order that is proved. */
  #isAbove(): boolean {
    const { lastSecond, isProved } = this.#listing;
    return isProved && lastSecond !== undefined && lastSecond >= this.#walking.window.to;
  }

  async #take({ items }: Page, isOver: boolean): Promise<ReadFailure | undefined> {
    const { window } = this.#walking;
    const wanted = within(items, window);
    this.#events += wanted.length;
    this.#pile.add(wanted);
    const { lastSecond = this.#edge, isProved } = this.#listing;
    const isKnown = isProved && lastSecond > this.#edge;
    const to = isOver ? window.to : Math.min(window.to, isKnown ? lastSecond : this.#edge);
    const ready = this.#pile.takeUntil((second) => second >= to);
    const anchor = newestBefore(items, to);
    const readFailure = await this.#commit({ window: { from: this.#edge, to }, items: ready, isWhole: true, anchor });
    this.#edge = to;
    if (readFailure !== undefined || !this.#pile.isFull) return readFailure;
    const part = { from: lastSecond, to: lastSecond + 1 };
    return this.#commit({ window: part, items: this.#pile.takeUntil(), isWhole: false });
  }

  #commit(part: Pick<Part, 'window' | 'items' | 'isWhole' | 'anchor'>): Promise<ReadFailure | undefined> {
    const { commit } = this.#walking;
    // Newest first, as windows of the other dialect come.
    return commit({ ...part, items: part.items.toReversed(), serverSeconds: this.#serverSeconds });
  }

  get #serverSeconds(): number {
    return this.#listing.serverSeconds ?? this.#walking.askedSeconds;
  }
}
