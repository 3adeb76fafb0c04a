/** What the loops of a feed share, and the one step that all of them take: read a window, or wait. */
import type { Provenance } from '../../entry.ts';
import type { Runtime } from '../../runtime.ts';
import type { Signal } from '../../signal.ts';
import type { ServerClock } from '../api/server-clock.ts';
import type { FeedJournal } from '../feed-journal.ts';
import type { FeedHealth } from '../health/health.ts';
import type { Reader, ReadResult, ReadTask } from '../window/window-reader.ts';

export interface Loop {
  /** One step, and the wait for the next one; called again and again. */
  once(signal: AbortSignal): Promise<void>;
}

export interface LoopParts {
  readonly provenance: Provenance;
  readonly runtime: Runtime;
  /** The server's. */
  readonly clock: ServerClock;
  readonly journal: FeedJournal;
  readonly health: FeedHealth;
  readonly reader: Reader;
  /** Rings whenever a loop has got somewhere, or has been stopped by a fault. */
  readonly progress: Signal;
}

/** Reads a window. When it was not read, the wait for that is over. */
export async function readOrWait(
  { reader, progress, runtime }: LoopParts,
  task: ReadTask,
  signal: AbortSignal,
): Promise<ReadResult> {
  const result = await reader.read(task, signal);
  progress.notify();
  if (result.kind === 'stuck') await runtime.sleep(result.waitMs, signal);
  return result;
}
