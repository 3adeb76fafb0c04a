/**
 * How many requests of backfill may be under way at once, for both feeds of a source: found by trying,
 * as nobody documents what the API bears. One more for every round in which the number was what held
 * backfill back; less at every 429, and when answers take much longer than they did.
 */

/**
 * So many windows of some 1,500 events are what memory should hold of a feed; and so many requests that take
 * 240 ms each are 100 a second, which is the most that a configuration may ask for.
 */
export const MOST_CONCURRENT = 24;
const AT_REFUSAL = 0.5;
const AT_SLOWNESS = 0.75;
/** Answers that take so many times the shortest one, and so much longer, have waited in a queue. */
const SLOW_FACTOR = 3;
const SLOW_MS = 200;
/** How much one answer says about all: a single slow one is chance. */
const WEIGHT = 0.1;
/** By how much the shortest time is let rise with every answer, so that one lucky answer does not count for ever. */
const FORGETTING = 1.002;

/** An answer to request `number` that took `ms`, as of request `latest`, the newest that was sent. */
export interface TimedAnswer {
  readonly number: number;
  readonly latest: number;
  readonly ms: number;
  /** Nothing but this limit kept more from being asked. */
  readonly wasFull: boolean;
}

export class ConcurrencyLimit {
  #limit = 1;
  #shortestMs = Number.POSITIVE_INFINITY;
  /** How long the newest answers took, on average; undefined right after a decrease, which they are to show. */
  #recentMs: number | undefined;
  #answersInRound = 0;
  /** Requests up to this one were sent before the last decrease, and cause no further one. */
  #decreasedAt = 0;

  /** As of now; 1 to `MOST_CONCURRENT`. */
  get value(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  answered({ number, latest, ms, wasFull }: TimedAnswer): void {
    this.#shortestMs = Math.min(this.#shortestMs * FORGETTING, ms);
    const isNew = number > this.#decreasedAt;
    if (isNew) this.#recentMs = (1 - WEIGHT) * (this.#recentMs ?? this.#shortestMs) + WEIGHT * ms;
    const recentMs = this.#recentMs ?? 0;
    const isSlow = recentMs > this.#shortestMs * SLOW_FACTOR && recentMs > this.#shortestMs + SLOW_MS;
    if (isSlow) {
      this.#decrease({ number, latest }, AT_SLOWNESS);
      return;
    }
    this.#answersInRound += wasFull ? 1 : 0;
    if (this.#answersInRound < this.value) return;
    this.#answersInRound = 0;
    this.#limit = Math.min(MOST_CONCURRENT, this.value + 1);
  }

  /** The API asked for fewer requests, of whatever kind. */
  refused(request: Pick<TimedAnswer, 'number' | 'latest'>): void {
    this.#decrease(request, AT_REFUSAL);
  }

  /** Requests that were under way together count once. */
  #decrease({ number, latest }: Pick<TimedAnswer, 'number' | 'latest'>, factor: number): void {
    if (number <= this.#decreasedAt) return;
    this.#decreasedAt = latest;
    this.#recentMs = undefined;
    this.#answersInRound = 0;
    this.#limit = Math.max(1, this.value * factor);
  }
}
