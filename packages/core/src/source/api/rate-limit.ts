/**
 * `requests_per_second` for both feeds of a source together, spread over each second. What is late, as timers are in a
 * busy process, is made up for at once, or else a quarter of a high limit would be left unused; but no second ever
 * holds more than it may. Pure but for what it remembers; `request-scheduler.ts` asks it.
 */

/** What a request is for. */
export type Purpose = 'live' | 'lookback' | 'backfill';

/** One request in so many at most is for the lookback scans: 20 %. */
const LOOKBACK_EVERY = 5;
/** Who could have gone for so many requests goes before live: polls that never rest would starve the others. */
const PATIENCE = 5;
/** Of what was not sent in time so much is made up for: less than a second, so that the rest stays evenly spread. */
const MADE_UP_MS = 250;

/** All times are of the monotonic clock, in milliseconds. */
export class RateLimit {
  /** Between two requests that are evenly spread, in milliseconds. */
  readonly spacingMs: number;
  /** When the last requests were sent: as many as one period may hold, which is a second, or a little longer where the limit is no whole number. */
  readonly #sentMs: number[];
  readonly #periodMs: number;
  /** When the next request is due; it lies in the past while requests are late. */
  #dueMs = Number.NEGATIVE_INFINITY;
  #heldUntilMs = Number.NEGATIVE_INFINITY;
  #nextLookbackMs = Number.NEGATIVE_INFINITY;
  #lastBackfillMs = Number.NEGATIVE_INFINITY;

  constructor(requestsPerSecond: number) {
    this.spacingMs = 1000 / requestsPerSecond;
    const perPeriod = Math.max(1, Math.ceil(requestsPerSecond));
    this.#sentMs = Array.from({ length: perPeriod }, () => Number.NEGATIVE_INFINITY);
    this.#periodMs = perPeriod * this.spacingMs;
  }

  /** From when on a request may be sent. */
  opensAt(purpose: Purpose): number {
    const [earliestMs = Number.NEGATIVE_INFINITY] = this.#sentMs;
    const nextMs = Math.max(this.#dueMs, earliestMs + this.#periodMs, this.#heldUntilMs);
    return purpose === 'lookback' ? Math.max(nextMs, this.#nextLookbackMs) : nextMs;
  }

  /** Whether one that could have been sent since `readyMs`, but for the rate, has waited too long. */
  isOverdue(purpose: Purpose, readyMs: number, nowMs: number): boolean {
    if (purpose === 'live') return false;
    // Of many that wait for backfill each has waited long; it is backfill as a whole that must not starve.
    const openSinceMs = Math.max(readyMs, purpose === 'lookback' ? this.#nextLookbackMs : this.#lastBackfillMs);
    return nowMs - openSinceMs >= PATIENCE * this.spacingMs;
  }

  /** One is sent. */
  spend(purpose: Purpose, nowMs: number): void {
    this.#dueMs = Math.max(this.#dueMs, nowMs - Math.max(0, MADE_UP_MS - this.spacingMs)) + this.spacingMs;
    this.#sentMs.shift();
    this.#sentMs.push(nowMs);
    if (purpose === 'backfill') this.#lastBackfillMs = nowMs;
    if (purpose === 'lookback') this.#nextLookbackMs = nowMs + LOOKBACK_EVERY * this.spacingMs;
  }

  /** Nothing is sent before: the API has asked for fewer requests, and its limit is the key's and not a feed's. */
  holdUntil(untilMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, untilMs);
  }
}
