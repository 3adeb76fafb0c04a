/**
 * Dead letters as the status page lists them: the newest of each sink, by what `dead-letters list` tells of them. Nothing of
 * the event but its id, type and time is in there; what it holds is for `dead-letters show`, which redacts.
 */
import type { Relay, RelayStatus } from '@audit-relay/core';
import { type DeadLetterHead, deadLetterItem } from '../../dead-letters/item.ts';

/** Of each sink. */
const MAX_SHOWN = 20;
/** Events read for it, in characters: some are of megabytes. */
const MAX_READ = 4 << 20;

/** By sink; none where there are no dead letters. */
export type ShownLetters = Readonly<Record<string, readonly DeadLetterHead[]>>;

/** Reads them again only where a count says that some are new or gone. */
export class NewestLetters {
  #key = '';
  #shown: ShownLetters = {};

  of(relay: Pick<Relay, 'deadLetters'>, { journal, lanes }: Pick<RelayStatus, 'journal' | 'lanes'>): ShownLetters {
    const { deadLetters, retrying, retried, dropped } = journal;
    const set = Object.entries(lanes).map(([name, { deadLettered }]) => [name, deadLettered]);
    const key = JSON.stringify([deadLetters, retrying, retried, dropped, set]);
    if (key === this.#key) return this.#shown;
    try {
      const shown = Object.keys(deadLetters).map((sink) => [sink, newestOf(relay, sink)] as const);
      this.#shown = Object.fromEntries(shown);
      this.#key = key;
    } catch {
      // The journal is closed, or damaged, which its own part of the status says.
    }
    return this.#shown;
  }
}

function newestOf(relay: Pick<Relay, 'deadLetters'>, sink: string): readonly DeadLetterHead[] {
  const heads: DeadLetterHead[] = [];
  let read = 0;
  for (const letter of relay.deadLetters(sink)) {
    heads.push(deadLetterItem(letter).head);
    read += letter.entry.raw.length;
    if (heads.length === MAX_SHOWN || read > MAX_READ) break;
  }
  return heads;
}
