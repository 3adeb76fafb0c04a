/** What a feed counts since the start of the process; outlives a changed key. For status alone. */

import { type Lateness, NO_LATENESS } from './lateness.ts';

export interface FeedTally {
  requests: number;
  /** By what came back instead of a page, or by what made a walk useless: `http_429`, `cursor_loop` … */
  failures: Record<string, number>;
  windows: number;
  journaled: number;
  duplicates: number;
  malformedRecords: number;
  outsideWindow: number;
  /** Pages of walks that were interrupted or held too much, and so are asked for once more. */
  pagesInVain: number;
  /** By what was odd about the server: `order_ascending`, `cursor_swapped` … */
  conditions: Record<string, number>;
  lateness: Lateness;
  /** Of backfill alone. */
  backfill: { windows: number; events: number };
  /** When the last page came, in milliseconds since the epoch. */
  lastAnswerMs: number | undefined;
  newestEventMs: number | undefined;
  /** Polls in a row whose window held nothing. */
  emptyPolls: number;
}

export function newTally(): FeedTally {
  return {
    requests: 0,
    failures: {},
    windows: 0,
    journaled: 0,
    duplicates: 0,
    malformedRecords: 0,
    outsideWindow: 0,
    pagesInVain: 0,
    conditions: {},
    lateness: NO_LATENESS,
    backfill: { windows: 0, events: 0 },
    lastAnswerMs: undefined,
    newestEventMs: undefined,
    emptyPolls: 0,
  };
}

/** Counts one more window of backfill, with what it held. */
export function countBackfill(tally: FeedTally, events: number): void {
  tally.backfill.windows += 1;
  tally.backfill.events += events;
}

/** Counts one more of `failure`. */
export function countFailure(tally: FeedTally, failure: string): void {
  tally.failures[failure] = (tally.failures[failure] ?? 0) + 1;
}

/** Counts a condition among a feed's. */
export function countCondition(counts: FeedTally['conditions'], condition: string, times = 1): void {
  counts[condition] = (counts[condition] ?? 0) + times;
}
