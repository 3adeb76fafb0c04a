/**
 * Reads one frozen window page by page to its end. In which order the API lists, and which way its
 * cursor goes, is undocumented; a walk does not care, because a window is done when all of it is there.
 * It does insist that every page but the last brings something new. What has come of a longer window is
 * handed over on the way, so that memory holds a page or two of it.
 */
import type { Span } from '../../journal/checkpoint.ts';
import type { PageAnswer } from '../api/answer.ts';
import { type AskedPage, isPage, isUnfit, type Unfit } from '../api/feed-api.ts';
import type { PageLimit } from '../api/page-limit.ts';
import { PAGE_EVENTS, type PageCursor } from '../api/query.ts';
import { secondsOf } from '../coverage/spans.ts';
import type { ReadFailure } from '../health/health.ts';
import { type Ending, type ListEnd, verdictOn } from './list-end.ts';
import { otherSide, type Paging } from './paging.ts';
import type { Item } from './record.ts';
import { EMPTY, IGNORED, LOOP, MISSING, REFUSED, UNFIT, UNSURE } from './walk-failures.ts';

/** 5,000 events: what a walk may ask for, or hold in memory where nobody takes it over … */
export const MAX_PAGES = 50;
/** … or so many characters of their texts: a record of the API may be far larger than the usual 2 kB. */
export const MAX_CHARACTERS: number = 8 * 2 ** 20;
/** A window of so many pages stays whole where it is live, and its events in order. */
export const LIVE_WHOLE_PAGES = 3;
/** How often a page inside a walk is asked for before the walk begins anew; a cursor may have expired. */
export const TRIES = 3;

export type Walk = (
  | {
      readonly kind: 'drained';
      /** What `spill` has not been given. */
      readonly items: readonly Item[];
      readonly serverSeconds: number | undefined;
    }
  /** Too much for one walk, or for the API's cursor: its halves must be read instead. */
  | { readonly kind: 'larger' }
  /** Not read. Without a read failure the API gave no page, and health knows. */
  | { readonly kind: 'failed'; readonly readFailure?: ReadFailure }
  /** Its pages are too large or too slow, and somebody else is to read it. */
  | { readonly kind: 'left' }
) & {
  /** How many were asked for and came. */
  readonly pages: number;
};

export interface WalkOptions {
  readonly window: Span;
  readonly paging: Paging;
  readonly limit: PageLimit;
  /** Ends at the first page that is too large or too slow. */
  readonly mayLeave?: boolean;
  /** A page was too large or too slow: a smaller one is asked for. */
  onUnfit(cause: Exclude<Unfit, 'over_share'>): void;
  /** More came behind a full page that had said that it was the last. */
  onFalseEnd(): void;
  /** The window must be read in parts because of this. */
  onAvoided(readFailure: ReadFailure): void;
  /** What is wrong with a window whose first page holds these; it is not read then. Absent: nothing ever is. */
  readonly vet?: ((items: readonly Item[]) => Promise<ReadFailure | 'again' | undefined>) | undefined;
  ask(cursor: PageCursor | undefined, limit: number): Promise<AskedPage>;
  /** The items of a page, in its order. */
  itemsOf(answer: PageAnswer): readonly Item[];
  /** How many pages are kept until the window's end; what has come of a longer one is handed to `spill`. Default 1. */
  readonly wholePages?: number;
  /**
   * Takes over what has come so far, once the window has been vetted. The read failure when it could not. Absent: memory
   * must hold all of the window, or it is halved.
   */
  readonly spill?:
    | ((items: readonly Item[], serverSeconds: number | undefined) => Promise<ReadFailure | undefined>)
    | undefined;
}

export function walk(options: WalkOptions): Promise<Walk> {
  return new Walker(options).walk();
}

/** False for what has no time of its own. */
export function isOutside(item: Item, window: Span): boolean {
  if (item.kind === 'malformed' || item.entry.timeGuessed === true) return false;
  const seconds = item.entry.timeMs / 1000;
  return seconds < window.from || seconds >= window.to;
}

/** What a page means for the walk. */
type Step = 'end' | 'larger' | 'again' | 'left' | ReadFailure | { readonly next: PageCursor };

/** What each verdict on where a list ends means for the walk. */
const STEPS: Readonly<Record<Exclude<ListEnd, 'unsure'>, Step>> = {
  end: 'end',
  forgotten: EMPTY,
  loop: LOOP,
  refused: REFUSED,
};

