/**
 * How late events become visible, as observed: an event is late when the second it happened in had
 * been read before, and then it was not there. Whether `overlap` and `sweep` are wide enough is seen here.
 */

/** In seconds. What is above the last is counted under none. */
const BOUNDS: readonly number[] = [10, 30, 60, 120, 300, 600, 1800, 3600, 21_600, 86_400, 604_800];

/** From the event's own time to the moment when it was found, so it holds the wait for the lookback that found it. */
export interface Lateness {
  readonly count: number;
  readonly sumSeconds: number;
  readonly maxSeconds: number;
  /** How many were found up to so many seconds, each bucket holding those before, as Prometheus has it. */
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[];
}

export const NO_LATENESS: Lateness = {
  count: 0,
  sumSeconds: 0,
  maxSeconds: 0,
  buckets: BOUNDS.map((upTo) => ({ upTo, count: 0 })),
};

/** With one more late event. */
export function withLate(lateness: Lateness, seconds: number): Lateness {
  return {
    count: lateness.count + 1,
    sumSeconds: lateness.sumSeconds + seconds,
    maxSeconds: Math.max(lateness.maxSeconds, seconds),
    buckets: lateness.buckets.map(({ upTo, count }) => ({ upTo, count: count + (seconds <= upTo ? 1 : 0) })),
  };
}

/** So near to the width of a lookback, a slower day would carry events past it. */
const NEAR = 0.8;

/**
 * The lookback to widen when an event was found `seconds` after it happened; undefined: all is well. A sweep comes once a
 * day, so what it finds may have been there for long: only `least`, when the sweep before did not find it, speaks of it.
 */
export function lookbackToWiden(
  { seconds, least }: { readonly seconds: number; readonly least: number },
  widths: Readonly<Record<'overlap' | 'sweep', number>>,
): 'overlap' | 'sweep' | undefined {
  if (least >= NEAR * widths.sweep) return 'sweep';
  return seconds >= NEAR * widths.overlap ? 'overlap' : undefined;
}
