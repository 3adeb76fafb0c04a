/** Time and chance as the process has them; everything below takes them from here. */
import { setTimeout } from 'node:timers/promises';
import type { Log, Runtime } from '@audit-relay/core';

/** The process’s own clock, timers and randomness, with `log`. */
export function systemRuntime(log: Log): Runtime {
  return {
    now: () => Date.now(),
    elapsedMs: () => performance.now(),
    sleep: async (ms, signal) => {
      try {
        await setTimeout(ms, undefined, { signal });
      } catch (error) {
        // Node rejects with an AbortError of its own; the contract wants the signal's reason.
        signal.throwIfAborted();
        throw error;
      }
    },
    random: () => Math.random(),
    log,
  };
}
