/**
 * The time of a record: its event's own, where the broker takes it. A topic may refuse records that are older or newer than
 * so much (`message.timestamp.before.max.ms`, `message.timestamp.after.max.ms`: an hour ahead by default), of which the
 * answer says neither which nor by how much. What is refused once goes out with the time of sending; the event's own time
 * is in its document.
 */

/** Further ahead than clocks differ: such an event is the likelier cause. */
const AHEAD_MS = 60_000;

export class Timestamps {
  /** Events of this time and before get the time of sending. */
  #oldMs = Number.NEGATIVE_INFINITY;
  /** Events of this time and after. */
  #aheadMs = Number.POSITIVE_INFINITY;

  of(timeMs: number, nowMs: number): number {
    return this.isRefused(timeMs) ? nowMs : timeMs;
  }

  isRefused(timeMs: number): boolean {
    return timeMs <= this.#oldMs || timeMs >= this.#aheadMs;
  }

  /**
   * A batch with events of these times was refused for one of them. False: there is nothing left to change, since all of
   * them had the time of sending.
   */
  refuse(times: readonly number[], nowMs: number): boolean {
    const own = times.filter((timeMs) => !this.isRefused(timeMs));
    if (own.length === 0) return false;
    const ahead = own.filter((timeMs) => timeMs > nowMs + AHEAD_MS);
    if (ahead.length > 0) this.#aheadMs = Math.min(...ahead);
    // Which of them was too old is not known: all of this batch, and what is older.
    else this.#oldMs = Math.max(...own);
    return true;
  }
}
