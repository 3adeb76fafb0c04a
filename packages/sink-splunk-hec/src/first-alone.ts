/** The first request to an address goes alone: with its answer comes the cookie by which all others reach the same indexer. */

export class FirstAlone {
  #isOver = false;
  #running: Promise<void> | undefined;

  /** Waits for its turn; what it returns is called when the work is done, with whether there was an answer. @throws the signal's reason. */
  async enter(signal: AbortSignal): Promise<(hasAnswer: boolean) => void> {
    while (!this.#isOver && this.#running !== undefined) await orAborted(this.#running, signal);
    signal.throwIfAborted();
    if (this.#isOver) return () => undefined;
    let end = (): void => undefined;
    this.#running = new Promise((resolve) => {
      end = resolve;
    });
    return (hasAnswer) => {
      this.#isOver ||= hasAnswer;
      this.#running = undefined;
      end();
    };
  }
}

function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort))
      .catch(() => undefined);
  });
}
