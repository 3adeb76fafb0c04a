/**
 * When an event that fails again and again is the fault itself, and not the peer's bad day. Only what the peer takes
 * meanwhile can tell the two apart: an event that is alone waits, however long.
 */

const POISON_FAILURES = 20;

/** What is remembered of one event that was sent alone and failed. */
export interface FailureRecord {
  /** Failures that count. */
  readonly count: number;
  /** When the first of them was, by a monotonic clock. */
  readonly firstMs: number;
  /** The lane's acked events as of the last failure. */
  readonly ackedThen: number;
}

export interface FailureNow {
  /** By a monotonic clock. */
  readonly elapsedMs: number;
  /** The lane's acked events so far. */
  readonly acked: number;
}

/**
 * One more failure. It counts only if the peer took another event since the one before. Until the first one has a
 * second, it is the latest: how long nothing was taken at all says nothing of the event.
 */
export function countFailure(known: FailureRecord | undefined, { elapsedMs, acked }: FailureNow): FailureRecord {
  const counts = known !== undefined && acked > known.ackedThen;
  if (known === undefined || (!counts && known.count === 1)) return { count: 1, firstMs: elapsedMs, ackedThen: acked };
  return { ...known, count: known.count + Number(counts), ackedThen: acked };
}

/** Both are needed: many failures, and for long. */
export function isPoison({ count, firstMs }: FailureRecord, elapsedMs: number, poisonAfterMs: number): boolean {
  return count >= POISON_FAILURES && elapsedMs - firstMs >= poisonAfterMs;
}