class Walker {
  readonly #options: WalkOptions;
  readonly #isSingle: boolean;
  readonly #keys = new Set<string>();
  readonly #cursors = new Set<string>();
  #pile: Item[] = [];
  #characters = 0;
  /** How many pages the pile is made of. */
  #pilePages = 0;
  #pages = 0;
  /** Of the last page that brought something new, and how many were asked for then. */
  #length = 0;
  #limit = PAGE_EVENTS;
  /** How many the last page was asked for, and all together. */
  #asked = PAGE_EVENTS;
  #askedInAll = 0;
  #cursor: PageCursor | undefined;
  /** By the last page that brought nothing but news. */
  #promised: Ending['promised'] = 'more';
  /** When the first event of the window happened that was listed; and how much later the last one, negative for earlier. */
  #firstMs: number | undefined;
  #leadsMs = 0;
  #serverSeconds: number | undefined;

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#isSingle = secondsOf(options.window) <= 1;
  }

  async walk(): Promise<Walk> {
    let answer = await this.#ask(undefined);
    this.#serverSeconds = isPage(answer) ? answer.serverSeconds : undefined;
    const doubt = isPage(answer) ? await this.#options.vet?.(this.#options.itemsOf(answer)) : undefined;
    if (doubt !== undefined)
      return this.#ended({ kind: 'failed', ...(doubt === 'again' ? {} : { readFailure: doubt }) });
    while (answer !== undefined) {
      const step = await this.#stepFor(answer);
      if (step === 'again') break;
      if (step === 'end')
        return this.#ended({ kind: 'drained', items: this.#pile, serverSeconds: this.#serverSeconds });
      if (step === 'larger' || step === 'left') return this.#ended({ kind: step });
      if ('code' in step) return this.#stuck(answer, step);
      // Let go first: while the next page is waited for, the parsed records of this one would grow old in memory.
      answer = undefined;
      answer = await this.#ask(step.next);
    }
    return this.#ended({ kind: 'failed' });
  }

  #stepFor(answer: NonNullable<AskedPage>): Promise<Step> | Step {
    if (isUnfit(answer)) return this.#options.mayLeave === true ? 'left' : this.#unfit(answer);
    return answer === 'lost' ? this.#stepAtEnd({ behind: 'refused', otherSide: 'unasked' }) : this.#step(answer);
  }

  /** What a single second has before the record that does not come is not lost with it. */
  async #unfit(cause: Unfit): Promise<Step> {
    const { spill } = this.#options;
    const readFailure =
      this.#isSingle && this.#pile.length > 0 ? await spill?.(this.#pile, this.#serverSeconds) : undefined;
    // A single record is never over its share.
    return readFailure ?? UNFIT[cause === 'too_slow' ? cause : 'too_large'];
  }

  async #step(answer: PageAnswer): Promise<Step> {
    const { window, onFalseEnd } = this.#options;
    const items = this.#options.itemsOf(answer);
    const fresh = this.#freshOf(items);
    if (this.#cursor !== undefined && fresh.length > 0 && fresh.every((item) => isOutside(item, window))) {
      // Some forget the window beside a cursor, and list what lies behind it. What lies before it is another list.
      if (!fresh.every((item) => this.#isBehind(item))) return IGNORED;
      if (this.#promised === 'none') return 'end';
    }
    this.#take(fresh);
    if (this.#cursor !== undefined && this.#leadsNowhere(answer, fresh)) return this.#otherSide(this.#cursor, answer);
    if (this.#promised === 'none') onFalseEnd();
    return this.#onward(answer, items);
  }

  /** Of one out of the window: on the side to which the list goes, as far as its times have told. */
  #isBehind(item: Item): boolean {
    const { window } = this.#options;
    // Nothing of the window has come: the list has not been there.
    if (item.kind === 'malformed' || this.#firstMs === undefined) return false;
    const isNewer = item.entry.timeMs / 1000 >= window.to;
    return this.#leadsMs === 0 || isNewer === this.#leadsMs > 0;
  }

  /** A last page with a known event on it led back, whatever else came to that side meanwhile. */
  #leadsNowhere({ page: { records, hasMore } }: PageAnswer, fresh: readonly Item[]): boolean {
    if (records.length === 0) return !hasMore || this.#promised === 'none';
    return fresh.length < records.length && (fresh.length === 0 || !hasMore);
  }

  /** A page has brought something new, or is the first. */
  async #onward(answer: PageAnswer, items: readonly Item[]): Promise<Step> {
    const { paging } = this.#options;
    const { hasMore } = answer.page;
    if (this.#cursor !== undefined && items.length > 0) paging.followed(this.#length, this.#limit);
    this.#length = items.length;
    this.#limit = this.#asked;
    const isFull = paging.isFull(items.length, this.#limit);
    this.#promised = hasMore ? (isFull ? 'more_behind_full' : 'more') : 'none';
    // The last page is seldom full: where it is, taking the API's word for it could be a silent gap.
    return hasMore || isFull ? this.#further(answer, items) : 'end';
  }

  /** From a page to the next one. */
  async #further({ page: { cursor } }: PageAnswer, items: readonly Item[]): Promise<Step> {
    const { window, paging } = this.#options;
    if (items.length === 0) return EMPTY;
    if (cursor === undefined) return this.#promised === 'none' ? 'end' : MISSING;
    if (this.#cursors.has(cursor)) return LOOP;
    this.#cursors.add(cursor);
    if (items.every((item) => isOutside(item, window))) return IGNORED;
    const readFailure = await this.#makeRoom();
    return readFailure ?? { next: { side: paging.side, id: cursor } };
  }

  /**
   * A page that brings nothing new was asked for with the wrong one of `after` and `before`, or the list has ended, or
   * the API repeats itself. One probe tells the first: a way forward holds events of the window, and beside them none
   * that is known, as what was inserted meanwhile would come together with known ones. It may lead out of the window.
   */
  async #otherSide({ side, id }: PageCursor, { page }: PageAnswer): Promise<Step> {
    const { paging, itemsOf } = this.#options;
    const behind = page.hasMore ? 'known_and_more' : page.records.length > 0 ? 'known' : 'nothing';
    if (!paging.mayProbe) return this.#stepAtEnd({ behind, otherSide: 'unasked' });
    // Of the side that this walk asked for: another walk may have swapped them since.
    const other = otherSide(side);
    const probe = await this.#probe({ side: other, id });
    if (probe === undefined) return 'again';
    if (probe === 'cut') return this.#unclear(other);
    if (isUnfit(probe)) return this.#unfit(probe);
    if (probe === 'lost') return this.#stepAtEnd({ behind, otherSide: 'refused' });
    const items = itemsOf(probe);
    if (!this.#isForward(items)) return this.#stepAtEnd({ behind, otherSide: this.#kindOf(items, id) });
    paging.lead(other);
    // From its first page on, so that no page of it was asked for the other way.
    return 'again';
  }

  /**
   * The other side of a cursor: so much of it that what was inserted meanwhile stands beside what is known. `cut`: all
   * that comes at once is new, and a larger page, which may hold known ones as well, does not come.
   */
  async #probe(cursor: PageCursor): Promise<AskedPage | 'cut'> {
    let most = this.#asked;
    let wasCut = false;
    for (let grows = true; ; ) {
      const answer = await this.#ask(cursor, most);
      if (isUnfit(answer)) {
        if (wasCut) return 'cut';
        if (most === 1) return answer;
        grows = false;
        most = Math.floor(most / 2);
        continue;
      }
      if (!isPage(answer)) return answer;
      const items = this.#options.itemsOf(answer);
      wasCut = items.length >= most && most < PAGE_EVENTS && this.#freshOf(items).length === items.length;
      if (!wasCut) return answer;
      if (!grows) return 'cut';
      most = Math.min(PAGE_EVENTS, 2 * most);
    }
  }

  /** What was inserted is known the next time, so that what is new again leads on. Of a second alone: others are halved. */
  #unclear(other: PageCursor['side']): Step {
    const { paging, window } = this.#options;
    // Of seconds whose end was not believed the same is remembered under their own number.
    if (!this.#isSingle || !paging.isConfirmed(-window.from, this.#keys.size)) return UNSURE;
    paging.lead(other);
    return 'again';
  }

  #isForward(items: readonly Item[]): boolean {
    const { window } = this.#options;
    const isIn = (item: Item): boolean =>
      item.kind === 'entry' && item.entry.timeGuessed !== true && !isOutside(item, window);
    return this.#freshOf(items).length === items.length && items.some(isIn);
  }

  /** What a page that is no way forward says as one that lies before the cursor `id`. */
  #kindOf(items: readonly Item[], id: string): 'known' | 'nothing' | 'silent' {
    // Of two known events one stands on this side.
    if (items.length === 0) return this.#keys.size > 1 ? 'nothing' : 'known';
    // The cursor's own event stands on neither side of it: it is some page again.
    const isOwn = items.some((item) => item.kind === 'entry' && item.entry.id === id);
    return isOwn || this.#freshOf(items).length === items.length ? 'silent' : 'known';
  }

  #stepAtEnd(found: Omit<Ending, 'promised'>): Step {
    const verdict = verdictOn({ promised: this.#promised, ...found });
    return verdict === 'unsure' ? this.#unsure() : STEPS[verdict];
  }

  /** Windows of one page need no cursor. What cannot be halved is believed when it comes the same a second time. */
  #unsure(): Step {
    const { paging, window } = this.#options;
    return this.#isSingle && paging.isConfirmed(window.from, this.#keys.size) ? 'end' : UNSURE;
  }

  #freshOf(items: readonly Item[]): readonly Item[] {
    return items.filter((item) => !this.#keys.has(keyOf(item)));
  }

  #take(fresh: readonly Item[]): void {
    this.#pilePages += 1;
    for (const item of fresh) {
      this.#keys.add(keyOf(item));
      this.#pile.push(item);
      this.#characters += textOf(item).length;
      this.#noteWay(item);
    }
  }

  #noteWay(item: Item): void {
    if (item.kind === 'malformed' || item.entry.timeGuessed === true || isOutside(item, this.#options.window)) return;
    this.#firstMs ??= item.entry.timeMs;
    this.#leadsMs = item.entry.timeMs - this.#firstMs;
  }

  /** Before a further page is asked for: hands over what is more than is kept whole, or says that the window is too large. */
  async #makeRoom(): Promise<Step | undefined> {
    const { spill, wholePages = 1 } = this.#options;
    const isPiled = this.#pile.length >= MAX_PAGES * PAGE_EVENTS || this.#characters >= MAX_CHARACTERS;
    const isLong = this.#askedInAll >= MAX_PAGES * PAGE_EVENTS || (spill === undefined && isPiled);
    if (isLong && !this.#isSingle) return 'larger';
    if (spill === undefined || this.#pilePages <= wholePages || this.#pile.length === 0) return undefined;
    const pile = this.#pile;
    this.#pile = [];
    this.#characters = 0;
    this.#pilePages = 0;
    return spill(pile, this.#serverSeconds);
  }

  /**
   * The first page is asked for once, since after a wait another window may be the better question.
   * @param fixed how many records, and no fewer; absent: as many as come.
   */
  async #ask(cursor: PageCursor | undefined, fixed?: number): Promise<AskedPage> {
    const { ask, limit } = this.#options;
    this.#cursor = cursor;
    for (let tries = 1; ; tries += 1) {
      this.#asked = fixed ?? limit.value;
      const answer = await ask(cursor, this.#asked);
      if (isUnfit(answer) && fixed === undefined && this.#shrinks(answer)) {
        tries -= 1;
        continue;
      }
      // False refusals happen, and beginning anew may cost many pages.
      if (answer === 'lost' && tries < TRIES) continue;
      if (isPage(answer)) this.#came(fixed);
      if (answer !== undefined || cursor === undefined || tries >= TRIES) return answer;
    }
  }

  /** False: nothing smaller can be asked for, or nobody waits for it. What is over its share of memory comes at once when it is smaller. */
  #shrinks(cause: Unfit): boolean {
    const { limit, onUnfit, mayLeave } = this.#options;
    if (cause === 'over_share') return limit.shrink(this.#asked);
    onUnfit(cause);
    return limit.shrink(this.#asked) && mayLeave !== true;
  }

  #came(fixed: number | undefined): void {
    this.#pages += 1;
    this.#askedInAll += this.#asked;
    if (fixed === undefined) this.#options.limit.came();
  }

  /** A shorter window may be one page, which needs no cursor. */
  #stuck(answer: NonNullable<AskedPage>, readFailure: ReadFailure): Walk {
    const requestId = isPage(answer) ? answer.requestId : undefined;
    const known = { ...readFailure, ...(requestId === undefined ? {} : { requestId }) };
    if (this.#isSingle || readFailure.code === 'JOURNAL_COMMIT_FAILED')
      return this.#ended({ kind: 'failed', readFailure: known });
    if (!isUnfit(answer)) this.#options.onAvoided(known);
    return this.#ended({ kind: 'larger' });
  }

  #ended<T>(outcome: T): T & { readonly pages: number } {
    return { ...outcome, pages: this.#pages };
  }
}

/** The record's own text. */
export function textOf(item: Item): string {
  return item.kind === 'entry' ? item.entry.raw : item.record.raw;
}

/** Ids and texts of malformed records cannot collide: each is prefixed. */
function keyOf(item: Item): string {
  return item.kind === 'entry' ? `id:${item.entry.id}` : `raw:${item.record.raw}`;
}
