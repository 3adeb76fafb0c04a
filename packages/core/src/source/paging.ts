/**
 * Which of `after` and `before` leads on from page to page, as a feed has learnt it from its server:
 * the reference says `after`, one collector in use sends `before` (Elastic's, openai 2.0.0, 2026-03).
 */
import type { PageCursor } from './query.ts';

/** A server that is found to have changed its mind more often gives nonsense. */
const MOST_SWAPS = 3;

export class Paging {
  readonly #onSwap: () => void;
  #side: PageCursor['side'] = 'after';
  #swaps = 0;

  constructor(onSwap: () => void) {
    this.#onSwap = onSwap;
  }

  get side(): PageCursor['side'] {
    return this.#side;
  }

  get mayProbe(): boolean {
    return this.#swaps < MOST_SWAPS;
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
