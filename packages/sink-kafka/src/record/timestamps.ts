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
    return timeMs <= this.#oldMs || timeMs >= this.#aheadMs ? nowMs : timeMs;
  }

  /**
   * A batch was refused in which the events of these times went out with them. False: there is nothing left to change,
   * since there were none.
   */
  refuse(times: readonly number[], nowMs: number): boolean {
    if (times.length === 0) return false;
    const ahead = times.filter((timeMs) => timeMs > nowMs + AHEAD_MS);
    if (ahead.length > 0) this.#aheadMs = Math.min(this.#aheadMs, ...ahead);
    // Which of them was too old is not known: all of this batch, and what is older.
    else this.#oldMs = Math.max(this.#oldMs, ...times);
    return true;
  }
}
