/**
 * How many records one walk asks for at once. A page that was too large or came too slowly is asked for again with
 * half as many, down to one; pages that come let the number rise again. Walks of either dialect ask by it.
 */
import { type AskedPage, isUnfit } from './feed-api.ts';
import { PAGE_EVENTS } from './query.ts';

/** So many pages in a row forget which size did not work: what is large may lie behind. */
const FORGETTING_PAGES = 10;

export class PageLimit {
  #value: number;
  /** The smallest that did not work. */
  #bound = Number.POSITIVE_INFINITY;
  #cameInRow = 0;
  readonly #fitting: () => number;

  /**
   * @param value what worked last, 1 to 100.
   * @param fitting how many records of the size that is known are no more than a page's share of memory, 1 to 100.
   */
  constructor(value: number = PAGE_EVENTS, fitting: () => number = () => PAGE_EVENTS) {
    this.#value = value;
    this.#fitting = fitting;
  }

  /** The `limit` to ask with, 1 to 100. */
  get value(): number {
    return Math.min(this.#value, this.#fitting());
  }

  /** What works, were memory no matter: for the walk that comes next. */
  get workable(): number {
    return this.#value;
  }

  /**
   * A page of `asked` records did not fit. False: there is no smaller one.
   * @param asked what `value` was then: the page may have taught since that fewer fit, and those were never asked for.
   */
  shrink(asked: number): boolean {
    this.#cameInRow = 0;
    if (asked === 1) return false;
    this.#bound = asked;
    this.#value = Math.floor(asked / 2);
    return true;
  }

  /** A page has come. */
  came(): void {
    this.#cameInRow += 1;
    if (this.#cameInRow >= FORGETTING_PAGES) this.#bound = Number.POSITIVE_INFINITY;
    const next = Math.min(PAGE_EVENTS, this.#value * 2);
    if (next < this.#bound) this.#value = next;
  }
}

/** A page, or as much of it as comes. `too_large`, `too_slow`: even one record does not. */
export async function fitting(limit: PageLimit, ask: (most: number) => Promise<AskedPage>): Promise<AskedPage> {
  for (;;) {
    const asked = limit.value;
    const answer = await ask(asked);
    if (!isUnfit(answer) || !limit.shrink(asked)) return answer;
  }
}
