/** Writes of a state of which only the latest counts: one at a time, and who asks while one is under way shares the next. */
export class Latest {
  readonly #write: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** @param write the state as it is when it is called. */
  constructor(write: () => Promise<void>) {
    this.#write = write;
  }

  /** Resolves when a write that has begun after this call has succeeded. @throws what that write threw. */
  run(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return this.#begin();
    this.#next ??= running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#begin();
      });
    return this.#next;
  }

  #begin(): Promise<void> {
    const running = this.#write().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }
}
