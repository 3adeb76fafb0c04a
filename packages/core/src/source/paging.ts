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

  get otherSide(): PageCursor['side'] {
    return this.#side === 'after' ? 'before' : 'after';
  }

  get mayProbe(): boolean {
    return this.#swaps < MOST_SWAPS;
  }

  /** A probe has shown that the other one leads on. */
  swap(): void {
    this.#swaps += 1;
    this.#side = this.otherSide;
    this.#onSwap();
  }
}
