/**
 * The source's share of the API: `requests_per_second` for both feeds together, evenly spaced.
 * Live polling goes first, but not for ever: who has waited long goes before it. The wide bands get
 * at most a fifth; backfill takes what is left.
 */
import type { Runtime } from '../runtime.ts';

/** What a request is for. */
export type Purpose = 'live' | 'wide' | 'backfill';

/** Of two that may go, the earlier one here goes. */
const ORDER: readonly Purpose[] = ['live', 'wide', 'backfill'];
/** One request in so many at most is for the wide bands: 20 %. */
const WIDE_EVERY = 5;
/** Who could have gone for so many requests goes before live: polls that never rest would starve the others. */
const PATIENCE = 5;

interface Waiter {
  readonly purpose: Purpose;
  readonly sinceMs: number;
}

export class Budget {
  readonly #runtime: Runtime;
  readonly #spacingMs: number;
  readonly #waiting: Waiter[] = [];
  #nextMs = Number.NEGATIVE_INFINITY;
  #nextWideMs = Number.NEGATIVE_INFINITY;

  constructor(runtime: Runtime, requestsPerSecond: number) {
    this.#runtime = runtime;
    this.#spacingMs = 1000 / requestsPerSecond;
  }

  /**
   * Resolves when a request with this purpose may be sent.
   * @throws the signal's reason when it fires first.
   */
  async take(purpose: Purpose, signal: AbortSignal): Promise<void> {
    const me: Waiter = { purpose, sinceMs: this.#runtime.elapsedMs() };
    this.#waiting.push(me);
    try {
      for (let waitMs = this.#waitOf(me); waitMs > 0; waitMs = this.#waitOf(me)) {
        await this.#runtime.sleep(Math.ceil(waitMs), signal);
      }
      signal.throwIfAborted();
      this.#spend(purpose);
    } finally {
      this.#waiting.splice(this.#waiting.indexOf(me), 1);
    }
  }

  /** 0: go. Otherwise when to look again, in milliseconds; somebody who goes first may come until then. */
  #waitOf(me: Waiter): number {
    const now = this.#runtime.elapsedMs();
    const ownMs = this.#opensAt(me.purpose) - now;
    if (ownMs > 0) return ownMs;
    return this.#first(now) === me ? 0 : this.#spacingMs;
  }

  #opensAt(purpose: Purpose): number {
    return purpose === 'wide' ? Math.max(this.#nextMs, this.#nextWideMs) : this.#nextMs;
  }

  /** Of those that may go now, who has waited too long, or whose purpose is first in order; among equals, who came first. */
  #first(now: number): Waiter | undefined {
    const open = this.#waiting.filter(({ purpose }) => this.#opensAt(purpose) <= now);
    const overdue = open.find((waiter) => this.#isOverdue(waiter, now));
    return overdue ?? open.toSorted((a, b) => ORDER.indexOf(a.purpose) - ORDER.indexOf(b.purpose))[0];
  }

  #isOverdue({ purpose, sinceMs }: Waiter, now: number): boolean {
    if (purpose === 'live') return false;
    const openSinceMs = purpose === 'wide' ? Math.max(sinceMs, this.#nextWideMs) : sinceMs;
    return now - openSinceMs >= PATIENCE * this.#spacingMs;
  }

  #spend(purpose: Purpose): void {
    const now = this.#runtime.elapsedMs();
    this.#nextMs = now + this.#spacingMs;
    if (purpose === 'wide') this.#nextWideMs = now + WIDE_EVERY * this.#spacingMs;
  }
}
