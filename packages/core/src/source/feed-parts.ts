/** What the three loops of a feed share, and the one step that all of them take: read a window, or wait. */

import type { Dialect, Feed } from '../entry.ts';
import { RelayError } from '../errors.ts';
import type { Checkpoint, Span } from '../journal/checkpoint.ts';
import type { Runtime } from '../runtime.ts';
import type { Signal } from '../signal.ts';
import type { FeedApi } from './api/feed-api.ts';
import type { RequestScheduler } from './api/request-scheduler.ts';
import type { ServerClock } from './api/server-clock.ts';
import type { SourceConfig } from './config.ts';
import type { LookbackWidths } from './coverage/lookback.ts';
import { nextWindowSeconds } from './coverage/spans.ts';
import type { FeedJournal } from './feed-journal.ts';
import type { FeedHealth } from './health/health.ts';
import type { FeedTally } from './health/tally.ts';
import type { OriginCheck } from './origin.ts';
import type { Reader, ReadResult, ReadTask } from './window/window-reader.ts';

/** Before anything is known about the density. */
const FIRST_PIECE_SECONDS = 3600;

export interface FeedParts {
  readonly source: string;
  readonly feed: Feed;
  readonly config: SourceConfig;
  readonly widths: LookbackWidths;
  readonly runtime: Runtime;
  readonly journal: FeedJournal;
  readonly api: FeedApi;
  readonly clock: ServerClock;
  readonly health: FeedHealth;
  readonly reader: Reader;
  readonly originCheck: OriginCheck;
  readonly scheduler: RequestScheduler;
  readonly tally: FeedTally;
  /** Rings whenever a loop has got somewhere, or has been stopped by a fault. */
  readonly progress: Signal;
  /** A poll has read its window, which held so many events. */
  onPoll(events: number): void;
}

/** @throws RelayError `CHECKPOINT_LOST`: the journal had it when the feed began. */
export function checkpointOf({ journal, feed }: FeedParts): Checkpoint {
  const { checkpoint } = journal;
  if (checkpoint === undefined) throw new RelayError('CHECKPOINT_LOST', `the journal lost the start of feed ${feed}`);
  return checkpoint;
}

/** Reads a window. When it was not read, the wait for that is over. */
export async function readOrWait(
  { reader, progress, runtime }: FeedParts,
  task: ReadTask,
  signal: AbortSignal,
): Promise<ReadResult> {
  const result = await reader.read(task, signal);
  progress.notify();
  if (result.kind === 'stuck') await runtime.sleep(result.waitMs, signal);
  return result;
}

/** Cuts long spans into windows, each as long as the density of those before advises. */
export class Pieces {
  readonly #dialect: Dialect;
  #seconds: number = FIRST_PIECE_SECONDS;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** The oldest piece of `span`, as it would be read now. */
  of({ from, to }: Span): Span {
    // The older dialect cannot be asked for a time: each piece would be a walk through all that is newer.
    if (this.#dialect === 'organization_logs') return { from, to };
    return { from, to: Math.min(to, from + this.#seconds) };
  }

  /** Learns from how reading a piece has ended. */
  learn({ from, to }: Span, result: ReadResult): void {
    // The next try is a cheap one: the fewer seconds, the fewer halves.
    if (result.kind === 'stuck' && result.isWhole !== true) this.#seconds = 1;
    if (result.kind !== 'read') return;
    const { events, walks } = result;
    this.#seconds = nextWindowSeconds((to - from) / walks, events / walks);
  }
}
