/** Dead letters in memory, as the journal keeps them: beside `lane.test.world.ts`. */

import { RelayError } from '../errors.ts';
import type { DeadLetter, DeadLetters, FailedAgain, KeptDeadLetter } from '../journal/dead-letter.ts';
import type { SettledAs } from '../journal/journal.ts';
import { Signal } from '../signal.ts';

type LaneDeadLetters = Pick<DeadLetters, 'add' | 'takeRetries' | 'settle' | 'failAgain'>;

/** What would be on disk; a `reader` is one life's. */
export class MemoryDeadLetters {
  readonly kept: KeptDeadLetter[] = [];
  /** How those that went again left: `e1 acked`. */
  readonly left: string[] = [];
  /** How many are kept at most. */
  fit: number = Number.POSITIVE_INFINITY;
  readonly #asked = new Signal();
  #next = 1;

  /** Asks all to go again. */
  retry(): void {
    this.#each(
      () => true,
      (letter) => ({ ...letter, retryMs: 1 }),
    );
    this.#asked.notify();
  }

  reader(): LaneDeadLetters {
    const given = new Set<number>();
    return {
      add: async (letters) => this.#add(letters),
      takeRetries: async (_lane, maxBytes, signal) => {
        for (;;) {
          const found = this.kept.filter(({ sequence, retryMs }) => retryMs !== undefined && !given.has(sequence));
          // One at least, as the journal does.
          const some = found.slice(0, Math.max(1, Math.floor(maxBytes / 2 ** 16)));
          for (const { sequence } of some) given.add(sequence);
          if (some.length > 0) return some;
          await this.#asked.wait(signal);
        }
      },
      settle: async (_lane, sequences, how) => {
        for (const sequence of sequences) given.delete(sequence);
        this.#leave(sequences, how);
      },
      failAgain: async (_lane, failures) => {
        for (const { sequence } of failures) given.delete(sequence);
        for (const failure of failures) this.#failAgain(failure);
      },
    };
  }

  #add(letters: readonly DeadLetter[]): readonly number[] {
    if (this.kept.length + letters.length > this.fit) {
      throw new RelayError('DEAD_LETTERS_FULL', 'dead letters are full: drop some');
    }
    return letters.map((letter) => {
      const sequence = this.#next++;
      this.kept.push({ ...letter, sequence });
      return sequence;
    });
  }

  #leave(sequences: readonly number[], how: SettledAs): void {
    for (const sequence of sequences) {
      const at = this.kept.findIndex((letter) => letter.sequence === sequence);
      const [letter] = at < 0 ? [] : this.kept.splice(at, 1);
      if (letter !== undefined) this.left.push(`${letter.entry.id} ${how}`);
    }
  }

  #failAgain({ sequence, attempts, ...failure }: FailedAgain): void {
    this.#each(
      (letter) => letter.sequence === sequence,
      (letter) => {
        const { retryMs, ...kept } = letter;
        return retryMs === undefined ? letter : { ...kept, ...failure, attempts: letter.attempts + attempts };
      },
    );
  }

  #each(which: (letter: KeptDeadLetter) => boolean, change: (letter: KeptDeadLetter) => KeptDeadLetter): void {
    this.kept.forEach((letter, at) => {
      if (which(letter)) this.kept[at] = change(letter);
    });
  }
}
