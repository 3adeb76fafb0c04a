/** What the two walks through the older dialect's log share: `descent.ts` for what is new, `ascent.ts` for the past. */
import type { Anchor, Span } from '../../journal/checkpoint.ts';
import { type Order, PAGE_EVENTS } from '../api/query.ts';
import type { ReadFailure } from '../health/health.ts';
import type { Item } from '../window/record.ts';
import { MAX_CHARACTERS, MAX_PAGES, textOf } from '../window/walk.ts';
import { type Listing, type ListingStep, secondOf } from './listing.ts';

/** What a walk is given. */
export interface Walking {
  /** What is to be read. */
  readonly window: Span;
  /** Server time when the walk begins, in seconds: for answers that do not say it. */
  readonly askedSeconds: number;
  open(order: Order, after?: Anchor): Listing;
  /** The readFailure when the journal did not take it. */
  commit(part: Part): Promise<ReadFailure | undefined>;
  /** Nothing of the pages that have come is kept. */
  drop(): void;
}

/** What is journaled at once. */
export interface Part {
  readonly window: Span;
  /** Newest first. */
  readonly items: readonly Item[];
  /** The `Date` of the walk's first answer. */
  readonly serverSeconds: number;
  /** False: a part of a second that is too large for memory. */
  readonly isWhole: boolean;
  readonly anchor?: Anchor | undefined;
}

/** How a walk has ended. What it committed stays so. */
export type WalkOutcome =
  | { readonly kind: 'read'; readonly events: number; readonly serverSeconds: number }
  /** No page came; the next question waits by itself. */
  | { readonly kind: 'again' }
  /** `unread`: what of the window is to be gone round; all the rest of it is journaled. */
  | { readonly kind: 'stuck'; readonly readFailure: ReadFailure; readonly unread?: Span }
  /** The anchor is of no use: the walk must begin further back. */
  | { readonly kind: 'lost' };

/** A cursor that was just given is not taken. */
export const REFUSED: ReadFailure = {
  code: 'CURSOR_REFUSED',
  problem: 'the API refuses the cursor that its page before has given: reading begins again where the journal ends',
};

/** Whether it is a single record that stands in the way, and not the list. */
export function isUnfitRecord({ code }: ReadFailure): boolean {
  return code === 'RECORD_TOO_LARGE' || code === 'RECORD_TOO_SLOW';
}

/** An end that cannot be the end. */
export const CUT_SHORT: ReadFailure = {
  code: 'LIST_CUT_SHORT',
  problem:
    'the API ends its list before the last of the events that it has itself shown: reading begins again; run `audit-relay doctor` if this lasts',
};

/** What it means for a walk that no page came. */
export function unread(step: Exclude<ListingStep, { kind: 'page' }>): WalkOutcome {
  if (step.kind === 'lost') return { kind: 'stuck', readFailure: REFUSED };
  return step.readFailure === undefined ? { kind: 'again' } : { kind: 'stuck', readFailure: step.readFailure };
}

/** What a walk has read and not journaled yet, in the order of its listing. */
export class Pile {
  #items: readonly Item[] = [];

  add(items: readonly Item[]): void {
    this.#items = [...this.#items, ...items];
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** As much as a walk may hold in memory. */
  get isFull(): boolean {
    if (this.#items.length >= MAX_PAGES * PAGE_EVENTS) return true;
    return this.#items.reduce((sum, item) => sum + textOf(item).length, 0) >= MAX_CHARACTERS;
  }

  /** Takes out what stands before the first event of which `isLater` holds; everything when there is none. */
  takeUntil(isLater: (second: number) => boolean = () => false): readonly Item[] {
    const found = this.#items.findIndex((item) => {
      const second = secondOf(item);
      return second !== undefined && isLater(second);
    });
    const taken = found === -1 ? this.#items : this.#items.slice(0, found);
    this.#items = this.#items.slice(taken.length);
    return taken;
  }
}
