/** Live polling: the near lookback, again and again. It waits for nothing but its interval and the API. */

import { type LookbackWidths, nearWindow } from '../coverage/lookback.ts';
import type { ReadResult } from '../window/window-reader.ts';
import { abortable } from './abort.ts';
import { type Loop, type LoopParts, readOrWait } from './loop.ts';

/** A clock that goes on by itself is off by less. */
const JUMP_MS = 60_000;

export interface LiveParts extends LoopParts {
  readonly pollIntervalMs: number;
  readonly widths: LookbackWidths;
  /** A poll has read its window, which held so many events. */
  onPoll(events: number): void;
}

export class Live implements Loop {
  readonly #parts: LiveParts;
  #begun = 0;
  #lastRead = 0;
  /** What lies before has pages that are too large or too slow, in seconds of server time: they are backfill's. */
  #notBefore = Number.NEGATIVE_INFINITY;
  /** No pause before this poll: somebody waits for it. */
  #wanted = 0;
  #endPause: (() => void) | undefined;

  constructor(parts: LiveParts) {
    this.#parts = parts;
  }

  /** One poll, and the pause after it. */
  async once(signal: AbortSignal): Promise<void> {
    const { pollIntervalMs, runtime, clock, onPoll, progress } = this.#parts;
    const beganMs = runtime.elapsedMs();
    this.#begun += 1;
    const poll = this.#begun;
    const aheadMs = clock.seconds() * 1000 - beganMs;
    let events = 0;
    // Its answers may be the first that are doubted, or end a doubt.
    for (let index = 0; index < clock.polls().length; index += 1) {
      const reading = await this.#read(index, signal);
      const isRead = reading.kind === 'read' || (reading.kind === 'stuck' && reading.unread !== undefined);
      if (!isRead) return;
      events += reading.kind === 'read' ? reading.events : 0;
    }
    // It was about another time than the one it turned out to be.
    if (Math.abs(clock.seconds() * 1000 - runtime.elapsedMs() - aheadMs) > JUMP_MS) return;
    this.#lastRead = poll;
    onPoll(events);
    progress.notify();
    await this.#pause(beganMs + pollIntervalMs - runtime.elapsedMs(), signal);
  }

  async #read(index: number, signal: AbortSignal): Promise<ReadResult> {
    const { clock, journal, widths } = this.#parts;
    const nowSeconds = clock.seconds();
    const around = clock.polls()[index] ?? { nowSeconds, untilSeconds: nowSeconds };
    const { from: nearest, to } = nearWindow(journal.known, around, widths);
    const from = this.#notBefore < to ? Math.max(nearest, this.#notBefore) : nearest;
    // What can be left is: the past of the window is then a gap as soon as a later poll has read what comes after it.
    const mayLeave = from < around.nowSeconds;
    const reading = await readOrWait(this.#parts, { window: { from, to }, purpose: 'live', mayLeave }, signal);
    if (reading.kind === 'left') this.#notBefore = around.nowSeconds;
    return reading;
  }

  /** Asks for a poll that begins from now on, at once; `hasRead` tells when that one is journaled. */
  want(): number {
    const poll = this.#begun + 1;
    this.#wanted = Math.max(this.#wanted, poll);
    this.#endPause?.();
    return poll;
  }

  hasRead(poll: number): boolean {
    return this.#lastRead >= poll;
  }

  async #pause(waitMs: number, signal: AbortSignal): Promise<void> {
    if (waitMs <= 0 || this.#begun < this.#wanted) return;
    await abortable(signal, async (inner) => {
      this.#endPause = () => inner.abort();
      await this.#parts.runtime.sleep(waitMs, inner.signal).catch(() => signal.throwIfAborted());
      this.#endPause = undefined;
    });
  }
}
