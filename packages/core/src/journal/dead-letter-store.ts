/**
 * Dead letters in the embedded journal: rejected events of the lanes, and the sources' records that could not become
 * entries. A dead letter that goes again stays in its place until its lane says what became of it: so a crash forgets none, and
 * what was on its way goes out once more, as replay.
 */
import { Signal } from '../signal.ts';
import { first } from './bound.ts';
import type {
  DeadLetter,
  DeadLetterKey,
  DeadLetters,
  FailedAgain,
  KeptDeadLetter,
  KeptMalformedRecord,
} from './dead-letter.ts';
import { deadLettersOf, hashOf, malformedRecordsOf, newestDeadLettersOf } from './dead-letter-table.ts';
import type { SettledAs } from './journal.ts';
import type { JournalParts } from './parts.ts';
import { bytesOnDisk, type Store, stateOf } from './store.ts';
import type { StoredDeadLetterCounts, StoredMeta } from './stored.ts';
import type { Decision } from './writer.ts';

type LetterParts = Pick<JournalParts, 'store' | 'writer' | 'room' | 'runtime'>;

/** Of one lane, by sequence. */
interface Again {
  readonly waiting: number[];
  /** Given to the lane, which has not said yet what became of them. */
  readonly given: Set<number>;
}

export class EmbeddedDeadLetters implements DeadLetters {
  readonly #parts: LetterParts;
  /** Letters to go again, by lane; of a lane that has not asked for any there is none. */
  readonly #lanes = new Map<string, Again>();
  readonly #asked = new Signal();

  constructor(parts: LetterParts) {
    this.#parts = parts;
  }

  /** What an earlier run of the lane was given and has not spoken of is given again. */
  beginLane(lane: string): void {
    this.#lanes.delete(lane);
  }

  add(letters: readonly DeadLetter[]): Promise<readonly number[]> {
    return this.#parts.writer.run('reserve', () => this.#decide(letters));
  }

  list(lane: string): Iterable<KeptDeadLetter> {
    return deadLettersOf(this.#parts.store, lane);
  }

  newest(lane: string): Iterable<KeptDeadLetter> {
    return newestDeadLettersOf(this.#parts.store, lane);
  }

  malformedRecords(source: string): Iterable<KeptMalformedRecord> {
    return malformedRecordsOf(this.#parts.store, source);
  }

  async retry(keys: readonly DeadLetterKey[]): Promise<number> {
    const retryMs = this.#parts.runtime.now();
    const marked = await this.#change((store) => {
      const letters = lettersIn(store, keys).filter((letter) => letter.retryMs === undefined);
      for (const letter of letters) putLetter(store, { ...letter, retryMs });
      for (const [lane, count] of countedBy(letters)) countMore(store, ['retrying', lane], count);
      return letters;
    });
    for (const { lane, sequence } of marked) this.#lanes.get(lane)?.waiting.push(sequence);
    this.#asked.notify();
    return marked.length;
  }

  drop(keys: readonly DeadLetterKey[]): Promise<number> {
    const droppedMs = this.#parts.runtime.now();
    return this.#change((store) => {
      const letters = lettersIn(store, keys);
      for (const letter of letters) removeLetter(store, letter);
      for (const [lane, count] of countedBy(letters)) countMore(store, ['dropped', lane], count);
      let malformedRecords = 0;
      for (const key of keys) {
        if (!('source' in key)) continue;
        const kept = store.malformedRecords.get([key.source, key.hash]);
        if (kept === undefined || !('raw' in kept)) continue;
        // Its hash stays: the API may show the record again for as long as it is in a lookback that is read again.
        store.malformedRecords.put([key.source, key.hash], { droppedMs });
        countMore(store, ['droppedOddities', key.source], 1);
        malformedRecords += 1;
      }
      return letters.length + malformedRecords;
    });
  }

  async takeRetries(lane: string, maxBytes: number, signal: AbortSignal): Promise<readonly KeptDeadLetter[]> {
    for (;;) {
      signal.throwIfAborted();
      const taken = this.#take(lane, maxBytes);
      if (taken.length > 0) return taken;
      await this.#asked.wait(signal);
    }
  }

  async settle(lane: string, sequences: readonly number[], how: SettledAs): Promise<void> {
    await this.#change((store) => {
      const letters = lettersIn(
        store,
        sequences.map((sequence) => ({ lane, sequence })),
      );
      for (const letter of letters) removeLetter(store, letter);
      const counted = stateOf(store).letters ?? {};
      const ofLane = counted.retried?.[lane] ?? {};
      const retried = { ...counted.retried, [lane]: { ...ofLane, [how]: (ofLane[how] ?? 0) + letters.length } };
      store.meta.put('state', { ...stateOf(store), letters: { ...counted, retried } });
    });
    for (const sequence of sequences) this.#lanes.get(lane)?.given.delete(sequence);
  }

  async failAgain(lane: string, failures: readonly FailedAgain[]): Promise<void> {
    await this.#change((store) => {
      for (const { sequence, reason, kind, attempts, atMs } of failures) {
        const letter = store.deadLetters.get([lane, sequence]);
        if (letter === undefined) continue;
        const { retryMs, ...kept } = letter;
        store.deadLetters.put([lane, sequence], { ...kept, reason, kind, attempts: kept.attempts + attempts, atMs });
        if (retryMs !== undefined) countMore(store, ['retrying', lane], -1);
      }
    });
    for (const { sequence } of failures) this.#lanes.get(lane)?.given.delete(sequence);
  }

  #change<T>(write: (store: Store) => T): Promise<T> {
    const { store, writer } = this.#parts;
    let value: T | undefined;
    const decision = {
      write: () => {
        value = write(store);
      },
      // What it gave stands there once `write` has run, which is before the decision is settled.
      get value() {
        return value as T;
      },
    };
    return writer.run('reserve', () => decision);
  }

  #take(lane: string, maxBytes: number): readonly KeptDeadLetter[] {
    const { store } = this.#parts;
    const { waiting, given } = this.#lanes.get(lane) ?? { waiting: markedIn(store, lane), given: new Set<number>() };
    this.#lanes.set(lane, { waiting, given });
    const taken: KeptDeadLetter[] = [];
    let bytes = 0;
    while (waiting.length > 0 && bytes < maxBytes) {
      const sequence = waiting.shift() ?? 0;
      const letter = store.deadLetters.get([lane, sequence]);
      // Dropped meanwhile; or it was marked while the marked ones were looked for, and found twice.
      if (letter?.retryMs === undefined || given.has(sequence)) continue;
      given.add(sequence);
      taken.push({ ...letter, sequence });
      bytes += Buffer.byteLength(letter.entry.raw);
    }
    return taken;
  }

  #decide(letters: readonly DeadLetter[]): Decision<readonly number[]> {
    const { store, room } = this.#parts;
    const idOf = (letter: DeadLetter): string => `${letter.lane} ${hashOf(letter)}`;
    const known = (letter: DeadLetter): number | undefined => store.deadLetterIds.get([letter.lane, hashOf(letter)]);
    const keyed = new Map(letters.map((letter) => [idOf(letter), letter]));
    const added = [...keyed.values()].filter((letter) => known(letter) === undefined);
    const bytes = added.reduce((sum, letter) => sum + bytesOnDisk(Buffer.byteLength(JSON.stringify(letter))) + 128, 0);
    const eviction = added.length === 0 ? { keys: [], change: 0 } : room.forLetters(bytes);
    let sequences: readonly number[] = [];
    return {
      write: () => {
        room.apply(eviction);
        for (const letter of added) append(store, letter);
        sequences = letters.map((letter) => known(letter) ?? 0);
      },
      get value() {
        return sequences;
      },
    };
  }
}

