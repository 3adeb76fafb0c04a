/** What is said of the server's time, and how often. */
import type { Runtime } from '../../runtime.ts';

/** Between two lines with one code, in milliseconds. */
const SILENCE_MS = 3_600_000;

const MISSING =
  'the answers of the API have no usable Date: this host’s clock says what is read, and where it is wrong events are missed; let the proxy keep the header, and this host’s clock be set by NTP';

/** In words: by how many seconds the `Date` is ahead of what is believed, and by how many of this host's clock. */
export const CLOCK_WORDS = {
  DATE_DOUBTED: (seconds: number, isProven: boolean): string =>
    `the Date of the API is ${awayOf(seconds)} ${isProven ? 'where it was and what has passed since' : 'this host’s clock'}: nothing is taken as read by it until it has held for 30 minutes; if it is right, set this host’s clock by NTP`,
  DATE_BELIEVED: (seconds: number): string =>
    `the Date of the API has been ${awayOf(seconds)} what other clocks say for 30 minutes: it is believed from now on`,
  DATE_MISSING: (): string => MISSING,
  SERVER_CLOCK_AHEAD: (seconds: number): string =>
    `the Date of the API is ${seconds} s ahead of this host’s clock, which is more than overlap: if this host’s clock is right, new events look late and are found by the sweep alone; raise overlap, or set this host’s clock by NTP`,
} as const;

export type ClockCode = keyof typeof CLOCK_WORDS;

function awayOf(seconds: number): string {
  return seconds < 0 ? `${-seconds} s behind` : `${seconds} s ahead of`;
}

export interface ClockLogOptions {
  readonly source: string;
  readonly runtime: Pick<Runtime, 'log' | 'elapsedMs'>;
  /** Each time it is met. */
  count(condition: string): void;
}

/** Counts each, and logs it once an hour at most: a clock that is wrong is wrong in every answer. */
export class ClockLog {
  readonly #options: ClockLogOptions;
  readonly #saidMs = new Map<ClockCode, number>();

  constructor(options: ClockLogOptions) {
    this.#options = options;
  }

  met(code: ClockCode, words: string, seconds?: number): void {
    const { source, runtime, count } = this.#options;
    count(code.toLowerCase());
    const nowMs = runtime.elapsedMs();
    if (nowMs - (this.#saidMs.get(code) ?? Number.NEGATIVE_INFINITY) < SILENCE_MS) return;
    this.#saidMs.set(code, nowMs);
    runtime.log('warn', code, words, { source, ...(seconds === undefined ? {} : { seconds }) });
  }
}
