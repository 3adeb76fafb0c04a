/** The journal's end as somebody looks on who holds nothing back: what leaves before it was looked at is counted. */
import type { Entry } from '../entry.ts';
import { oldestChunkKey } from './bound.ts';
import { ChunkReader } from './chunk-reader.ts';
import { numberOf, positionOf } from './lane-journal.ts';
import type { Position } from './position.ts';
import { type Store, stateOf } from './store.ts';

export interface JournalTail {
  readonly entries: readonly Entry[];
  /** To be given for what follows. */
  readonly position: Position;
  /** How many left between the position that was given and the first that is held. */
  readonly missed: number;
}

/** Up to about `maxBytes` of raw text after `from`; none at the end. Opens no transaction that lasts. @throws RelayError `JOURNAL_DAMAGED` */
export function tailOf(store: Store, from: Position | 'end' | 'beginning', maxBytes: number): JournalTail {
  const { next } = stateOf(store);
  const oldest = oldestChunkKey(store)?.[0] ?? next;
  const wanted = from === 'end' ? next : from === 'beginning' ? oldest : numberOf(from) + 1;
  let number = Math.max(wanted, oldest);
  const missed = number - wanted;
  // Nothing of it is kept: each is looked at once.
  const reader = new ChunkReader(store, 0);
  const entries: Entry[] = [];
  let bytes = 0;
  while (number < next && bytes < maxBytes) {
    const chunk = reader.pass(number);
    if (chunk === undefined) break;
    for (const entry of chunk.entries.slice(number - chunk.first)) {
      entries.push(entry);
      bytes += Buffer.byteLength(entry.raw);
      number += 1;
    }
  }
  return { entries, position: positionOf(number - 1), missed };
}
