/** The tables of dead letters as who reads them sees them; `dead-letter-store.ts` writes them. */
import { createHash } from 'node:crypto';
import {
  type DeadLetter,
  type DeadLetterCounts,
  type KeptDeadLetter,
  type KeptMalformedRecord,
  malformedRecordId,
} from './dead-letter.ts';
import { type Store, stateOf } from './store.ts';

/** Read at a time: no read transaction stays open while the caller works. */
const PAGE = 100;

/** Oldest first. */
export function* deadLettersOf(store: Store, lane: string): Iterable<KeptDeadLetter> {
  for (let from = 0; ; ) {
    const page = [
      ...store.deadLetters.getRange({ start: [lane, from], end: [lane, Number.POSITIVE_INFINITY], limit: PAGE }),
    ];
    for (const { key, value } of page) yield { ...value, sequence: key[1] };
    const last = page.at(-1);
    if (last === undefined) return;
    from = last.key[1] + 1;
  }
}

/** Newest first. */
export function* newestDeadLettersOf(store: Store, lane: string): Iterable<KeptDeadLetter> {
  for (let before = Number.POSITIVE_INFINITY; before > 0; ) {
    // One at a time: whoever wants a few of the newest reads no large ones in vain.
    const [found] = store.deadLetters.getRange({ start: [lane, before], end: [lane], reverse: true, limit: 1 });
    if (found === undefined) return;
    const { key, value } = found;
    yield { ...value, sequence: key[1] };
    before = key[1] - 1;
  }
}

/** Without those that were dropped. */
export function* malformedRecordsOf(store: Store, source: string): Iterable<KeptMalformedRecord> {
  for (let from = ''; ; ) {
    const page = [...store.malformedRecords.getRange({ start: [source, from], end: [source, '~'], limit: PAGE })];
    for (const { key, value } of page) {
      if ('raw' in value) yield { ...value, source, hash: key[1], id: malformedRecordId(source, key[1]) };
    }
    const last = page.at(-1);
    if (last === undefined) return;
    from = `${last.key[1]} `;
  }
}

/** The dead letters of one event, of all lanes. */
export function deadLettersOfEvent(store: Store, id: string): readonly KeptDeadLetter[] {
  const { deadLetters } = stateOf(store);
  const sources = new Set([...store.checkpoints.getKeys()].map(([source]) => source));
  return Object.keys(deadLetters).flatMap((lane) =>
    [...sources].flatMap((source) => {
      const sequence = store.deadLetterIds.get([lane, letterHash(source, id)]);
      const letter = sequence === undefined ? undefined : store.deadLetters.get([lane, sequence]);
      return sequence === undefined || letter === undefined ? [] : [{ ...letter, sequence }];
    }),
  );
}

/** As counted with each change: nobody has to count them. */
export function deadLetterCounts(store: Store): DeadLetterCounts {
  const { deadLetters, oddities, letters = {} } = stateOf(store);
  const { retrying = {}, retried = {}, dropped = {}, droppedOddities = {} } = letters;
  const kept = Object.entries(oddities).map(([source, count]) => [source, count - (droppedOddities[source] ?? 0)]);
  return {
    deadLetters: present(deadLetters),
    retrying: present(retrying),
    retried,
    dropped,
    malformedRecords: present(Object.fromEntries(kept)),
    droppedMalformedRecords: droppedOddities,
  };
}

function present(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

/** By which the same event of a lane is known. */
export function hashOf({ entry }: Pick<DeadLetter, 'entry'>): string {
  return letterHash(entry.source, entry.id);
}

function letterHash(source: string, id: string): string {
  return createHash('sha256')
    .update(JSON.stringify([source, id]))
    .digest('base64');
}
