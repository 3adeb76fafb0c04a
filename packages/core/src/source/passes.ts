/**
 * The passes over the wide bands, which find what became visible late. Their windows are ordinary
 * ones at a fifth of the budget. A pass that is interrupted begins anew: its checkpoint is its end.
 */
import type { Checkpoint, Span, WideBand } from '../journal/checkpoint.ts';
import { type BegunPass, beginPass, type Pass, PERIOD_SECONDS, passDueAt, passRead, passRound } from './bands.ts';
import { checkpointOf, type FeedParts, Pieces, readOrWait } from './feed-parts.ts';
import { passDone } from './progress.ts';
import type { ReadResult } from './reader.ts';
import { secondsOf } from './windows.ts';

const BANDS: readonly WideBand[] = ['overlap', 'sweep'];

export class Passes {
  readonly #parts: FeedParts;
  readonly #pieces: Pieces;
  readonly #underWay = new Map<WideBand, BegunPass>();
  readonly #saidSlow = new Set<WideBand>();
  #last: WideBand | undefined;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#pieces = new Pieces(parts.config.dialect);
  }

  /** One window of a pass that is under way or due; waits until one is due. */
  async once(signal: AbortSignal): Promise<void> {
    const { runtime, clock } = this.#parts;
    const pass = this.#current();
    if (pass === undefined) return runtime.sleep(this.#dueInSeconds() * 1000, signal);
    this.#last = pass.band;
    const window = this.#pieces.of(pass.left);
    const askedSeconds = clock.seconds();
    const result = await readOrWait(this.#parts, { window, purpose: 'wide' }, signal);
    this.#pieces.learn(window, result);
    const read = this.#after(pass, window, { result, askedSeconds });
    if (read === undefined) return;
    this.#underWay.set(read.band, read);
    this.#noteSlow(read);
    if (secondsOf(read.left) === 0) await this.#complete(read, signal);
  }

  /** The pass as it stands after this window. Undefined: as before. */
  #after(
    pass: Pass,
    window: Span,
    { result, askedSeconds }: { result: ReadResult; askedSeconds: number },
  ): BegunPass | undefined {
    if (result.kind === 'read') return passRead(pass, { window, serverSeconds: result.serverSeconds });
    if (result.kind !== 'stuck' || result.second === undefined) return undefined;
    // The clock follows the server's and is cut to seconds; one second more makes sure that it is not ahead.
    return passRound(pass, { window, serverSeconds: askedSeconds - 1 }, result.second);
  }

  /** In turns when there are two: a pass that takes longer than its period is due again at its end. */
  #current(): Pass | undefined {
    const passes = BANDS.map((band) => this.#passOf(band)).filter((pass) => pass !== undefined);
    return passes.find(({ band }) => band !== this.#last) ?? passes[0];
  }

  /** The pass over this band that is under way, or a new one when it is due. */
  #passOf(band: WideBand): Pass | undefined {
    const underWay = this.#underWay.get(band);
    if (underWay !== undefined) return underWay;
    const nowSeconds = this.#parts.clock.seconds();
    const checkpoint = checkpointOf(this.#parts);
    if (nowSeconds < passDueAt(checkpoint, band)) return undefined;
    return beginPass(checkpoint, band, { nowSeconds, widths: this.#parts.widths });
  }

  #dueInSeconds(): number {
    const checkpoint = checkpointOf(this.#parts);
    const due = Math.min(...BANDS.map((band) => passDueAt(checkpoint, band)));
    // Not for long: by a clock that is set meanwhile it may be due earlier.
    return Math.min(Math.max(1, due - this.#parts.clock.seconds()), PERIOD_SECONDS.overlap);
  }

  /** Warns once a band: what is read late is found late, though nothing is lost by it. */
  #noteSlow({ band, beganSeconds }: BegunPass): void {
    const { clock, runtime, source, feed } = this.#parts;
    const seconds = clock.seconds() - beganSeconds;
    if (seconds <= PERIOD_SECONDS[band] || this.#saidSlow.has(band)) return;
    this.#saidSlow.add(band);
    const problem = `reading ${band} again takes longer than its period: if this was no outage, raise requests_per_second`;
    runtime.log('warn', 'PASS_SLOW', problem, { source, feed, band, seconds });
  }

  async #complete({ band, beganSeconds, unread }: BegunPass, signal: AbortSignal): Promise<void> {
    const { journal, reader, runtime, source, feed, health, widths } = this.#parts;
    // Whether it is committed or not: in both cases the next one begins anew.
    this.#underWay.delete(band);
    const advance = (current: Checkpoint): Checkpoint =>
      passDone(current, { band, beganSeconds, unread, sweepSeconds: widths.sweep, inFlightFrom: reader.inFlightFrom });
    const result = await journal.commit({ advance, entries: [] }, signal);
    if ('code' in result) return runtime.sleep(health.snagged('wide', result, { from: beganSeconds }), signal);
    const fields = { source, feed, band, began: beganSeconds };
    runtime.log('debug', 'PASS_COMPLETE', 'a pass over a wide band is complete', fields);
  }
}
