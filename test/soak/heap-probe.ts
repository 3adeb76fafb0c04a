/**
 * Loaded into the agent of a soak before the command: tells, when it is asked, how much was in use right after a collection
 * of the whole heap. The agent's own collections are watched and none is forced, so that its memory stays what it is without.
 */
import { constants, PerformanceObserver } from 'node:perf_hooks';

export interface Lived {
  /** The least that lived after a collection since the last question, buffers outside of the heap included. Absent: there was none. */
  readonly bytes?: number;
}

let least: number | undefined;

const observer = new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    // Of entries about collections Node's types do not know the detail.
    if (Object((entry as { readonly detail?: unknown }).detail).kind !== constants.NODE_PERFORMANCE_GC_MAJOR) continue;
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(heapUsed + external, least ?? Number.POSITIVE_INFINITY);
  }
});
observer.observe({ entryTypes: ['gc'] });

process.on('message', () => {
  const lived: Lived = least === undefined ? {} : { bytes: least };
  least = undefined;
  process.send?.(lived);
});
