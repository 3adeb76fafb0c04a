/**
 * The time of the intake, by which it drops logs: that of its last answer and what has passed since, by the monotonic clock. This
 * host's clock is believed where it says about the same, and until an answer has come.
 */
import type { SinkContext } from '@audit-relay/sink';
import { type HttpAnswer, LogThrottle, parseHttpDate } from '@audit-relay/sink-http';

/** Longest difference before it is told, in milliseconds. */
const SKEW_MS = 300_000;

export class IntakeClock {
  readonly #context: SinkContext;
  readonly #throttle: LogThrottle;
  #last: { readonly dateMs: number; readonly hereMs: number; readonly elapsedMs: number } | undefined;
  #isAsked = false;

  constructor(context: SinkContext) {
    this.#context = context;
    this.#throttle = new LogThrottle(context);
  }

  /** Whether an answer has come: until then the host's clock may be wrong by any amount. */
  get isAsked(): boolean {
    return this.#isAsked;
  }

  /**
   * Whether this host's clock and the monotonic one have gone apart since the last answer, as when the machine has slept or its clock
   * was set: either may be the one that is right.
   */
  get isApart(): boolean {
    if (this.#last === undefined) return false;
    const hereMs = this.#context.now() - this.#last.hereMs;
    return Math.abs(hereMs - (this.#context.elapsedMs() - this.#last.elapsedMs)) > SKEW_MS;
  }

  /** Milliseconds since the epoch. */
  nowMs(): number {
    const hereMs = this.#context.now();
    if (this.#last === undefined) return hereMs;
    const thereMs = this.#last.dateMs + this.#context.elapsedMs() - this.#last.elapsedMs;
    // Below that it is the way there, and the seconds that a date has not.
    return Math.abs(thereMs - hereMs) > SKEW_MS ? thereMs : hereMs;
  }

  /** @returns its time as it answered; the time by all that is known where it tells none. */
  heed(answer: HttpAnswer): number {
    this.#isAsked = true;
    const hereMs = this.#context.now();
    const dateMs = parseHttpDate(answer.header('date'), hereMs);
    if (dateMs === undefined) return this.nowMs();
    this.#last = { dateMs, hereMs, elapsedMs: this.#context.elapsedMs() };
    const offsetMs = dateMs - hereMs;
    if (Math.abs(offsetMs) > SKEW_MS) {
      this.#throttle.log('DATADOG_CLOCK_APART', { seconds: Math.round(offsetMs / 1_000) }, 'warn');
    }
    return dateMs;
  }
}
