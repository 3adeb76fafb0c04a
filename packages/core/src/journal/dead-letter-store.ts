/** Dead letters: rejected events of the lanes, and the sources' records that could not become entries. */
import { createHash } from 'node:crypto';
import { first } from './bound.ts';
import type { DeadLetter, DeadLetters, Oddity } from './journal.ts';
import type { JournalParts } from './parts.ts';
import { bytesOnDisk, type Store, stateOf } from './store.ts';
import type { Decision } from './writer.ts';

/** Read at a time: no read transaction stays open while the caller works. */
const PAGE = 100;

type LetterParts = Pick<JournalParts, 'store' | 'writer' | 'room'>;

export class EmbeddedDeadLetters implements DeadLetters {
  readonly #parts: LetterParts;

  constructor(parts: LetterParts) {
    this.#parts = parts;
  }

  async add(letters: readonly DeadLetter[]): Promise<void> {
    await this.#parts.writer.run('reserve', () => this.#decide(letters));
  }

  list(lane: string): Iterable<DeadLetter> {
    return lettersOf(this.#parts.store, lane);
  }

  oddities(source: string): Iterable<Oddity> {
    return odditiesOf(this.#parts.store, source);
  }

  #decide(letters: readonly DeadLetter[]): Decision<void> {
    const { store, room } = this.#parts;
    const keyed = new Map(letters.map((letter) => [`${letter.lane} ${hashOf(letter)}`, letter]));
    const added = [...keyed.values()].filter(
      (letter) => store.letterIds.get([letter.lane, hashOf(letter)]) === undefined,
    );
    const bytes = added.reduce((sum, letter) => sum + bytesOnDisk(Buffer.byteLength(JSON.stringify(letter))) + 128, 0);
    const eviction = added.length === 0 ? { keys: [], change: 0 } : room.forLetters(bytes);
    return {
      write: () => {
        room.apply(eviction);
        for (const letter of added) this.#put(letter);
      },
      value: undefined,
    };
  }

  #put(letter: DeadLetter): void {
    const { store } = this.#parts;
    const { lane } = letter;
    const newest = first(
      store.letters.getKeys({ start: [lane, Number.POSITIVE_INFINITY], end: [lane], reverse: true, limit: 1 }),
    );
    const sequence = (newest?.[1] ?? 0) + 1;
    store.letters.put([lane, sequence], letter);
    store.letterIds.put([lane, hashOf(letter)], sequence);
    const state = stateOf(store);
    const count = (state.deadLetters[lane] ?? 0) + 1;
    store.meta.put('state', { ...state, deadLetters: { ...state.deadLetters, [lane]: count } });
  }
}

/** Oldest first. */
export function* lettersOf(store: Store, lane: string): Iterable<DeadLetter> {
  for (let from = 0; ; ) {
    const page = [
      ...store.letters.getRange({ start: [lane, from], end: [lane, Number.POSITIVE_INFINITY], limit: PAGE }),
    ];
    for (const { value } of page) yield value;
    const last = page.at(-1);
    if (last === undefined) return;
    from = last.key[1] + 1;
  }
}

export function* odditiesOf(store: Store, source: string): Iterable<Oddity> {
  for (let from = ''; ; ) {
    const page = [...store.oddities.getRange({ start: [source, from], end: [source, '~'], limit: PAGE })];
    for (const { value } of page) yield value;
    const last = page.at(-1);
    if (last === undefined) return;
    from = `${last.key[1]} `;
  }
}

function hashOf({ entry }: DeadLetter): string {
  return createHash('sha256')
    .update(JSON.stringify([entry.source, entry.id]))
    .digest('base64');
}
