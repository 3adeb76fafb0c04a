/**
 * How many requests of backfill may be under way at once, for both feeds of a source: found by trying,
 * as nobody documents what the API bears. One more for every round in which the number was what held
 * backfill back; less at every 429, and when answers take much longer than they did.
 */
import { Bell } from '../../bell.ts';

/**
 * So many windows of some 1,500 events are what memory should hold of a feed; and so many requests that take
 * 240 ms each are 100 a second, which is the most that a configuration may ask for.
 */
export const MOST_SLOTS = 24;
const AT_REFUSAL = 0.5;
const AT_SLOWNESS = 0.75;
/** Answers that take so many times the shortest one, and so much longer, have waited in a queue. */
const SLOW_FACTOR = 3;
const SLOW_MS = 200;
/** How much one answer says about all: a single slow one is chance. */
const WEIGHT = 0.1;
/** By how much the shortest time is let rise with every answer, so that one lucky answer does not count for ever. */
const FORGETTING = 1.002;

export class BackfillSlots {
  /** Rings when a slot may have become free. */
  readonly freed: Bell = new Bell();
  #limit = 1;
  #taken = 0;
  #shortestMs = Number.POSITIVE_INFINITY;
  /** How long answers take of late; undefined right after a decrease, which they are to show. */
  #recentMs: number | undefined;
  #answersInRound = 0;
  /** The number of the first request that a further decrease may be about: older ones were sent before the last. */
  #sinceRequest = 0;
  #requests = 0;

  /** As of now; 1 to `MOST_SLOTS`. */
  get limit(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  get taken(): number {
    return this.#taken;
  }

  /** The number of the newest request: of one that needs no slot it says when it was sent. */
  get last(): number {
    return this.#requests;
  }

  /**
   * Runs `request` in a slot of its own.
   * @throws the signal's reason when it fires while waiting; what `request` throws.
   */
  async within<T>(request: (slot: number) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    while (this.#taken >= this.limit) await this.freed.wait(signal);
    this.#taken += 1;
    this.#requests += 1;
    try {
      return await request(this.#requests);
    } finally {
      this.#taken -= 1;
      this.freed.ring();
    }
  }

  /** An answer came after `ms`. `wasFull`: nothing but the number of slots kept more from being asked. */
  answered({ slot, ms, wasFull }: { readonly slot: number; readonly ms: number; readonly wasFull: boolean }): void {
    this.#shortestMs = Math.min(this.#shortestMs * FORGETTING, ms);
    if (slot >= this.#sinceRequest) this.#recentMs = (1 - WEIGHT) * (this.#recentMs ?? this.#shortestMs) + WEIGHT * ms;
    const recentMs = this.#recentMs ?? 0;
    const isSlow = recentMs > this.#shortestMs * SLOW_FACTOR && recentMs > this.#shortestMs + SLOW_MS;
    if (isSlow) {
      this.#decrease(slot, AT_SLOWNESS);
      return;
    }
    this.#answersInRound += wasFull ? 1 : 0;
    if (this.#answersInRound < this.limit) return;
    this.#answersInRound = 0;
    this.#limit = Math.min(MOST_SLOTS, this.limit + 1);
    this.freed.ring();
  }

  /** The API asked for fewer requests, of whatever kind. */
  refused(slot: number): void {
    this.#decrease(slot, AT_REFUSAL);
  }

  /** Requests that were under way together count once. */
  #decrease(slot: number, factor: number): void {
    if (slot < this.#sinceRequest) return;
    this.#sinceRequest = this.#requests + 1;
    this.#recentMs = undefined;
    this.#answersInRound = 0;
    this.#limit = Math.max(1, this.limit * factor);
  }
}
