/**
 * Time that passes only when nothing else is left to do: whoever sleeps is woken in turn, and the clock
 * jumps from one waking to the next. Days go by in less than a second, the same way each time.
 */

/** 2026-01-01T00:00:00Z, in seconds: when every relay is started for the first time. */
export const T0 = 1_767_225_600;
/** Seconds. */
export const HOUR = 3600;
export const DAY = 86_400;

interface Waking {
  readonly atMs: number;
  wake: (() => void) | undefined;
}

export class VirtualTime {
  #nowMs: number;
  /** Latest first: the next one is taken off the end. */
  readonly #wakings: Waking[] = [];
  /** Work on the real disk, which takes no virtual time. */
  #busy = 0;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  /** Milliseconds since the epoch; no clock that is set moves it. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Calls `wake` in `ms` milliseconds, after whatever is due at the same moment already. @returns its recall. */
  after(ms: number, wake: () => void): () => void {
    const waking: Waking = { atMs: this.#nowMs + Math.max(0, ms), wake };
    let [low, high] = [0, this.#wakings.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#wakings[middle]?.atMs ?? 0) > waking.atMs) low = middle + 1;
      else high = middle;
    }
    this.#wakings.splice(low, 0, waking);
    return () => {
      waking.wake = undefined;
    };
  }

  /** Resolves after `ms`. @throws the signal's reason when it fires first. */
  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const giveUp = (): void => {
        recall();
        reject(signal.reason);
      };
      const recall = this.after(ms, () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      });
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Time stands still until `work` has settled. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work;
    } finally {
      this.#busy -= 1;
    }
  }

  /** Lets time pass up to `endMs`, or until `isOver` holds; then the rest of that moment has happened too. */
  async pass(endMs: number, isOver: () => boolean = () => false): Promise<void> {
    for (;;) {
      await this.#settled();
      if (isOver()) return;
      const next = this.#wakings.at(-1);
      if (next === undefined || next.atMs > endMs) break;
      this.#wakings.pop();
      this.#nowMs = next.atMs;
      next.wake?.();
    }
    this.#nowMs = Math.max(this.#nowMs, endMs);
  }

  /** After one turn of the event loop every promise that can go on has gone on. */
  async #settled(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.#busy > 0);
  }
}
