/**
 * Until when a bulk whose answer was lost may still be at work in the cluster. It outlives a sink, which core closes and
 * opens anew after just such a loss, so it is kept by stream for as long as the process lives.
 */

/** By stream and cluster: milliseconds since the epoch. */
const untilByStream = new Map<string, number>();

export class LostBulks {
  readonly #key: string;
  readonly #bulkMs: number;
  readonly #now: () => number;

  /** @param key the stream and its cluster; @param bulkMs how long the server was told to work on a bulk */
  constructor(key: string, { bulkMs, now }: { readonly bulkMs: number; readonly now: () => number }) {
    this.#key = key;
    this.#bulkMs = bulkMs;
    this.#now = now;
  }

  /** A bulk was sent, and nobody knows what became of it. */
  note(): void {
    untilByStream.set(this.#key, this.#now() + this.#bulkMs);
  }

  /** How long such a bulk may still be at work, in milliseconds; 0 or less when there is none. */
  remainingMs(): number {
    const remaining = (untilByStream.get(this.#key) ?? 0) - this.#now();
    // A clock that was set back must not hold events for longer than a bulk can last.
    return Math.min(remaining, this.#bulkMs);
  }
}
