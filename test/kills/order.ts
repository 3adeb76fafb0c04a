/** What the test tells its child. */
export interface ChildOrder {
  readonly folder: string;
  readonly url: string;
  readonly apiKey: string;
  /** `backfill_start_time`. */
  readonly start: string;
  /** The debug code at which to die, and which time it is seen, from 1. */
  readonly killAt?: { readonly step: string; readonly occurrence: number };
  /** Or after so many milliseconds. */
  readonly killAfterMs?: number;
}
