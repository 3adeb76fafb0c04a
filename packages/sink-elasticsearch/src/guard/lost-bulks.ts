/**
 * Until when a bulk whose answer was lost may still be at work in the cluster. It outlives a sink, which core closes and
 * opens anew after just such a loss, so it is kept by stream for as long as the process lives.
 */
import type { SinkContext } from '@audit-relay/sink';

/** By stream and cluster: milliseconds by `elapsedMs`. */
const untilByStream = new Map<string, number>();

/** How one stream's bulks are watched. */
export interface LostBulksOptions {
  /** How long the server was told to work on a bulk, in milliseconds. */
  readonly bulkMs: number;
  readonly context: Pick<SinkContext, 'elapsedMs'>;
}

export class LostBulks {
  readonly #key: string;
  readonly #options: LostBulksOptions;

  /** @param key the stream and its cluster */
  constructor(key: string, options: LostBulksOptions) {
    this.#key = key;
    this.#options = options;
  }

  /** A bulk was sent, and nobody knows what became of it. */
  note(): void {
    const { bulkMs, context } = this.#options;
    untilByStream.set(this.#key, context.elapsedMs() + bulkMs);
  }

  /** How long such a bulk may still be at work, in milliseconds; 0 or less when there is none. */
  remainingMs(): number {
    const untilMs = untilByStream.get(this.#key) ?? Number.NEGATIVE_INFINITY;
    return untilMs - this.#options.context.elapsedMs();
  }
}
