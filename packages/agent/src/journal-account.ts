/** What a journal says by itself, whether or not an agent runs on it: what `status/view.ts` begins with. */
import type { RelayStatus } from '@audit-relay/core';

/** The journal as a second process sees it; byte figures as in the journal's own statistics. */
export interface JournalAccount {
  readonly bytes: number;
  readonly maxBytes: number;
  readonly pinnedBytes: number;
  readonly entries: number;
  readonly oldestReceivedMs?: number;
  readonly lanes: RelayStatus['journal']['lanes'];
  readonly deadLetters: Readonly<Record<string, number>>;
  readonly retrying: RelayStatus['journal']['retrying'];
  readonly retried: RelayStatus['journal']['retried'];
  readonly dropped: RelayStatus['journal']['dropped'];
  readonly replays: RelayStatus['journal']['replays'];
  readonly replayed: RelayStatus['journal']['replayed'];
  readonly setAside?: RelayStatus['journal']['setAside'];
  /** Records without a usable id, by source. */
  readonly malformedRecords: Readonly<Record<string, number>>;
  /** Those that somebody dropped, by source. */
  readonly droppedMalformedRecords: Readonly<Record<string, number>>;
  /** By source, then feed. */
  readonly checkpoints: Readonly<
    Record<string, Readonly<Partial<Record<'organization' | 'tenant', CheckpointAccount>>>>
  >;
}

/** A feed’s progress; `done` is ascending, disjoint and never touching. */
export interface CheckpointAccount {
  readonly startSeconds: number;
  readonly done: readonly Span[];
  /** When the last complete scan of each lookback began, in seconds. */
  readonly passes: Readonly<Record<string, number>>;
  /** What was asked for by `backfill` and is not read yet. */
  readonly asked?: readonly Span[];
  readonly again?: readonly Span[];
}

/** Seconds since the epoch, `from` included, `to` not. */
export interface Span {
  readonly from: number;
  readonly to: number;
}
