/**
 * How many sends a lane may have open at once: at most the least of what the user asks and the sink allows, fewer while the
 * peer says that it has enough. Additive increase, multiplicative decrease, as TCP has it (RFC 5681, section 3.1).
 */

import { Signal } from '../../signal.ts';
import type { SendAnswer } from './attempt.ts';

export class Slots {
  readonly #most: number;
  readonly #signal = new Signal();
  #limit: number;
  #used = 0;
  /** Ends with each decrease: what was sent before it tells nothing of the new limit. */
  #round = 0;
  /** Plain yeses since the limit last moved. */
  #yeses = 0;

  /** @param most 1 or more. */
  constructor(most: number) {
    this.#most = most;
    this.#limit = most;
  }

  get limit(): number {
    return this.#limit;
  }

  /** To be noted when a send begins, and given back with its answer. */
  get round(): number {
    return this.#round;
  }

  /** True while more slots are held than there should be: whoever waits with one gives it back first. */
  get isCrowded(): boolean {
    return this.#used > this.#limit;
  }

  /** First come, first served. The slot is to be freed by whoever took it. */
  async take(signal: AbortSignal): Promise<Slot> {
    await this.#signal.until(() => this.#tryTake(), signal);
    return new Slot(() => {
      this.#used -= 1;
      this.#signal.notify();
    });
  }

  /** Half as many after a peer that is busy or refuses, one more after as many plain yeses as there are slots. */
  heed(answer: SendAnswer, round: number): void {
    if (round !== this.#round) return;
    if (isBusy(answer)) {
      this.#limit = Math.max(1, Math.floor(this.#limit / 2));
      this.#round += 1;
      this.#yeses = 0;
    } else if (answer.kind === 'acked' && this.#limit < this.#most) {
      this.#yeses += 1;
      if (this.#yeses < this.#limit) return;
      this.#limit += 1;
      this.#yeses = 0;
      this.#signal.notify();
    }
  }

  #tryTake(): boolean {
    if (this.#used >= this.#limit) return false;
    this.#used += 1;
    return true;
  }
}

function isBusy(answer: SendAnswer): boolean {
  if (answer.kind === 'acked') return answer.busy === true;
  if (answer.kind === 'partial') return answer.failures.some(({ failure }) => isBusy(failure));
  return answer.kind === 'retryable' && answer.why === 'refused';
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
  readonly #signal = new Signal();
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Of those now. Undefined: the sink sets no bound. */
  get held(): number | undefined {
    return Number.isFinite(this.#limit) ? this.#bytes : undefined;
  }

  /** Waits for room; a batch larger than the whole bound goes alone. */
  async add(bytes: number, signal: AbortSignal): Promise<void> {
    await this.#signal.until(() => {
      if (this.#bytes > 0 && this.#bytes + bytes > this.#limit) return false;
      this.#bytes += bytes;
      return true;
    }, signal);
  }

  remove(bytes: number): void {
    this.#bytes -= bytes;
    this.#signal.notify();
  }
}