function append(store: Store, letter: DeadLetter): void {
  const { lane } = letter;
  const state = stateOf(store);
  const { letters = {} } = state;
  const sequence = letters.next?.[lane] ?? newestOf(store, lane) + 1;
  store.deadLetters.put([lane, sequence], letter);
  store.deadLetterIds.put([lane, hashOf(letter)], sequence);
  const count = (state.deadLetters[lane] ?? 0) + 1;
  store.meta.put('state', {
    ...state,
    deadLetters: { ...state.deadLetters, [lane]: count },
    letters: { ...letters, next: { ...letters.next, [lane]: sequence + 1 } },
  });
}

/** 0 where there is none. */
function newestOf(store: Store, lane: string): number {
  const range = { start: [lane, Number.POSITIVE_INFINITY], end: [lane], reverse: true, limit: 1 };
  return first(store.deadLetters.getKeys(range))?.[1] ?? 0;
}

function lettersIn(store: Store, keys: readonly DeadLetterKey[]): readonly KeptDeadLetter[] {
  const sought = new Map(keys.flatMap((key) => ('lane' in key ? [[`${key.lane} ${key.sequence}`, key] as const] : [])));
  return [...sought.values()].flatMap(({ lane, sequence }) => {
    const letter = store.deadLetters.get([lane, sequence]);
    return letter === undefined ? [] : [{ ...letter, sequence }];
  });
}

function markedIn(store: Store, lane: string): number[] {
  if ((stateOf(store).letters?.retrying?.[lane] ?? 0) === 0) return [];
  return [...deadLettersOf(store, lane)].flatMap(({ sequence, retryMs }) => (retryMs === undefined ? [] : [sequence]));
}

function putLetter(store: Store, { sequence, ...letter }: KeptDeadLetter): void {
  store.deadLetters.put([letter.lane, sequence], letter);
}

function removeLetter(store: Store, letter: KeptDeadLetter): void {
  const { lane, sequence, retryMs } = letter;
  store.deadLetters.remove([lane, sequence]);
  store.deadLetterIds.remove([lane, hashOf(letter)]);
  const state = stateOf(store);
  const left = (state.deadLetters[lane] ?? 0) - 1;
  store.meta.put('state', { ...state, deadLetters: { ...state.deadLetters, [lane]: left } });
  if (retryMs !== undefined) countMore(store, ['retrying', lane], -1);
}

function countMore(store: Store, [what, name]: readonly [what: CountedAs, name: string], by: number): void {
  const state: StoredMeta = stateOf(store);
  const counts = state.letters?.[what] ?? {};
  const letters = { ...state.letters, [what]: { ...counts, [name]: (counts[name] ?? 0) + by } };
  store.meta.put('state', { ...state, letters });
}

type CountedAs = keyof Omit<StoredDeadLetterCounts, 'retried' | 'next'>;

function countedBy(letters: readonly KeptDeadLetter[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { lane } of letters) counts.set(lane, (counts.get(lane) ?? 0) + 1);
  return counts;
}
