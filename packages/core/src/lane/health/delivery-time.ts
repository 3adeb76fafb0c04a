/**
 * How long events take from their own time to the peer's ack: one distribution for each phase, so that a backfill or a
 * replay, whose events are old by nature, hides nothing of how live ones fare. For status and metrics alone.
 */

/** In seconds, from what a short `poll_interval` can reach up to a week. What is above the last is counted under none. */
const BOUNDS: readonly number[] = [1, 5, 15, 30, 60, 120, 300, 900, 3600, 14_400, 43_200, 86_400, 259_200, 604_800];

/**
 * `live`: it happened since this process began. `backfill`: before that, so how long it took says nothing of the lane.
 * `replay`: it may have been sent before, by an earlier process or on request.
 */
export type DeliveryPhase = 'live' | 'backfill' | 'replay';

/** Seconds from the event's time to the ack by this host's clock, never below 0; buckets as Prometheus has them. */
export interface DeliveryTime {
  readonly count: number;
  readonly sumSeconds: number;
  /** How many took up to so many seconds, each bucket holding those before. */
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[];
}

/** Each event is counted once, when it is acked, whatever it took. */
export class DeliveryTimes {
  readonly #startedMs: number;
  readonly #phases = { live: new Counts(), backfill: new Counts(), replay: new Counts() };

  /** @param startedMs when the process began, in milliseconds since the epoch. */
  constructor(startedMs: number) {
    this.#startedMs = startedMs;
  }

  acked({ timeMs, replay }: { readonly timeMs: number; readonly replay: boolean }, nowMs: number): void {
    const phase = replay ? 'replay' : timeMs < this.#startedMs ? 'backfill' : 'live';
    this.#phases[phase].add(Math.max(0, nowMs - timeMs) / 1_000);
  }

  status(): Readonly<Record<DeliveryPhase, DeliveryTime>> {
    const { live, backfill, replay } = this.#phases;
    return { live: live.status(), backfill: backfill.status(), replay: replay.status() };
  }
}

/** One array of numbers, so that an event costs a few comparisons and no memory. */
class Counts {
  readonly #within = BOUNDS.map(() => 0);
  #count = 0;
  #sumSeconds = 0;

  add(seconds: number): void {
    this.#count += 1;
    this.#sumSeconds += seconds;
    const at = BOUNDS.findIndex((bound) => seconds <= bound);
    if (at >= 0) this.#within[at] = (this.#within[at] ?? 0) + 1;
  }

  status(): DeliveryTime {
    let below = 0;
    const buckets = BOUNDS.map((upTo, at) => {
      below += this.#within[at] ?? 0;
      return { upTo, count: below };
    });
    return { count: this.#count, sumSeconds: this.#sumSeconds, buckets };
  }
}
