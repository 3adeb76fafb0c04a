/**
 * The source's share of the API: `requests_per_second` for both feeds together, spread over each second. What is
 * late, as timers are in a busy process, is made up for at once, or else a quarter of a high limit would be left unused;
 * but no second ever holds more than it may. Live polling goes first, but not for ever: who has waited long goes
 * before it. The wide bands get at most a fifth; backfill takes what is left.
 */
import { Bell } from '../../bell.ts';
import type { Runtime } from '../../runtime.ts';

/** What a request is for. */
export type Purpose = 'live' | 'wide' | 'backfill';

/** Of two that may go, the earlier one here goes. */
const ORDER: readonly Purpose[] = ['live', 'wide', 'backfill'];
/** One request in so many at most is for the wide bands: 20 %. */
const WIDE_EVERY = 5;
/** Who could have gone for so many requests goes before live: polls that never rest would starve the others. */
const PATIENCE = 5;
/** Of what was not sent in time so much is made up for: less than a second, so that the rest stays evenly spread. */
const MADE_UP_MS = 250;

interface Waiter {
  readonly purpose: Purpose;
  readonly sinceMs: number;
  go(): void;
  fail(error: unknown): void;
}

export class Budget {
  /** Between two requests that are evenly spread, in milliseconds. */
  readonly spacingMs: number;
  readonly #runtime: Runtime;
  /** When the last requests were sent: as many as one period may hold, which is a second, or a little longer where the limit is no whole number. */
  readonly #sentMs: number[];
  readonly #periodMs: number;
  readonly #changed = new Bell();
  #waiting: readonly Waiter[] = [];
  /** When the next request is due; it lies in the past while requests are late. */
  #dueMs = Number.NEGATIVE_INFINITY;
  #heldUntilMs = Number.NEGATIVE_INFINITY;
  #nextWideMs = Number.NEGATIVE_INFINITY;
  #lastBackfillMs = Number.NEGATIVE_INFINITY;
  /** Until when the next is waited for. Undefined: nobody waits. */
  #wakeMs: number | undefined;

  constructor(runtime: Runtime, requestsPerSecond: number) {
    this.#runtime = runtime;
    this.spacingMs = 1000 / requestsPerSecond;
    const perPeriod = Math.max(1, Math.ceil(requestsPerSecond));
    this.#sentMs = Array.from({ length: perPeriod }, () => Number.NEGATIVE_INFINITY);
    this.#periodMs = perPeriod * this.spacingMs;
  }

  /**
   * Resolves when a request with this purpose may be sent; with how long that took, in milliseconds.
   * @throws the signal's reason when it fires first.
   */
  async take(purpose: Purpose, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const sinceMs = this.#runtime.elapsedMs();
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => {
        this.#leave(waiter);
        reject(signal.reason);
      };
      const go = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const waiter: Waiter = { purpose, sinceMs, go, fail: reject };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting = [...this.#waiting, waiter];
      this.#dispatch();
    });
    return this.#runtime.elapsedMs() - sinceMs;
  }

  /** Nothing is sent for so long: the API has asked for fewer requests, and its limit is the key's and not a feed's. */
  hold(waitMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, this.#runtime.elapsedMs() + waitMs);
  }

  #leave(waiter: Waiter): void {
    this.#waiting = this.#waiting.filter((other) => other !== waiter);
    if (this.#waiting.length === 0) this.#changed.ring();
  }

  /** Lets go who may go now, and sets a timer for the next. One at a time: `#waitOut` comes back here. */
  #dispatch(): void {
    if (this.#wakeMs !== undefined) {
      if (this.#nextOpensMs() < this.#wakeMs) this.#changed.ring();
      return;
    }
    for (let waiter = this.#first(); waiter !== undefined; waiter = this.#first()) {
      this.#spend(waiter.purpose);
      this.#leave(waiter);
      waiter.go();
    }
    if (this.#waiting.length > 0) this.#waitOut().catch((error: unknown) => this.#fail(error));
  }

  /** A fault of ours: whoever waits is told, so that nobody waits for ever. */
  #fail(error: unknown): void {
    for (const waiter of this.#waiting) {
      this.#leave(waiter);
      waiter.fail(error);
    }
  }

  /** Until the next may go, or somebody has come who may go before, or the last has left. */
  async #waitOut(): Promise<void> {
    this.#wakeMs = this.#nextOpensMs();
    const over = new AbortController();
    const ms = this.#wakeMs - this.#runtime.elapsedMs();
    const waits = [this.#runtime.sleep(Math.max(0, Math.ceil(ms)), over.signal), this.#changed.wait(over.signal)];
    await Promise.race(waits.map((wait) => wait.catch(() => undefined)));
    over.abort(new Error('the other wait was over first'));
    this.#wakeMs = undefined;
    this.#dispatch();
  }

  #nextOpensMs(): number {
    return Math.min(...this.#waiting.map(({ purpose }) => this.#opensAt(purpose)));
  }

  #opensAt(purpose: Purpose): number {
    const [earliestMs = Number.NEGATIVE_INFINITY] = this.#sentMs;
    const nextMs = Math.max(this.#dueMs, earliestMs + this.#periodMs, this.#heldUntilMs);
    return purpose === 'wide' ? Math.max(nextMs, this.#nextWideMs) : nextMs;
  }

  /** Of those that may go now, who has waited too long, or whose purpose is first in order; among equals, who came first. */
  #first(): Waiter | undefined {
    const now = this.#runtime.elapsedMs();
    const open = this.#waiting.filter(({ purpose }) => this.#opensAt(purpose) <= now);
    const overdue = open.find((waiter) => this.#isOverdue(waiter, now));
    return overdue ?? open.toSorted((a, b) => ORDER.indexOf(a.purpose) - ORDER.indexOf(b.purpose))[0];
  }

  #isOverdue({ purpose, sinceMs }: Waiter, now: number): boolean {
    if (purpose === 'live') return false;
    // Of many that wait for backfill each has waited long; it is backfill as a whole that must not starve.
    const openSinceMs = Math.max(sinceMs, purpose === 'wide' ? this.#nextWideMs : this.#lastBackfillMs);
    return now - openSinceMs >= PATIENCE * this.spacingMs;
  }

  #spend(purpose: Purpose): void {
    const now = this.#runtime.elapsedMs();
    this.#dueMs = Math.max(this.#dueMs, now - Math.max(0, MADE_UP_MS - this.spacingMs)) + this.spacingMs;
    this.#sentMs.shift();
    this.#sentMs.push(now);
    if (purpose === 'backfill') this.#lastBackfillMs = now;
    if (purpose === 'wide') this.#nextWideMs = now + WIDE_EVERY * this.spacingMs;
  }
}
