/**
 * How a server pages, as a feed has learnt it. Which of `after` and `before` leads on: the reference says `after`, one
 * collector in use sends `before` (Elastic's, openai 2.0.0, 2026-03). How long its pages are: it may know a lower
 * maximum than the reference. And which seconds left open where they end.
 */
import { PAGE_EVENTS, type PageCursor } from '../api/query.ts';

/** A server that is found to have changed its mind more often gives nonsense. */
const MOST_SWAPS = 3;
/** The API's own default for `limit`: a shorter page is none that the server would cut there. */
const LEAST_FULL = 20;
/** Of seconds that were read and not believed so many are remembered. */
const MOST_SECONDS = 100;

export class Paging {
  readonly #onSwap: () => void;
  #side: PageCursor['side'] = 'after';
  #swaps = 0;
  #longest: number | undefined;
  readonly #counts = new Map<number, number>();

  constructor(onSwap: () => void) {
    this.#onSwap = onSwap;
  }

  get side(): PageCursor['side'] {
    return this.#side;
  }

  get mayProbe(): boolean {
    return this.#swaps < MOST_SWAPS;
  }

  /** A page of this length was followed by another: it was full, and where all were asked for that is the server's own maximum. */
  followed(length: number, limit: number): void {
    if (limit === PAGE_EVENTS) this.#longest = Math.max(this.#longest ?? 0, length);
  }

  /** Whether a page that was asked for with `limit` holds as many as the server gives at most. */
  isFull(length: number, limit: number): boolean {
    return length >= Math.min(limit, Math.max(LEAST_FULL, this.#longest ?? PAGE_EVENTS));
  }

  /** Whether a second has held so many events before; it is remembered for the next time. */
  isConfirmed(second: number, count: number): boolean {
    const before = this.#counts.get(second);
    this.#counts.delete(second);
    if (before === count) return true;
    for (const oldest of [...this.#counts.keys()].slice(0, Math.max(0, this.#counts.size + 1 - MOST_SECONDS)))
      this.#counts.delete(oldest);
    this.#counts.set(second, count);
    return false;
  }

  /** A probe has shown that this one leads on; of walks that find it out together the first one counts. */
  lead(side: PageCursor['side']): void {
    if (side === this.#side) return;
    this.#swaps += 1;
    this.#side = side;
    this.#onSwap();
  }
}

export function otherSide(side: PageCursor['side']): PageCursor['side'] {
  return side === 'after' ? 'before' : 'after';
}
