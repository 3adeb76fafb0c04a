/**
 * How many sends a lane may have open at once. The number is fixed: the least of what the user asks
 * and the sink allows. A rule that follows refusals would change `limit` here and nothing elsewhere.
 */
import { Changes } from './changes.ts';

export class Slots {
  readonly limit: number;
  readonly #changes = new Changes();
  #used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** First come, first served. The slot is to be freed by whoever took it. */
  async take(signal: AbortSignal): Promise<Slot> {
    await this.#changes.until(() => this.#tryTake(), signal);
    return new Slot(() => {
      this.#used -= 1;
      this.#changes.notify();
    });
  }

  #tryTake(): boolean {
    if (this.#used >= this.limit) return false;
    this.#used += 1;
    return true;
  }
}

export class Slot {
  #onFree: (() => void) | undefined;

  constructor(onFree: () => void) {
    this.#onFree = onFree;
  }

  get freed(): boolean {
    return this.#onFree === undefined;
  }

  /** Does nothing the second time: an accepted batch has given its slot back early. */
  free(): void {
    this.#onFree?.();
    this.#onFree = undefined;
  }
}

/** Bytes that the peer may have taken without a confirmation. They count from the send on, so that the bound is never passed. */
export class UnackedBytes {
  readonly #limit: number;
  readonly #changes = new Changes();
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Waits for room; a batch larger than the whole bound goes alone. */
  async add(bytes: number, signal: AbortSignal): Promise<void> {
    await this.#changes.until(() => {
      if (this.#bytes > 0 && this.#bytes + bytes > this.#limit) return false;
      this.#bytes += bytes;
      return true;
    }, signal);
  }

  remove(bytes: number): void {
    this.#bytes -= bytes;
    this.#changes.notify();
  }
}
