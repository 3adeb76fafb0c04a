/**
 * Server time: the `Date` of the API's answers decides what is done, not this host's clock. From one
 * answer to the next it goes on by a clock that nobody sets.
 */
import type { Runtime } from '../runtime.ts';

/** One for a source: both feeds speak with the same server. */
export class ServerClock {
  readonly #runtime: Runtime;
  /** Server time less what has elapsed, and server time less this host's, in milliseconds. */
  #last: { readonly beganMs: number; readonly offsetMs: number } | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Takes over the `Date` of an answer that has just come, in seconds since the epoch. */
  note(serverSeconds: number): void {
    const serverMs = serverSeconds * 1000;
    this.#last = { beganMs: serverMs - this.#runtime.elapsedMs(), offsetMs: serverMs - this.#runtime.now() };
  }

  /** Seconds since the epoch. Before the first answer this host's clock stands in. */
  seconds(): number {
    const nowMs = this.#last === undefined ? this.#runtime.now() : this.#last.beganMs + this.#runtime.elapsedMs();
    return Math.floor(nowMs / 1000);
  }

  /** The same, and whether it is the server's. */
  reading(): { readonly nowSeconds: number; readonly isServerTime: boolean } {
    return { nowSeconds: this.seconds(), isServerTime: this.#last !== undefined };
  }

  /** Server time less this host's, in milliseconds. Undefined: no answer yet. */
  get offsetMs(): number | undefined {
    return this.#last?.offsetMs;
  }
}
