/** Time in the lane's tests. */

/** Moves only in `until`, and only when every task waits for it. */
export class Time {
  /** What the host's clock is ahead of the monotonic clock. */
  #offsetMs = 1_700_000_000_000;
  #elapsedMs = 5_000;
  readonly #timers = new Set<{ readonly atMs: number; readonly fire: () => void }>();

  /** The host's clock, which `setClock` sets. */
  get nowMs(): number {
    return this.#offsetMs + this.#elapsedMs;
  }

  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** Somebody sets the host's clock, by so much; no time passes. */
  setClock(byMs: number): void {
    this.#offsetMs += byMs;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const timer = { atMs: this.#elapsedMs + ms, fire: resolve };
      this.#timers.add(timer);
      signal.addEventListener('abort', () => {
        this.#timers.delete(timer);
        reject(signal.reason);
      });
    });
  }

  /** Lets time pass until `done`; fails when nothing more can happen. */
  async until(done: () => boolean): Promise<void> {
    for (;;) {
      await this.runTasks();
      if (done()) return;
      const [next] = [...this.#timers].sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) throw new Error('nothing more will happen');
      this.#timers.delete(next);
      this.#elapsedMs = next.atMs;
      next.fire();
    }
  }

  /** Lets every task run as far as it comes without time passing; a lane takes a turn for every hundred entries. */
  async runTasks(): Promise<void> {
    for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets `ms` pass. */
  async wait(ms: number): Promise<void> {
    await this.pass(this.sleep(ms, new AbortController().signal));
  }

  /** A promise, with time passing until it settles. */
  async pass<T>(promise: Promise<T>): Promise<T> {
    let over = false;
    const end = (): boolean => (over = true);
    promise.then(end, end);
    await this.until(() => over);
    return promise;
  }
}
