/**
 * The source's share of the API: `requests_per_second` for both feeds together, evenly spaced.
 * Live polling goes first, but not for ever: who has waited long goes before it. The wide bands get
 * at most a fifth; backfill takes what is left.
 */
import type { Runtime } from '../runtime.ts';

/** What a request is for. */
export type Claim = 'live' | 'wide' | 'backfill';

/** Of two that may go, the earlier one here goes. */
const ORDER: readonly Claim[] = ['live', 'wide', 'backfill'];
/** One request in so many at most is for the wide bands: 20 %. */
const WIDE_EVERY = 5;
/** Who could have gone for so many requests goes before live: polls that never rest would starve the others. */
const PATIENCE = 5;

interface Waiter {
  readonly claim: Claim;
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
   * Resolves when a request with this claim may be sent.
   * @throws the signal's reason when it fires first.
   */
  async take(claim: Claim, signal: AbortSignal): Promise<void> {
    const me: Waiter = { claim, sinceMs: this.#runtime.elapsedMs() };
    this.#waiting.push(me);
    try {
      for (let waitMs = this.#waitOf(me); waitMs > 0; waitMs = this.#waitOf(me)) {
        await this.#runtime.sleep(Math.ceil(waitMs), signal);
      }
      signal.throwIfAborted();
      this.#spend(claim);
    } finally {
      this.#waiting.splice(this.#waiting.indexOf(me), 1);
    }
  }

  /** 0: go. Otherwise when to look again, in milliseconds; somebody with a better claim may come until then. */
  #waitOf(me: Waiter): number {
    const now = this.#runtime.elapsedMs();
    const ownMs = this.#opensAt(me.claim) - now;
    if (ownMs > 0) return ownMs;
    return this.#first(now) === me ? 0 : this.#spacingMs;
  }

  #opensAt(claim: Claim): number {
    return claim === 'wide' ? Math.max(this.#nextMs, this.#nextWideMs) : this.#nextMs;
  }

  /** Of those that may go now, who has waited too long, or the one with the best claim; among equals, who came first. */
  #first(now: number): Waiter | undefined {
    const open = this.#waiting.filter(({ claim }) => this.#opensAt(claim) <= now);
    const overdue = open.find((waiter) => this.#isOverdue(waiter, now));
    return overdue ?? open.toSorted((a, b) => ORDER.indexOf(a.claim) - ORDER.indexOf(b.claim))[0];
  }

  #isOverdue({ claim, sinceMs }: Waiter, now: number): boolean {
    if (claim === 'live') return false;
    const openSinceMs = claim === 'wide' ? Math.max(sinceMs, this.#nextWideMs) : sinceMs;
    return now - openSinceMs >= PATIENCE * this.#spacingMs;
  }

  #spend(claim: Claim): void {
    const now = this.#runtime.elapsedMs();
    this.#nextMs = now + this.#spacingMs;
    if (claim === 'wide') this.#nextWideMs = now + WIDE_EVERY * this.#spacingMs;
  }
}
