/**
 * Backfill: what lies unread between the feed's start and live polling, after a first start with a
 * past or after a pause. One window after another, oldest first; one that cannot be read is gone
 * round, and comes again when all behind it has been tried.
 */
import type { Span } from '../journal/checkpoint.ts';
import { checkpointOf, type FeedParts, PieceReader } from './feed-parts.ts';
import { gapsOf } from './progress.ts';

const SAME_GAP_WAIT_MS = 60_000;

export class Backfill {
  readonly #parts: FeedParts;
  readonly #pieces: PieceReader;
  /** Where this round has come to. */
  #from = Number.NEGATIVE_INFINITY;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#pieces = new PieceReader(parts, 'backfill');
  }

  /** One window of the oldest gap of this round; waits for progress elsewhere when there is no gap. */
  async once(signal: AbortSignal): Promise<void> {
    const { runtime } = this.#parts;
    const gap = this.#next();
    if (gap === undefined) return this.#rest(signal);
    this.#from = this.#pieces.pieceOf(gap).to;
    const piece = await this.#pieces.read(gap, signal);
    // Only a server whose clock went back leaves a gap as it was though it has been read.
    const isSame = piece !== undefined && this.#gaps().some(({ from, to }) => from <= gap.from && gap.from < to);
    if (isSame) await runtime.sleep(SAME_GAP_WAIT_MS, signal);
  }

  /** What could not be read here, another loop has read in the meantime. */
  #rest(signal: AbortSignal): Promise<void> {
    this.#parts.health.unsnagged('backfill');
    return this.#parts.progress.wait(signal);
  }

  #next(): Span | undefined {
    const gaps = this.#gaps();
    const next = gaps.find(({ to }) => to > this.#from);
    if (next === undefined) return gaps[0];
    return { from: Math.max(next.from, this.#from), to: next.to };
  }

  #gaps(): readonly Span[] {
    return gapsOf(checkpointOf(this.#parts));
  }
}
