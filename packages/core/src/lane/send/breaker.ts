/**
 * The lane's one breaker. While the peer answers it is closed and costs nothing; when the peer is
 * down or has blocked us it is open, and one send at a time goes out as a probe until one is answered.
 */
import { RelayError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import { Signal } from '../../signal.ts';
import { backoffMs, probeMs } from './backoff.ts';

/** One batch that fails may be the batch's fault; this many in a row, of more than one batch, are the peer's. */
const FAILURES_TO_OPEN = 5;

/** `answered`: the peer took or judged events; `failed`: a retryable answer or none; `unasked`: the sink settled it without the peer. */
export type SendVerdict = 'answered' | 'failed' | 'blocked' | 'unasked';

/**
 * Why nothing may be sent. `room`: a dead letter does not fit, and dead letters that go again are what makes room; `all`: another
 * write of the lane does not succeed.
 */
export type Hold = 'room' | 'all';

/** Leave to send; to be handed back with what became of it, unless the lane has ended. */
export interface Pass {
  readonly probe: boolean;
}

export class Breaker {
  readonly #runtime: Pick<Runtime, 'elapsedMs' | 'random' | 'sleep'>;
  readonly #signal = new Signal();
  #open = false;
  #probing = false;
  #probes = 0;
  /** By `elapsedMs`. */
  #probeFromMs = Number.NEGATIVE_INFINITY;
  /** Aborted when there is no more reason to wait for the time of the next probe. */
  #hurry = new AbortController();
  /** Failures in a row, and the first events of the parts that failed. */
  #failures = 0;
  readonly #failed = new Set<number>();
  readonly #holds: Record<Hold, number> = { room: 0, all: 0 };
  readonly #onLackOfRoom = new Set<() => void>();
  #givingUp = false;

  /** @param draining from then on whoever would have to wait here is turned away. */
  constructor(runtime: Pick<Runtime, 'elapsedMs' | 'random' | 'sleep'>, draining: AbortSignal) {
    this.#runtime = runtime;
    draining.addEventListener('abort', () => this.#giveUp(), { once: true });
  }

  /**
   * Waits until something may be sent: at once while closed, else for the turn and time of a probe. Undefined: only dead letters
   * that go again may, as they make room; whoever is none waits for `room`, with nothing that they need.
   * @param isRetry what asks is such a dead letter
   * @throws the signal's reason, or RelayError `LANE_DRAINING` when it would have to wait during a drain.
   */
  async enter(signal: AbortSignal, isRetry: boolean): Promise<Pass | undefined> {
    let probe = false;
    let lacksRoom = false;
    await this.#signal.until(() => {
      if (this.#givingUp && this.#isShut()) return true;
      lacksRoom = this.#holds.room > 0 && !isRetry;
      if (lacksRoom) return true;
      if (this.#holds.all > 0 || (this.#open && this.#probing)) return false;
      probe = this.#open;
      this.#probing ||= probe;
      return true;
    }, signal);
    if (probe) await this.#waitForProbe(signal);
    if (!this.#givingUp || !this.#isShut()) return lacksRoom ? undefined : { probe };
    this.#endProbe(probe);
    throw new RelayError(
      'LANE_DRAINING',
      'the lane is draining and its peer takes nothing: the rest stays in the journal',
    );
  }

  /** @param first number of the first event sent, by which parts of different batches are told apart */
  leave({ probe }: Pass, verdict: SendVerdict, first: number): void {
    if (verdict === 'answered') this.#close();
    // What the peer has not heard of tells nothing of it: the next one probes.
    else if (verdict !== 'unasked') this.#fail(verdict, first, probe);
    this.#endProbe(probe);
  }

  /** Until the returned function is called nothing may be sent, or nothing but dead letters that go again. */
  hold(why: Hold): () => void {
    this.#holds[why] += 1;
    this.#signal.notify();
    if (why === 'room') for (const tell of this.#onLackOfRoom) tell();
    return () => {
      this.#holds[why] -= 1;
      this.#signal.notify();
    };
  }

  /** Resolves when there is room for dead letters, or nobody waits for it any more. */
  async room(signal: AbortSignal): Promise<void> {
    await this.#signal.until(() => this.#givingUp || this.#holds.room === 0, signal);
  }

  /** Calls `tell` when the lane is held for want of room, at once where it is, until the returned function is called. */
  onLackOfRoom(tell: () => void): () => void {
    if (this.#holds.room > 0) tell();
    this.#onLackOfRoom.add(tell);
    return () => {
      this.#onLackOfRoom.delete(tell);
    };
  }

  /** The next probe goes at once: what blocked us may have been mended. */
  probeNow(): void {
    this.#probes = 0;
    this.#probeFromMs = Number.NEGATIVE_INFINITY;
    this.#hurry.abort();
  }

  #giveUp(): void {
    this.#givingUp = true;
    this.#hurry.abort();
    this.#signal.notify();
  }

  #isShut(): boolean {
    return this.#open || this.#holds.room + this.#holds.all > 0;
  }

  #close(): void {
    this.#open = false;
    this.#probes = 0;
    this.#probeFromMs = Number.NEGATIVE_INFINITY;
    this.#failures = 0;
    this.#failed.clear();
    this.#hurry.abort();
  }

  #fail(verdict: 'failed' | 'blocked', first: number, probe: boolean): void {
    const wasOpen = this.#open;
    if (!wasOpen) {
      this.#failures += 1;
      this.#failed.add(first);
      this.#open = verdict === 'blocked' || (this.#failures >= FAILURES_TO_OPEN && this.#failed.size > 1);
    }
    // An answer to what was sent before the breaker opened is no news.
    if (!this.#open || (wasOpen && !probe)) return;
    this.#probes += 1;
    const random = (): number => this.#runtime.random();
    const waitMs = verdict === 'blocked' ? probeMs(this.#probes, random) : backoffMs(this.#probes, random);
    this.#probeFromMs = this.#runtime.elapsedMs() + waitMs;
  }

  #endProbe(probe: boolean): void {
    if (probe) this.#probing = false;
    this.#signal.notify();
  }

  async #waitForProbe(signal: AbortSignal): Promise<void> {
    this.#hurry = new AbortController();
    const stop = (): void => this.#hurry.abort();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const waitMs = this.#probeFromMs - this.#runtime.elapsedMs();
      if (waitMs > 0) await this.#runtime.sleep(waitMs, this.#hurry.signal);
    } catch {
      // Woken early, which is as good as having waited, or stopped, which is seen next.
    } finally {
      signal.removeEventListener('abort', stop);
    }
    signal.throwIfAborted();
  }
}
