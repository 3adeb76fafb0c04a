/**
 * The checkpoint: a feed's durable progress. Lives with the journal because both are one commit;
 * only `source/` decides what stands in it. All bounds are whole seconds, as `effective_at` is.
 */

/** Seconds since the epoch, `from` included, `to` not. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Checkpoint {
  readonly version: 1;
  /** Nothing that happened before it is asked for. Once it is not provisional it moves backward at most. */
  readonly startSeconds: number;
  /** True until a `Date` of the server has replaced this host's clock, once. */
  readonly startProvisional: boolean;
  /** How the start came about, kept until server time is certain: by it the start may still move backward. */
  readonly waiting?: Waiting;
  /** The server's clock beside this host's, as of the last commit: by it the next process judges a first `Date`. */
  readonly clock?: ClockPair;
  /** Windows that are journaled: ascending, disjoint, never touching. */
  readonly done: readonly Span[];
  /**
   * When the last complete scan of each lookback began, by server time; for the first scans, when
   * the feed was first answered. Absent: it never was. The name is that of the stored form.
   */
  readonly passes: Readonly<Partial<Record<Lookback, number>>>;
  /**
   * No window that begins before this will be read again, so the journal may forget the ids of
   * earlier hours once both feeds of the source say so. Absent: every id is needed.
   */
  readonly idsNeededFrom?: number;
  /**
   * Of which a part is journaled: seconds too large for memory, and what lay after the newest done window of a feed that
   * was left out. Their ids are kept until all of each is.
   */
  readonly halfRead?: readonly Span[];
  /** Asked for beside what is read anyway: times before the start, not read yet. Ascending, disjoint. */
  readonly asked?: readonly Span[];
  /** Asked for once more: times that are done and whose events are wanted again. Ascending, disjoint. */
  readonly again?: readonly Span[];
  /** Known events from which unread times can be reached without all that is older; of the older dialect alone. */
  readonly anchors?: readonly Anchor[];
  /** Set once the feed has ever shown an event: until then audit logging may simply be off. */
  readonly sawEvent?: true;
}

/** A start that is not yet certain, in whole seconds by this host's clock. */
export interface Waiting {
  /** What the clock said at the first start. */
  readonly sinceSeconds: number;
  /** What it said when this was last written. */
  readonly atSeconds: number;
  /** How long ago the first start was by then, at most. */
  readonly waitedSeconds: number;
  /** So long before the first start the feed is to begin. */
  readonly agoSeconds: number;
  /** A process has ended since the first start: how long none ran is known by this host's clock alone. */
  readonly restarted?: true;
  /** For how long none ran, as far as that clock tells, in seconds. */
  readonly downSeconds?: number;
  /** That clock went back while none ran. */
  readonly setBack?: true;
}

/** Two clocks at one moment, in whole seconds since the epoch. */
export interface ClockPair {
  readonly serverSeconds: number;
  readonly hostSeconds: number;
  /** Server time before it leapt ahead by the word of its `Date` alone, less than a day ago. */
  readonly leaptFrom?: number;
}

/** An event as a place in the log. */
export interface Anchor {
  readonly id: string;
  /** When it happened, in seconds since the epoch. */
  readonly second: number;
}

/** The lookbacks that read again what is done, against events that become visible late. */
export type Lookback = 'overlap' | 'sweep';

/** From which second on the ids are needed; minus infinity while all of them are. */
export function idsNeededFrom({ idsNeededFrom: needed, halfRead = [] }: Checkpoint): number {
  return Math.min(needed ?? Number.NEGATIVE_INFINITY, ...halfRead.map(({ from }) => from));
}

/** With `added` among what is half read; ascending and never touching. */
export function withHalfRead(checkpoint: Checkpoint, added: Span): Checkpoint {
  const spans = [...(checkpoint.halfRead ?? []), added].toSorted((a, b) => a.from - b.from);
  const halfRead: Span[] = [];
  for (const { from, to } of spans) {
    const before = halfRead.at(-1);
    if (before === undefined || before.to < from) halfRead.push({ from, to });
    else halfRead[halfRead.length - 1] = { from: before.from, to: Math.max(before.to, to) };
  }
  return { ...checkpoint, halfRead };
}
