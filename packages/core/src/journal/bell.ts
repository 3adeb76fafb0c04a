/** Waiting without polling: whoever waits is woken when something has changed. */

export class Bell {
  readonly #waiting = new Set<() => void>();

  /** Resolves at the next `ring`. @throws the signal's reason when it fires first. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      if (signal.aborted) return wake();
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  ring(): void {
    for (const wake of this.#waiting) wake();
  }
}
