/**
 * A lane's writes to the journal: cursor, reach and dead letters. What does not go now is tried again while the lane holds its
 * events and says why; only what can never go ends the lane.
 */
import { hasCode, RelayError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import type { Health } from '../health/health.ts';
import { probeMs } from '../send/backoff.ts';
import type { Breaker } from '../send/breaker.ts';

/** After these another try would find the same. */
const FINAL = [
  'JOURNAL_LOST',
  'JOURNAL_REASSIGNED',
  'JOURNAL_DAMAGED',
  'JOURNAL_DISK',
  'JOURNAL_CLOSED',
  'ENTRIES_GONE',
  'LANE_UNKNOWN',
];

export interface PersistenceOptions {
  readonly runtime: Runtime;
  readonly breaker: Breaker;
  readonly health: Health;
}

export class Persistence {
  readonly #options: PersistenceOptions;
  #hasLeft = false;

  constructor(options: PersistenceOptions) {
    this.#options = options;
  }

  /** Whether the journal is left to a successor. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Nothing more is written: what is asked for from now on is the successor's matter. */
  leave(): void {
    this.#hasLeft = true;
  }

  /**
   * Resolves when `work` has. While it fails nothing is sent, and it is tried again ever more slowly; while it is only that another
   * dead letter does not fit, those that go again are sent, and each that is taken makes room.
   * @throws the signal's reason when it fires between two tries, or an error that is final.
   */
  async write(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    if (this.#hasLeft) throw new RelayError('LANE_DRAINING', 'the time to drain is over');
    try {
      await work();
    } catch (error) {
      if (isFinal(error)) throw error;
      await this.#again(work, error, signal);
    }
  }

  async #again(work: () => Promise<void>, first: unknown, signal: AbortSignal): Promise<void> {
    const { runtime, breaker, health } = this.#options;
    const release = breaker.hold(hasCode(first, 'DEAD_LETTERS_FULL') ? 'room' : 'all');
    health.hold(first instanceof Error ? first.message : String(first));
    try {
      for (let tries = 1; ; tries += 1) {
        const waitMs = probeMs(tries, () => runtime.random());
        await runtime.sleep(waitMs, signal);
        if (await succeeds(work)) return;
      }
    } finally {
      health.release();
      release();
    }
  }
}

async function succeeds(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (isFinal(error)) throw error;
    return false;
  }
}

function isFinal(error: unknown): boolean {
  return FINAL.some((code) => hasCode(error, code));
}
