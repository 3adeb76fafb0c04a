/** The one way in which tasks wait for each other, so that nobody looks again and again: loops of a feed, steps of a lane, readers and writers of the journal. */

interface Waiter {
  readonly attempt: () => boolean;
  readonly resolve: () => void;
}

/** Whoever changes what others may wait for calls `notify` afterwards. It keeps nothing for those who come later. */
export class Signal {
  readonly #waiting = new Set<Waiter>();

  /** Lets everyone try again, the longest waiting first. */
  notify(): void {
    for (const waiter of this.#waiting) {
      if (!waiter.attempt()) continue;
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
  }

  /**
   * Resolves at the next `notify`.
   * @throws the signal's reason when it fires first.
   */
  wait(signal: AbortSignal): Promise<void> {
    let isFirst = true;
    return this.until(() => {
      const isNotified = !isFirst;
      isFirst = false;
      return isNotified;
    }, signal);
  }

  /**
   * Resolves once `attempt` returns true, which it may at once. It may take what it waits for, so that a slot that was freed
   * for one is not seen by the next.
   * @throws the signal's reason when it fires first, or an error of `attempt`'s own first call.
   */
  until(attempt: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      if (attempt()) {
        resolve();
        return;
      }
      const onAbort = (): void => {
        this.#waiting.delete(waiter);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        attempt,
        resolve: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiter);
    });
  }
}
