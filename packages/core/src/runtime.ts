/** What the core takes from outside, so that no test needs a fake timer, a sleep or luck. */

/** Time, chance and the log. */
export interface Runtime {
  /** Milliseconds since the epoch, by a clock that may be set at any moment. */
  now(): number;
  /** Milliseconds since some moment, by a monotonic clock: for how long something took. */
  elapsedMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it fires first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** A number in [0, 1). */
  random(): number;
  readonly log: Log;
}

/**
 * One line of the relay's own log. `code` is stable and upper-case, `docs/ERRORS.md` lists each;
 * the steps of the data's path are logged at `debug`. Fields hold no token, header or event body.
 */
// oxlint-disable-next-line eslint/max-params -- the one function of four: a call site reads as the line it logs
export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  code: string,
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;
