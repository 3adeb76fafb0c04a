/** When an event that fails again and again is the fault itself, and not the peer's bad day. */

const POISON_FAILURES = 20;

/** What is remembered of one event that was sent alone and failed. */
export interface FailureRecord {
  /** Failures that count. */
  readonly count: number;
  readonly firstMs: number;
  /** The lane's acked events as of the last failure. */
  readonly ackedThen: number;
}

export interface FailureNow {
  readonly nowMs: number;
  /** The lane's acked events so far. */
  readonly acked: number;
  /** The lane holds nothing else, so that no other event could show the peer to be well. */
  readonly alone: boolean;
}

/** One more failure. It counts only if the peer took something else since the last one, or could not have. */
export function countFailure(known: FailureRecord | undefined, { nowMs, acked, alone }: FailureNow): FailureRecord {
  if (known === undefined) return { count: 1, firstMs: nowMs, ackedThen: acked };
  const counts = alone || acked > known.ackedThen;
  return { count: known.count + Number(counts), firstMs: known.firstMs, ackedThen: acked };
}

/** Both are needed: many failures, and for long. */
export function isPoison({ count, firstMs }: FailureRecord, nowMs: number, poisonAfterMs: number): boolean {
  return count >= POISON_FAILURES && nowMs - firstMs >= poisonAfterMs;
}
