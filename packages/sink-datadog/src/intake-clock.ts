/** The time of the intake, by which it drops logs: this host's clock, set right by the `Date` of the intake's last answer. */
import type { SinkContext } from '@audit-relay/sink';
import { type HttpAnswer, LogThrottle, parseHttpDate } from '@audit-relay/sink-http';

/** Longest difference before it is told, in milliseconds. */
const SKEW_MS = 300_000;

export class IntakeClock {
  readonly #context: SinkContext;
  readonly #throttle: LogThrottle;
  #offsetMs = 0;

  constructor(context: SinkContext) {
    this.#context = context;
    this.#throttle = new LogThrottle(context);
  }

  /** Milliseconds since the epoch. */
  nowMs(): number {
    return this.#context.now() + this.#offsetMs;
  }

  /** @returns its time as it answered; this clock's own where it tells none. */
  heed(answer: HttpAnswer): number {
    const hereMs = this.#context.now();
    const dateMs = parseHttpDate(answer.header('date'), hereMs);
    if (dateMs === undefined) return this.nowMs();
    const offsetMs = dateMs - hereMs;
    // Below that it is the way there, and the seconds that a date has not.
    this.#offsetMs = Math.abs(offsetMs) > SKEW_MS ? offsetMs : 0;
    if (this.#offsetMs !== 0) {
      this.#throttle.log('DATADOG_CLOCK_APART', { seconds: Math.round(offsetMs / 1_000) }, 'warn');
    }
    return dateMs;
  }
}
