/** The lane's way to its dead letters: they are on disk before the cursor passes what they keep. */
import { hasCode } from '../errors.ts';
import type { DeadLetters } from '../journal/journal.ts';
import type { Runtime } from '../runtime.ts';
import { probeMs } from './backoff.ts';
import type { Breaker } from './breaker.ts';
import type { Health } from './health.ts';
import type { Dead } from './settle.ts';

export interface LettersOptions {
  /** The lane's. */
  readonly name: string;
  readonly deadLetters: Pick<DeadLetters, 'add'>;
  readonly runtime: Runtime;
  readonly breaker: Breaker;
  readonly health: Health;
  /** There is no waiting for room during a drain: what did not fit stays in the journal. */
  readonly draining: AbortController;
}

export class Letters {
  readonly #options: LettersOptions;

  constructor(options: LettersOptions) {
    this.#options = options;
  }

  /**
   * Resolves when all of them are on disk. While they do not fit, the lane is blocked and this waits.
   * @throws the reason of the drain, or what the journal throws but `DEAD_LETTERS_FULL`.
   */
  async bury(dead: readonly Dead[]): Promise<void> {
    if (dead.length === 0) return;
    await this.#add(dead);
    const { name, runtime } = this.#options;
    const [first] = dead;
    runtime.log('warn', 'DEAD_LETTERED', `${name}: ${dead.length} event(s) were set aside for good: ${first?.reason}`, {
      lane: name,
      events: dead.length,
      kind: first?.kind,
      id: first?.item.entry.id,
    });
  }

  async #add(dead: readonly Dead[]): Promise<void> {
    const { name, deadLetters, runtime } = this.#options;
    const atMs = runtime.now();
    const letters = dead.map(({ item, kind, reason, attempts }) => ({
      lane: name,
      entry: item.entry,
      kind,
      reason,
      attempts,
      atMs,
    }));
    try {
      await deadLetters.add(letters);
    } catch (error) {
      if (!hasCode(error, 'DEAD_LETTERS_FULL')) throw error;
      await this.#waitForRoom(() => deadLetters.add(letters), error);
    }
  }

  async #waitForRoom(add: () => Promise<void>, full: unknown): Promise<void> {
    const { runtime, breaker, health, draining } = this.#options;
    const release = breaker.hold();
    try {
      health.hold(full instanceof Error ? full.message : String(full));
      for (let tries = 1; ; tries += 1) {
        await runtime.sleep(
          probeMs(tries, () => runtime.random()),
          draining.signal,
        );
        if (await fits(add)) return;
      }
    } finally {
      health.release();
      release();
    }
  }
}

async function fits(add: () => Promise<void>): Promise<boolean> {
  try {
    await add();
    return true;
  } catch (error) {
    if (hasCode(error, 'DEAD_LETTERS_FULL')) return false;
    throw error;
  }
}
