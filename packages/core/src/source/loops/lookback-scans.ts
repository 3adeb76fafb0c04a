/**
 * The lookback scans, which find what became visible late. Their windows are ordinary
 * ones at a fifth of the budget. A scan that is interrupted begins anew: its checkpoint is its end.
 */
import type { Checkpoint, Lookback, Span } from '../../journal/checkpoint.ts';
import {
  type BegunScan,
  beginScan,
  type LookbackScan,
  type LookbackWidths,
  PERIOD_SECONDS,
  scanDueAt,
  scanRead,
  scanRound,
} from '../coverage/lookback.ts';
import { secondsOf } from '../coverage/spans.ts';
import { scanDone } from '../coverage/transitions.ts';
import type { ReadResult } from '../window/window-reader.ts';
import { type Loop, type LoopParts, readOrWait } from './loop.ts';
import { Pieces } from './pieces.ts';

const REST_MS = 60_000;
const LOOKBACKS: readonly Lookback[] = ['overlap', 'sweep'];

/** From a moment on, as two clocks have it, the next scan of a lookback is put off for so long. */
interface Due {
  readonly elapsedMs: number;
  readonly seconds: number;
  readonly afterSeconds: number;
}

export interface ScanParts extends LoopParts {
  readonly widths: LookbackWidths;
}

export class LookbackScans implements Loop {
  readonly #parts: ScanParts;
  readonly #pieces: Pieces;
  readonly #underWay = new Map<Lookback, BegunScan>();
  readonly #saidSlow = new Set<Lookback>();
  readonly #due = new Map<Lookback, Due>();
  #last: Lookback | undefined;

  constructor(parts: ScanParts) {
    this.#parts = parts;
    this.#pieces = new Pieces(parts.provenance.dialect);
  }

