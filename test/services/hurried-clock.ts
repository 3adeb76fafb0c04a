/** Time for a whole relay whose long waits are not to be waited for: what is tested is what follows a wait. */
import { setTimeout } from 'node:timers/promises';
import type { RelayOptions } from '@audit-relay/core';

export interface Hurry {
  /** Waits of a second and more pass so many times as fast. */
  readonly times?: number;
  /** Those that do not: a time that a peer is given. */
  readonly kept?: readonly (number | undefined)[];
}

/** A monotonic clock that has gone on by all of a wait when the wait is over, however short it was. */
export function hurriedClock({
  times = 100,
  kept = [],
}: Hurry = {}): Pick<RelayOptions['runtime'], 'elapsedMs' | 'sleep'> {
  let skippedMs = 0;
  const elapsedMs = (): number => performance.now() + skippedMs;
  return {
    elapsedMs,
    sleep: async (ms, signal) => {
      const untilMs = elapsedMs() + ms;
      await setTimeout(ms < 1_000 || kept.includes(ms) ? ms : ms / times, undefined, { signal });
      skippedMs += Math.max(0, untilMs - elapsedMs());
    },
  };
}
