/** What a lane counts for status and metrics, since the start of the process. */

import type { PartOutcome } from '../settle/outcome.ts';
import type { Delivered } from './deliveries.ts';
import { DeliveryTimes } from './delivery-time.ts';

export class Tally {
  acked = 0;
  deadLettered = 0;
  /** By `when`. */
  excluded = 0;
  /** By the sink's own rules. */
  readonly excludedByRule: Record<string, number> = {};
  filterErrors = 0;
  inFlightBatches = 0;
  sends = 0;
  /** Events sent with `replay: true`. */
  replayed = 0;
  lastAckMs: number | undefined;
  newestAckedEventMs: number | undefined;
  readonly failures: Record<string, number> = {};
  readonly counts: Record<string, number> = {};
  readonly delivery: DeliveryTimes;

  readonly #onAcked: ((items: readonly Delivered[]) => void) | undefined;

  /** @param startedMs when the process began, in milliseconds since the epoch. */
  constructor(startedMs: number, onAcked?: (items: readonly Delivered[]) => void) {
    this.#onAcked = onAcked;
    this.delivery = new DeliveryTimes(startedMs);
  }

  /** A sink's own count: `duplicate`, `degraded`. */
  count(code: string, n: number): void {
    if (!Number.isFinite(n)) return;
    this.counts[code] = (this.counts[code] ?? 0) + n;
  }

  answer({ kind, acked, excluded }: PartOutcome, nowMs: number): void {
    for (const { rule, items } of excluded) {
      this.excludedByRule[rule] = (this.excludedByRule[rule] ?? 0) + items.length;
    }
    if (kind !== 'acked' && kind !== 'excluded') this.failures[kind] = (this.failures[kind] ?? 0) + 1;
    if (acked.length === 0) return;
    this.acked += acked.length;
    this.#onAcked?.(acked);
    this.lastAckMs = nowMs;
    let newestMs = this.newestAckedEventMs ?? 0;
    for (const { entry, replay } of acked) {
      newestMs = Math.max(newestMs, entry.timeMs);
      this.delivery.acked({ timeMs: entry.timeMs, replay }, nowMs);
    }
    this.newestAckedEventMs = newestMs;
  }
}
