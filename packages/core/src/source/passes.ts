/**
 * The passes over the wide bands, which find what became visible late. Their windows are ordinary
 * ones at a fifth of the budget. A pass that is interrupted begins anew: its checkpoint is its end.
 */
import type { WideBand } from '../journal/checkpoint.ts';
import { beginPass, type Pass, passDueAt } from './bands.ts';
import { checkpointOf, type FeedParts, PieceReader } from './feed-parts.ts';
import { passDone } from './progress.ts';
import { secondsOf } from './windows.ts';

/** The short one first: a sweep of a busy organization can take longer than five minutes. */
const BANDS: readonly WideBand[] = ['overlap', 'sweep'];

export class Passes {
  readonly #parts: FeedParts;
  readonly #pieces: PieceReader;
  readonly #underWay = new Map<WideBand, Pass>();

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#pieces = new PieceReader(parts, 'wide');
  }

  /** One window of a pass that is under way or due; waits until one is due. */
  async once(signal: AbortSignal): Promise<void> {
    const { runtime } = this.#parts;
    const pass = this.#current();
    if (pass === undefined) return runtime.sleep(this.#dueInSeconds() * 1000, signal);
    const read = secondsOf(pass.left) === 0 ? pass.left : await this.#pieces.read(pass.left, signal);
    if (read === undefined) return;
    const left = { from: read.to, to: pass.left.to };
    this.#underWay.set(pass.band, { ...pass, left });
    if (secondsOf(left) === 0) await this.#complete(pass, signal);
  }

  #current(): Pass | undefined {
    const nowSeconds = this.#parts.clock.seconds();
    const checkpoint = checkpointOf(this.#parts);
    for (const band of BANDS) {
      const pass = this.#underWay.get(band);
      if (pass !== undefined) return pass;
      const isDue = nowSeconds >= passDueAt(checkpoint, band);
      if (isDue) return beginPass(checkpoint, band, { nowSeconds, reach: this.#parts.reach });
    }
    return undefined;
  }

  #dueInSeconds(): number {
    const checkpoint = checkpointOf(this.#parts);
    const due = Math.min(...BANDS.map((band) => passDueAt(checkpoint, band)));
    return Math.max(1, due - this.#parts.clock.seconds());
  }

  async #complete({ band, beganSeconds }: Pass, signal: AbortSignal): Promise<void> {
    const { journal, reader, runtime, source, feed, health, reach } = this.#parts;
    const done = { band, beganSeconds, sweepSeconds: reach.sweep, inFlightFrom: reader.inFlightFrom };
    const result = await journal.commit({ advance: (current) => passDone(current, done), entries: [] }, signal);
    if ('code' in result) return runtime.sleep(health.snagged('wide', result), signal);
    this.#underWay.delete(band);
    const fields = { source, feed, band, began: beganSeconds };
    runtime.log('debug', 'PASS_COMPLETE', 'a pass over a wide band is complete', fields);
  }
}
