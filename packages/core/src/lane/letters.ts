/** The lane's way to its dead letters: they are on disk before the cursor passes what they keep. */
import type { DeadLetters } from '../journal/journal.ts';
import type { Runtime } from '../runtime.ts';
import type { Persistence } from './persistence.ts';
import type { Dead } from './settle.ts';

export interface LettersOptions {
  /** The lane's. */
  readonly name: string;
  readonly deadLetters: Pick<DeadLetters, 'add'>;
  readonly runtime: Runtime;
  readonly persistence: Persistence;
  readonly draining: AbortController;
}

export class Letters {
  readonly #options: LettersOptions;

  constructor(options: LettersOptions) {
    this.#options = options;
  }

  /**
   * Resolves when all of them are on disk. While they do not fit, the lane is blocked and this waits.
   * @throws the reason of the drain, or an error of the journal that is final.
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
    const { name, deadLetters, runtime, persistence, draining } = this.#options;
    const atMs = runtime.now();
    const letters = dead.map(({ item, kind, reason, attempts }) => ({
      lane: name,
      entry: item.entry,
      kind,
      reason,
      attempts,
      atMs,
    }));
    // There is no waiting during a drain: what did not fit stays in the journal.
    await persistence.write(() => deadLetters.add(letters), draining.signal);
  }
}
