/**
 * The log of the older dialect from one of its ends, or from an event on, page by page. What walks rely on
 * is proved here: the order that was asked for, within pages and between them, and that the cursor goes
 * forward. `descent.ts` and `ascent.ts` read from it.
 */
import type { Anchor, Span } from '../../journal/checkpoint.ts';
import type { PageAnswer } from '../api/answer.ts';
import { type AskedPage, isPage, isUnfit, type Unfit } from '../api/feed-api.ts';
import type { PageLimit } from '../api/page-limit.ts';
import type { Order, PageCursor } from '../api/query.ts';
import type { ReadFailure } from '../health/health.ts';
import type { Item } from '../window/record.ts';
import { TRIES } from '../window/walk.ts';
import { EMPTY, LOOP, MISSING, UNFIT } from '../window/walk-failures.ts';

/** What a listing is made from. */
export interface ListingOptions {
  readonly order: Order;
  /** The event after which it begins; undefined: the end of the log that comes first in this order. */
  readonly after: Anchor | undefined;
  readonly limit: PageLimit;
  /** A page was too large or too slow: a smaller one is asked for. */
  onUnfit(cause: Exclude<Unfit, 'over_share'>): void;
  ask(cursor: PageCursor | undefined, limit: number): Promise<AskedPage>;
  /** The items of a page, in its order. */
  itemsOf(answer: PageAnswer): readonly Item[];
}

/** What came of asking for the next page. */
export type ListingStep =
  | { readonly kind: 'page'; readonly items: readonly Item[]; readonly hasMore: boolean }
  /** The API does not know the event after which the page was to begin. */
  | { readonly kind: 'lost' }
  /** Without a read failure the API gave no page, and health knows. */
  | { readonly kind: 'failed'; readonly readFailure?: ReadFailure };

const IGNORED: ReadFailure = {
  code: 'ORDER_IGNORED',
  problem:
    'the API does not list in the asked order (`order`, `after`), so what it leaves out cannot be known and nothing of this is taken as read: check that base_url is the API and no proxy drops parameters',
};

/** One listing, read once: `next` until a page says that there is no more, or a walk has enough. */
export class Listing {
  readonly #options: ListingOptions;
  readonly #cursors = new Set<string>();
  #cursor: PageCursor | undefined;
  #pages = 0;
  #lastSecond: number | undefined;
  /** What the page before ended with. Unlike `#lastSecond` it never is the time of the anchor, which no page has shown. */
  #listedSecond: number | undefined;
  #isProved = false;
  #serverSeconds: number | undefined;

  constructor(options: ListingOptions) {
    this.#options = options;
    const { after } = options;
    if (after === undefined) return;
    this.#cursor = { side: 'after', id: after.id };
    this.#cursors.add(after.id);
    this.#lastSecond = after.second;
  }

  /** How many have come. */
  get pages(): number {
    return this.#pages;
  }

  /** When the last event so far happened, or the one after which the listing began. */
  get lastSecond(): number | undefined {
    return this.#lastSecond;
  }

  /**
   * True once times that differ have come in the asked order. Until then the API may have begun at the
   * other end of the log, with events of one second.
   */
  get isProved(): boolean {
    return this.#isProved;
  }

  /** The `Date` of the first answer, in seconds since the epoch. Undefined: it had none. */
  get serverSeconds(): number | undefined {
    return this.#serverSeconds;
  }

  /** The next page. Pages that failed are asked for again, but for the first. @throws what `ask` throws. */
  async next(): Promise<ListingStep> {
    const answer = await this.#ask();
    if (answer === undefined) return { kind: 'failed' };
    if (answer === 'lost') return { kind: 'lost' };
    // A single record is never over its share of memory.
    if (isUnfit(answer)) return { kind: 'failed', readFailure: UNFIT[answer === 'too_slow' ? answer : 'too_large'] };
    if (this.#pages === 0) this.#serverSeconds = answer.serverSeconds;
    this.#pages += 1;
    const items = this.#options.itemsOf(answer);
    const readFailure = this.#advance(answer) ?? (this.#follow(items) ? undefined : IGNORED);
    if (readFailure === undefined) return { kind: 'page', items, hasMore: answer.page.hasMore };
    return { kind: 'failed', readFailure: { ...readFailure, ...requestIdOf(answer) } };
  }

  /** Puts the cursor behind this page. */
  #advance({ page: { records, hasMore, cursor } }: PageAnswer): ReadFailure | undefined {
    if (!hasMore) return undefined;
    if (records.length === 0) return EMPTY;
    if (cursor === undefined) return MISSING;
    if (this.#cursors.has(cursor)) return LOOP;
    this.#cursors.add(cursor);
    this.#cursor = { side: 'after', id: cursor };
    return undefined;
  }

  /** False: an event stands where the asked order has no place for it. */
  #follow(items: readonly Item[]): boolean {
    for (const second of items.map(secondOf)) {
      if (second === undefined) continue;
      const last = this.#lastSecond ?? second;
      if (this.#options.order === 'asc' ? second < last : second > last) return false;
      if (this.#listedSecond !== undefined && this.#listedSecond !== second) this.#isProved = true;
      this.#lastSecond = second;
      this.#listedSecond = second;
    }
    return true;
  }

  /** The first page is asked for once, since after a wait another question may be the better one. */
  async #ask(): Promise<AskedPage> {
    const { ask, limit, onUnfit } = this.#options;
    for (let tries = 1; ; tries += 1) {
      const asked = limit.value;
      const answer = await ask(this.#cursor, asked);
      if (isPage(answer)) limit.came();
      if (isUnfit(answer)) {
        if (answer !== 'over_share') onUnfit(answer);
        if (!limit.shrink(asked)) return answer;
        tries -= 1;
        continue;
      }
      // False refusals happen, and beginning elsewhere may cost thousands of pages.
      if (answer === 'lost' && tries === 1) continue;
      if (answer !== undefined || this.#pages === 0 || tries >= TRIES) return answer;
    }
  }
}

/** When it happened, in whole seconds since the epoch. Undefined: it has no time of its own. */
export function secondOf(item: Item): number | undefined {
  return item.kind === 'malformed' || item.entry.timeGuessed === true
    ? undefined
    : Math.floor(item.entry.timeMs / 1000);
}

/** Those of ascending items that lie in `span`; what has no time goes with what stands around it. */
export function within(ascending: readonly Item[], { from, to }: Span): readonly Item[] {
  const start = ascending.findLastIndex((item) => (secondOf(item) ?? from) < from) + 1;
  const end = ascending.findIndex((item) => (secondOf(item) ?? from) >= to);
  return ascending.slice(start, end === -1 ? undefined : end);
}

function requestIdOf({ requestId }: PageAnswer): { readonly requestId?: string } {
  return requestId === undefined ? {} : { requestId };
}
