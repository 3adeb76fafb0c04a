/**
 * Gives back what a busy time has left in the heap: the start, or a backfill. V8 itself collects only when there is work
 * again, so a relay that waits for events would hold it for hours.
 */
import type { Runtime } from '@audit-relay/core';

/** Between two looks, in milliseconds. */
const LOOK_MS = 30_000;
/** Of one core: above it the process works, and V8 collects as it goes. An idle one takes about 0.002. */
const BUSY_SHARE = 0.02;

export interface IdleCollection {
  readonly runtime: Pick<Runtime, 'elapsedMs' | 'sleep'>;
  /** CPU time of the process until now, in milliseconds. */
  readonly cpuMs: () => number;
  readonly collect: () => void;
  /** Called at each look at which it works. */
  readonly onBusy: () => void;
}

/** Collects once after each busy time, the start being the first; resolves when `signal` fires. */
export async function collectWhenIdle(
  { runtime, cpuMs, collect, onBusy }: IdleCollection,
  signal: AbortSignal,
): Promise<void> {
  let isOwed = true;
  let last = { at: runtime.elapsedMs(), cpu: cpuMs() };
  while (await hasPassed(runtime, signal)) {
    const now = { at: runtime.elapsedMs(), cpu: cpuMs() };
    const isBusy = now.cpu - last.cpu > (now.at - last.at) * BUSY_SHARE;
    last = now;
    if (isBusy) onBusy();
    else if (isOwed) collect();
    isOwed = isBusy;
  }
}

/** Whether the time until the next look has passed, rather than the signal fired. */
function hasPassed(runtime: Pick<Runtime, 'sleep'>, signal: AbortSignal): Promise<boolean> {
  return runtime.sleep(LOOK_MS, signal).then(
    () => true,
    () => false,
  );
}
