/** Cuts long spans into windows for backfill and lookback scans, each as long as the density of those before advises. */
import type { Dialect } from '../../entry.ts';
import type { Span } from '../../journal/checkpoint.ts';
import { fullWindowSeconds, nextWindowSeconds } from '../coverage/spans.ts';
import type { ReadResult } from '../window/window-reader.ts';

/** Before anything is known about the density. */
const FIRST_PIECE_SECONDS = 3600;

export class Pieces {
  readonly #dialect: Dialect;
  #seconds: number = FIRST_PIECE_SECONDS;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** The oldest piece of `span`, as it would be read now. */
  of({ from, to }: Span): Span {
    // The older dialect cannot be asked for a time: each piece would be a walk through all that is newer.
    if (this.#dialect === 'organization_logs') return { from, to };
    return { from, to: Math.min(to, from + this.#seconds) };
  }

  /**
   * Learns from how reading a piece has ended. One that the end of its span has cut short says only how dense it was: were
   * the next ones as short, a scan after the last second of another would cost ten requests where one is enough.
   */
  learn({ from, to }: Span, result: ReadResult): void {
    // The next try is a cheap one: the fewer seconds, the fewer halves.
    if (result.kind === 'stuck' && result.isWhole !== true) this.#seconds = 1;
    if (result.kind !== 'read') return;
    const { events, walks } = result;
    const next = nextWindowSeconds((to - from) / walks, events / walks);
    const isCutShort = to - from < this.#seconds && walks === 1;
    this.#seconds = isCutShort ? Math.max(next, Math.min(this.#seconds, fullWindowSeconds(to - from, events))) : next;
  }
}
