/**
 * The gate before a feed's requests. While all is well everybody passes. After a fault it is narrow:
 * one request at a time, not before the wait is over, until an answer is good again. So a server in
 * trouble sees one question, not one from every loop, and "three in a row" means three.
 */

import { Bell } from '../../bell.ts';
import type { Runtime } from '../../runtime.ts';

export class Gate {
  readonly #runtime: Runtime;
  readonly #left = new Bell();
  #inside = 0;
  #narrow = false;
  #notBeforeMs = 0;
  #holds = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** How often it was held. Who entered before the last time, and has sent nothing yet, must enter again. */
  get holds(): number {
    return this.#holds;
  }

  /**
   * Resolves with `holds` when a request may be sent; `leave` must follow.
   * @throws the signal's reason when it fires first.
   */
  async enter(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    for (;;) {
      while (this.#narrow && this.#inside > 0) await this.#left.wait(signal);
      const since = this.#holds;
      this.#inside += 1;
      try {
        const waitMs = this.#notBeforeMs - this.#runtime.elapsedMs();
        if (this.#narrow && waitMs > 0) await this.#runtime.sleep(waitMs, signal);
      } catch (error) {
        this.leave(since);
        throw error;
      }
      if (since === this.#holds) return since;
    }
  }

  leave(since: number): void {
    if (since === this.#holds) this.#inside -= 1;
    this.#left.ring();
  }

  /** A fault: nobody asks for `waitMs`, and then one at a time. Who is inside by now, maybe for minutes, is not waited for. */
  hold(waitMs: number): void {
    this.#narrow = true;
    this.#holds += 1;
    this.#inside = 0;
    this.#notBeforeMs = Math.max(this.#notBeforeMs, this.#runtime.elapsedMs() + waitMs);
    this.#left.ring();
  }

  /** A good answer to who has entered at so many holds: one that was asked for before the last fault says nothing of it. */
  open(since: number): void {
    if (since !== this.#holds) return;
    this.#narrow = false;
    this.#notBeforeMs = 0;
    this.#left.ring();
  }
}
