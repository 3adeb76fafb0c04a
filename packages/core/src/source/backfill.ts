/**
 * Backfill: what lies unread between the feed's start and live polling, after a first start with a
 * past or after a pause. One window after another, oldest first.
 */
import { checkpointOf, type FeedParts, PieceReader } from './feed-parts.ts';
import { gapsOf } from './progress.ts';

const SAME_GAP_WAIT_MS = 60_000;

export class Backfill {
  readonly #parts: FeedParts;
  readonly #pieces: PieceReader;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#pieces = new PieceReader(parts, 'backfill');
  }

  /** One window of the oldest gap; waits for progress elsewhere when there is no gap. */
  async once(signal: AbortSignal): Promise<void> {
    const { progress, runtime } = this.#parts;
    const gap = gapsOf(checkpointOf(this.#parts))[0];
    if (gap === undefined) return progress.wait(signal);
    const read = await this.#pieces.read(gap, signal);
    // Only a server whose clock went back leaves a gap as it was though it has been read.
    const isSame = read !== undefined && gapsOf(checkpointOf(this.#parts))[0]?.from === gap.from;
    if (isSame) await runtime.sleep(SAME_GAP_WAIT_MS, signal);
  }
}
