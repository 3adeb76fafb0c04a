/** When the journal will be full, from how fast it has been filling. Pure: the clock comes in. */

const LEVELS = [50, 80, 95] as const;

export interface Foretold {
  /** The level just reached, in percent of the bound. */
  readonly percent: 50 | 80 | 95;
  /** Milliseconds since the epoch. */
  readonly fullAtMs: number;
}

export class Forecast {
  readonly #maxBytes: number;
  #since: { readonly atMs: number; readonly bytes: number } | undefined;
  #told = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes note of the pinned bytes; gives each level once until they have fallen below it again. */
  observe(bytes: number, nowMs: number): Foretold | undefined {
    if (this.#since === undefined || bytes < this.#since.bytes) this.#since = { atMs: nowMs, bytes };
    const reached = LEVELS.findLast((percent) => bytes * 100 >= percent * this.#maxBytes);
    const before = this.#told;
    this.#told = reached ?? 0;
    if (reached === undefined || reached <= before) return undefined;
    return { percent: reached, fullAtMs: nowMs + (this.#maxBytes - bytes) / this.#rate(bytes, nowMs) };
  }

  /** Bytes a millisecond since the journal began to fill. */
  #rate(bytes: number, nowMs: number): number {
    const since = this.#since;
    if (since === undefined) return 1;
    return Math.max(1, bytes - since.bytes) / Math.max(1, nowMs - since.atMs);
  }
}
