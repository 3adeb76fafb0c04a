/** Time for a whole relay whose long waits are not to be waited for: what is tested is what follows a wait. */
import { setTimeout } from 'node:timers/promises';
import type { RelayOptions } from '@audit-relay/core';

/** Waits of a second and more pass so many times as fast. */
const HURRY = 100;

/** A monotonic clock that has gone on by all of a wait when the wait is over, however short it was. */
export function hurriedClock(): Pick<RelayOptions['runtime'], 'elapsedMs' | 'sleep'> {
  let skippedMs = 0;
  const elapsedMs = (): number => performance.now() + skippedMs;
  return {
    elapsedMs,
    sleep: async (ms, signal) => {
      const untilMs = elapsedMs() + ms;
      await setTimeout(ms < 1_000 ? ms : ms / HURRY, undefined, { signal });
      skippedMs += Math.max(0, untilMs - elapsedMs());
    },
  };
}
