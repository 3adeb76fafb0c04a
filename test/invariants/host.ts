/**
 * The host of a scenario: a wall clock that is set now and then, a monotonic clock, and sleep. While the host
 * sleeps nothing of it goes on; whether its second clock counts that time depends on the system.
 */
import type { VirtualTime } from './virtual-time.ts';

/** A stretch in which the host sleeps, as a laptop whose lid is shut. Seconds since the epoch. */
export interface Nap {
  readonly fromS: number;
  readonly toS: number;
  /** The monotonic clock goes on meanwhile, as it does on some systems. */
  readonly isCounted: boolean;
}

/** From when on the wall clock is off by how much; seconds since the epoch. */
export interface ClockSet {
  readonly atS: number;
  readonly offsetMs: number;
}

export class Host {
  /** When the wall clock was set, in milliseconds of virtual time. */
  readonly sets: number[] = [];
  readonly #time: VirtualTime;
  readonly #naps: readonly Nap[];
  #offsetMs = 0;

  /** @param naps in order of time; none overlaps another. */
  constructor(time: VirtualTime, naps: readonly Nap[]) {
    this.#time = time;
    this.#naps = naps;
  }

  /** Sets the wall clock. */
  set(offsetMs: number): void {
    this.#offsetMs = offsetMs;
    this.sets.push(this.#time.nowMs);
  }

  /** By the wall clock: milliseconds since the epoch as this host believes. */
  get wallMs(): number {
    return Math.floor(this.#time.nowMs + this.#offsetMs);
  }

  /** By the monotonic clock, in milliseconds. */
  get elapsedMs(): number {
    const { nowMs } = this.#time;
    const uncounted = this.#naps.filter(({ isCounted }) => !isCounted);
    return uncounted.reduce((ms, nap) => ms - Math.max(0, Math.min(nowMs, nap.toS * 1000) - nap.fromS * 1000), nowMs);
  }

  /** Resolves after `ms` by that clock, and never while the host sleeps. @throws the signal's reason when it fires first. */
  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return this.#time.sleep(this.#wakesAtMs(Math.max(0, ms)) - this.#time.nowMs, signal);
  }

  /** Whether the host has slept at any time since `sinceMs`. */
  hasSlept(sinceMs: number): boolean {
    return this.#naps.some(({ fromS, toS }) => fromS * 1000 < this.#time.nowMs && toS * 1000 > sinceMs);
  }

  #wakesAtMs(ms: number): number {
    let atMs = this.#time.nowMs;
    let leftMs = ms;
    for (const { fromS, toS, isCounted } of this.#naps) {
      const [fromMs, toMs] = [fromS * 1000, toS * 1000];
      if (toMs <= atMs) continue;
      if (fromMs > atMs + leftMs) break;
      leftMs -= Math.max(0, fromMs - atMs);
      if (isCounted) leftMs = Math.max(0, leftMs - (toMs - Math.max(fromMs, atMs)));
      atMs = toMs;
    }
    return atMs + leftMs;
  }
}