  /** One window of a scan that is under way or due; waits until one is due. */
  async once(signal: AbortSignal): Promise<void> {
    const { runtime, clock } = this.#parts;
    const scan = this.#current();
    if (scan === undefined)
      return runtime.sleep(Math.min(...LOOKBACKS.map((lookback) => this.#dueInMs(lookback))), signal);
    this.#last = scan.lookback;
    const window = this.#pieces.of(scan.left);
    const askedSeconds = clock.knownSeconds();
    const due = {
      elapsedMs: runtime.elapsedMs(),
      seconds: clock.seconds(),
      afterSeconds: PERIOD_SECONDS[scan.lookback],
    };
    const result = await readOrWait(this.#parts, { window, purpose: 'lookback' }, signal);
    this.#pieces.learn(window, result);
    const read = this.#after(scan, window, { result, askedSeconds });
    if (read === undefined) return this.#rest(result, signal);
    if (scan.beganSeconds === undefined) this.#due.set(read.lookback, due);
    this.#underWay.set(read.lookback, read);
    this.#noteSlow(read);
    if (secondsOf(read.left) === 0) await this.#complete(read, signal);
  }

  /** More seconds are unread than a scan goes round, and none of them is asked for now: a while later some are. */
  #rest(result: ReadResult, signal: AbortSignal): Promise<void> {
    const isAtRest = result.kind === 'stuck' && result.waitMs === 0;
    return this.#parts.runtime.sleep(isAtRest ? REST_MS : 0, signal);
  }

  /** The scan as it stands after this window. Undefined: as before. */
  #after(
    scan: LookbackScan,
    window: Span,
    { result, askedSeconds }: { result: ReadResult; askedSeconds: number },
  ): BegunScan | undefined {
    if (result.kind === 'read') return scanRead(scan, { window, serverSeconds: result.serverSeconds });
    if (result.kind !== 'stuck' || result.unread === undefined) return undefined;
    // The clock follows the server's and is cut to seconds; one second more makes sure that it is not ahead.
    return scanRound(scan, { window, serverSeconds: askedSeconds - 1 }, result.unread);
  }

  /** In turns when there are two: a scan that takes longer than its period is due again at its end. */
  #current(): LookbackScan | undefined {
    const scans = LOOKBACKS.map((lookback) => this.#scanOf(lookback)).filter((scan) => scan !== undefined);
    return scans.find(({ lookback }) => lookback !== this.#last) ?? scans[0];
  }

  /** The scan of this lookback that is under way, or a new one when it is due. */
  #scanOf(lookback: Lookback): LookbackScan | undefined {
    const underWay = this.#underWay.get(lookback);
    if (underWay !== undefined) return underWay;
    if (this.#dueInMs(lookback) > 0) return undefined;
    const { clock, widths } = this.#parts;
    return beginScan(this.#parts.journal.known, lookback, { nowSeconds: clock.seconds(), widths });
  }

  /**
   * From one scan to the next it is a period by the monotonic clock, or by the server's, which knows of sleep;
   * never by when the last one is said to have begun: a `Date` may have been wrong.
   */
  #dueInMs(lookback: Lookback): number {
    const { clock, runtime } = this.#parts;
    const now = { elapsedMs: runtime.elapsedMs(), seconds: clock.seconds() };
    const due = this.#due.get(lookback) ?? { ...now, afterSeconds: this.#firstAfterSeconds(lookback) };
    this.#due.set(lookback, due);
    const passedMs = Math.max(now.elapsedMs - due.elapsedMs, (now.seconds - due.seconds) * 1000);
    return Math.max(0, due.afterSeconds * 1000 - passedMs);
  }

  /** How long the first scan of this process is put off. */
  #firstAfterSeconds(lookback: Lookback): number {
    const dueInSeconds = scanDueAt(this.#parts.journal.known, lookback) - this.#parts.clock.seconds();
    return Math.min(Math.max(0, dueInSeconds), PERIOD_SECONDS[lookback]);
  }

  /** Warns once a lookback: what is read late is found late, though nothing is lost by it. */
  #noteSlow({ lookback }: BegunScan): void {
    const { runtime, provenance } = this.#parts;
    const { source, feed } = provenance;
    const nowMs = runtime.elapsedMs();
    const seconds = Math.round((nowMs - (this.#due.get(lookback)?.elapsedMs ?? nowMs)) / 1000);
    if (seconds <= PERIOD_SECONDS[lookback] || this.#saidSlow.has(lookback)) return;
    this.#saidSlow.add(lookback);
    const problem = `reading ${lookback} again takes longer than its period: if this was no outage, raise requests_per_second`;
    runtime.log('warn', 'SCAN_SLOW', problem, { source, feed, lookback, seconds });
  }

  async #complete({ lookback, unread, ...scan }: BegunScan, signal: AbortSignal): Promise<void> {
    const { journal, reader, runtime, provenance, health, widths, clock } = this.#parts;
    // What was believed when it began may have proved to be wrong.
    const beganSeconds = Math.min(scan.beganSeconds, clock.seconds());
    // Whether it is committed or not: in both cases the next one begins anew.
    this.#underWay.delete(lookback);
    const others = [...this.#underWay.values()].map(({ left }) => left.from);
    const leaptFrom = (clock.leaptFrom ?? Number.POSITIVE_INFINITY) - widths.sweep;
    const inFlightFrom = Math.min(reader.inFlightFrom, leaptFrom, ...others);
    const advance = (current: Checkpoint): Checkpoint =>
      scanDone(current, { lookback, beganSeconds, unread, sweepSeconds: widths.sweep, inFlightFrom });
    const result = await journal.commit({ advance, entries: [] }, signal);
    if ('code' in result) return runtime.sleep(health.readFailed('lookback', result, { from: beganSeconds }), signal);
    const { source, feed } = provenance;
    const fields = { source, feed, lookback, began: beganSeconds };
    runtime.log('debug', 'SCAN_COMPLETE', 'a lookback scan is complete', fields);
  }
}
