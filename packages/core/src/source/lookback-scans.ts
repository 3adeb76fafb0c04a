/**
 * The passes over the wide bands, which find what became visible late. Their windows are ordinary
 * ones at a fifth of the budget. A pass that is interrupted begins anew: its checkpoint is its end.
 */
import type { Checkpoint, Span, WideBand } from '../journal/checkpoint.ts';
import {
  type BegunScan,
  beginScan,
  type LookbackScan,
  PERIOD_SECONDS,
  scanDueAt,
  scanRead,
  scanRound,
} from './coverage/lookback.ts';
import { secondsOf } from './coverage/spans.ts';
import { scanDone } from './coverage/transitions.ts';
import { checkpointOf, type FeedParts, Pieces, readOrWait } from './feed-parts.ts';
import type { ReadResult } from './window/window-reader.ts';

const REST_MS = 60_000;
const BANDS: readonly WideBand[] = ['overlap', 'sweep'];

/** From a moment on, as two clocks have it, the next pass of a band is put off for so long. */
interface Due {
  readonly elapsedMs: number;
  readonly seconds: number;
  readonly afterSeconds: number;
}

export class LookbackScans {
  readonly #parts: FeedParts;
  readonly #pieces: Pieces;
  readonly #underWay = new Map<WideBand, BegunScan>();
  readonly #saidSlow = new Set<WideBand>();
  readonly #due = new Map<WideBand, Due>();
  #last: WideBand | undefined;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#pieces = new Pieces(parts.config.dialect);
  }

  /** One window of a pass that is under way or due; waits until one is due. */
  async once(signal: AbortSignal): Promise<void> {
    const { runtime, clock } = this.#parts;
    const pass = this.#current();
    if (pass === undefined) return runtime.sleep(Math.min(...BANDS.map((band) => this.#dueInMs(band))), signal);
    this.#last = pass.band;
    const window = this.#pieces.of(pass.left);
    const askedSeconds = clock.knownSeconds();
    const due = { elapsedMs: runtime.elapsedMs(), seconds: clock.seconds(), afterSeconds: PERIOD_SECONDS[pass.band] };
    const result = await readOrWait(this.#parts, { window, purpose: 'wide' }, signal);
    this.#pieces.learn(window, result);
    const read = this.#after(pass, window, { result, askedSeconds });
    if (read === undefined) return this.#rest(result, signal);
    if (pass.beganSeconds === undefined) this.#due.set(read.band, due);
    this.#underWay.set(read.band, read);
    this.#noteSlow(read);
    if (secondsOf(read.left) === 0) await this.#complete(read, signal);
  }

  /** More seconds are unread than a pass goes round, and none of them is asked for now: a while later some are. */
  #rest(result: ReadResult, signal: AbortSignal): Promise<void> {
    const isAtRest = result.kind === 'stuck' && result.waitMs === 0;
    return this.#parts.runtime.sleep(isAtRest ? REST_MS : 0, signal);
  }

  /** The pass as it stands after this window. Undefined: as before. */
  #after(
    pass: LookbackScan,
    window: Span,
    { result, askedSeconds }: { result: ReadResult; askedSeconds: number },
  ): BegunScan | undefined {
    if (result.kind === 'read') return scanRead(pass, { window, serverSeconds: result.serverSeconds });
    if (result.kind !== 'stuck' || result.unread === undefined) return undefined;
    // The clock follows the server's and is cut to seconds; one second more makes sure that it is not ahead.
    return scanRound(pass, { window, serverSeconds: askedSeconds - 1 }, result.unread);
  }

  /** In turns when there are two: a pass that takes longer than its period is due again at its end. */
  #current(): LookbackScan | undefined {
    const passes = BANDS.map((band) => this.#passOf(band)).filter((pass) => pass !== undefined);
    return passes.find(({ band }) => band !== this.#last) ?? passes[0];
  }

  /** The pass over this band that is under way, or a new one when it is due. */
  #passOf(band: WideBand): LookbackScan | undefined {
    const underWay = this.#underWay.get(band);
    if (underWay !== undefined) return underWay;
    if (this.#dueInMs(band) > 0) return undefined;
    const { clock, widths } = this.#parts;
    return beginScan(checkpointOf(this.#parts), band, { nowSeconds: clock.seconds(), widths });
  }

  /**
   * From one pass to the next it is a period by the monotonic clock, or by the server's, which knows of sleep;
   * never by when the last one is said to have begun: a `Date` may have been wrong.
   */
  #dueInMs(band: WideBand): number {
    const { clock, runtime } = this.#parts;
    const now = { elapsedMs: runtime.elapsedMs(), seconds: clock.seconds() };
    const due = this.#due.get(band) ?? { ...now, afterSeconds: this.#firstAfterSeconds(band) };
    this.#due.set(band, due);
    const passedMs = Math.max(now.elapsedMs - due.elapsedMs, (now.seconds - due.seconds) * 1000);
    return Math.max(0, due.afterSeconds * 1000 - passedMs);
  }

  /** How long the first pass of this process is put off. */
  #firstAfterSeconds(band: WideBand): number {
    const dueInSeconds = scanDueAt(checkpointOf(this.#parts), band) - this.#parts.clock.seconds();
    return Math.min(Math.max(0, dueInSeconds), PERIOD_SECONDS[band]);
  }

  /** Warns once a band: what is read late is found late, though nothing is lost by it. */
  #noteSlow({ band }: BegunScan): void {
    const { runtime, source, feed } = this.#parts;
    const nowMs = runtime.elapsedMs();
    const seconds = Math.round((nowMs - (this.#due.get(band)?.elapsedMs ?? nowMs)) / 1000);
    if (seconds <= PERIOD_SECONDS[band] || this.#saidSlow.has(band)) return;
    this.#saidSlow.add(band);
    const problem = `reading ${band} again takes longer than its period: if this was no outage, raise requests_per_second`;
    runtime.log('warn', 'PASS_SLOW', problem, { source, feed, band, seconds });
  }

  async #complete({ band, unread, ...pass }: BegunScan, signal: AbortSignal): Promise<void> {
    const { journal, reader, runtime, source, feed, health, widths, clock } = this.#parts;
    // What was believed when it began may have proved to be wrong.
    const beganSeconds = Math.min(pass.beganSeconds, clock.seconds());
    // Whether it is committed or not: in both cases the next one begins anew.
    this.#underWay.delete(band);
    const others = [...this.#underWay.values()].map(({ left }) => left.from);
    const leaptFrom = (clock.leaptFrom ?? Number.POSITIVE_INFINITY) - widths.sweep;
    const inFlightFrom = Math.min(reader.inFlightFrom, leaptFrom, ...others);
    const advance = (current: Checkpoint): Checkpoint =>
      scanDone(current, { band, beganSeconds, unread, sweepSeconds: widths.sweep, inFlightFrom });
    const result = await journal.commit({ advance, entries: [] }, signal);
    if ('code' in result) return runtime.sleep(health.readFailed('wide', result, { from: beganSeconds }), signal);
    const fields = { source, feed, band, began: beganSeconds };
    runtime.log('debug', 'PASS_COMPLETE', 'a pass over a wide band is complete', fields);
  }
}
