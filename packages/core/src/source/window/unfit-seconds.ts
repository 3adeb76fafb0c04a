/**
 * Seconds that hold a record which does not come even alone, because it is too large or comes too slowly. Everything
 * else goes on without them; they stay unread and are asked for again, ever more seldom, as each time may cost as much
 * as the answers of a day. A feed's reader keeps them.
 */
import type { Span } from '../../journal/checkpoint.ts';
import type { ReadFailure } from '../health/health.ts';

const FIRST_REST_MS = 60_000;
const LONGEST_REST_MS = 1_800_000;
/** Of more than that it is the server as a whole. */
const MOST_SECONDS = 1_000;

/** One that is known. */
interface UnfitSecond {
  readonly second: Span;
  readonly readFailure: ReadFailure;
  readonly times: number;
  readonly untilMs: number;
}

export class UnfitSeconds {
  readonly #known = new Map<number, UnfitSecond>();

  /** It was asked for in vain at `nowMs`, by a monotonic clock. */
  failed(second: Span, readFailure: ReadFailure, nowMs: number): void {
    const times = (this.#known.get(second.from)?.times ?? 0) + 1;
    const restMs = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** Math.min(times - 1, 16));
    this.#known.set(second.from, { second, readFailure, times, untilMs: nowMs + restMs });
    for (const oldest of [...this.#known.keys()].slice(0, this.#known.size - MOST_SECONDS)) this.#known.delete(oldest);
  }

  /** All of this window was read. */
  read({ from, to }: Span): void {
    for (const second of this.#known.keys()) if (second >= from && second < to) this.#known.delete(second);
  }

  /** Whether this is one that did not come the last time. */
  has({ from, to }: Span): boolean {
    return to - from === 1 && this.#known.has(from);
  }

  /** Those in the window that are not asked for again yet, ascending. */
  resting({ from, to }: Span, nowMs: number): readonly UnfitSecond[] {
    const known = [...this.#known.values()].filter(({ second, untilMs }) => {
      return second.from >= from && second.from < to && untilMs > nowMs;
    });
    return known.toSorted((a, b) => a.second.from - b.second.from);
  }
}
