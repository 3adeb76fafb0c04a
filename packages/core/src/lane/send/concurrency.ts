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
  /** Of those. */
  #lent = 0;
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
    return this.#used - this.#lent > this.#limit;
  }

  /**
   * First come, first served. The slot is to be freed by whoever took it.
   * @param mayBorrow it may be one that is lent
   */
  async take(signal: AbortSignal, mayBorrow: boolean = false): Promise<Slot> {
    await this.#signal.until(() => {
      if (this.#used - (mayBorrow ? this.#lent : 0) >= this.#limit) return false;
      this.#used += 1;
      return true;
    }, signal);
    return new Slot({
      free: () => {
        this.#used -= 1;
        this.#signal.notify();
      },
      lend: () => {
        this.#lent += 1;
        this.#signal.notify();
      },
      reclaim: () => {
        this.#lent -= 1;
      },
      reclaimed: (ended) =>
        this.#signal.until(() => {
          if (this.#used - this.#lent >= this.#limit) return false;
          this.#lent -= 1;
          return true;
        }, ended),
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
}

function isBusy(answer: SendAnswer): boolean {
  if (answer.kind === 'acked') return answer.busy === true;
  if (answer.kind === 'partial') return answer.failures.some(({ failure }) => isBusy(failure));
  return answer.kind === 'retryable' && answer.why === 'refused';
}

/** What its holder does with one slot, as all of them see it. */
interface SlotActs {
  free(): void;
  lend(): void;
  /** Whether or not there is one to spare: it is about to be freed. */
  reclaim(): void;
  /** Resolves once there is one to spare. */
  reclaimed(signal: AbortSignal): Promise<void>;
}

export class Slot {
  readonly #acts: SlotActs;
  #state: 'held' | 'lent' | 'freed' = 'held';

  constructor(acts: SlotActs) {
    this.#acts = acts;
  }

  get freed(): boolean {
    return this.#state === 'freed';
  }

  /** Does nothing the second time: an accepted batch has given its slot back early. */
  free(): void {
    if (this.#state === 'freed') return;
    if (this.#state === 'lent') this.#acts.reclaim();
    this.#state = 'freed';
    this.#acts.free();
  }

  /** To whoever may borrow; its holder sends nothing until it is reclaimed, and nobody new begins meanwhile. */
  lend(): void {
    if (this.#state !== 'held') return;
    this.#state = 'lent';
    this.#acts.lend();
  }

  /** At once where it is not lent. @throws the signal's reason when it fires first. */
  async reclaim(signal: AbortSignal): Promise<void> {
    if (this.#state !== 'lent') return;
    await this.#acts.reclaimed(signal);
    this.#state = 'held';
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
