/** Server time: the `Date` of the API's answers decides what is done, not this host's clock. */
import type { Runtime } from '../runtime.ts';

/** One for a source: both feeds speak with the same server. */
export class ServerClock {
  readonly #runtime: Runtime;
  #offsetMs: number | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Takes over the `Date` of an answer that has just come, in seconds since the epoch. */
  note(serverSeconds: number): void {
    this.#offsetMs = serverSeconds * 1000 - this.#runtime.now();
  }

  /** Seconds since the epoch. Before the first answer this host's clock stands in. */
  seconds(): number {
    return Math.floor((this.#runtime.now() + (this.#offsetMs ?? 0)) / 1000);
  }

  /** Server time less this host's, in milliseconds. Undefined: no answer yet. */
  get offsetMs(): number | undefined {
    return this.#offsetMs;
  }
}
