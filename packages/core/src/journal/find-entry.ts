/**
 * Finds one event by its id, for a second process that looks at the journal while the agent runs. The
 * ids that are kept for the dedupe say where to look; for older events all chunks are read, the newest first.
 */
import { setImmediate } from 'node:timers/promises';
import type { Entry } from '../entry.ts';
import { hasCode } from '../errors.ts';
import { decodeChunk } from './chunk.ts';
import { hashIds, WORDS } from './id-table.ts';
import { type ChunkKey, damaged, type Range, type Store, type Table } from './store.ts';

export type Found =
  | { readonly kind: 'entry'; readonly entry: Entry }
  /** It was journaled and is not held any more, or it is not known whether it ever came. */
  | { readonly kind: 'left' | 'unknown' };

/** Chunks, or lists of ids, at a time: between two portions LMDB's snapshot is given back, some 50 ms later at most. */
const PORTION = 64;
const ID_BYTES = WORDS * 4;

/**
 * The newest copy, if there are several. An empty event loop's worth of work at a time: nothing is held meanwhile.
 * @throws RelayError `JOURNAL_DAMAGED`, `JOURNAL_NEWER`.
 */
export async function findEntry(store: Store, id: string): Promise<Found> {
  const first = await commitOf(store, id);
  // Within a commit the way goes forward from its first entry; what has left is passed over.
  const range = first === undefined ? { reverse: true } : { start: [first] };
  for await (const { key, value } of portions(store.chunks, range)) {
    const entry = entriesOf(key, value).findLast((one) => one.id === id);
    if (entry !== undefined) return { kind: 'entry', entry };
  }
  return { kind: first === undefined ? 'unknown' : 'left' };
}
