/** The journal's entries one after another, for who exports or checks them; whether or not an agent runs on it. */
import { setImmediate } from 'node:timers/promises';
import type { Entry } from '../../entry.ts';
import { damaged } from '../checked-table.ts';
import { decodeChunk } from '../chunk.ts';
import { remnantsOf } from '../damage/remains.ts';
import type { ChunkKey, Store } from '../store.ts';

/** Keys that are read at a time: no read transaction stays open while the caller works. */
const PORTION = 64;

export interface Selection {
  /** Seconds since the epoch by the event's own time, included. */
  readonly from?: number;
  /** Not included. */
  readonly to?: number;
  /** By its name. */
  readonly source?: string;
}

/** In journal order, one chunk in memory. What leaves meanwhile is passed over. @throws RelayError `JOURNAL_DAMAGED`, `JOURNAL_NEWER` */
export async function* entriesIn(store: Store, selection: Selection): AsyncGenerator<Entry> {
  for await (const key of chunkKeysIn(store)) {
    const chunk = chunkAt(store, key);
    if (chunk !== undefined) yield* chunk.filter((entry) => isSelected(entry, selection));
  }
}

/** Whatever can be read of a journal that is damaged, dead letters among it: in no order, and some may come twice. */
export async function* salvagedEntries(folder: string, selection: Selection): AsyncGenerator<Entry> {
  for await (const remnant of remnantsOf(folder)) {
    const entries = remnant.kind === 'entries' ? remnant.entries : [];
    const found = remnant.kind === 'dead_letter' ? [remnant.deadLetter.entry] : entries;
    yield* found.filter((entry) => isSelected(entry, selection));
  }
}

export async function* chunkKeysIn(store: Store): AsyncGenerator<ChunkKey> {
  for (let from = 0; ; ) {
    const keys = [...store.chunks.getKeys({ start: [from], limit: PORTION })];
    yield* keys;
    const last = keys.at(-1);
    if (last === undefined) return;
    from = last[0] + 1;
    await setImmediate();
  }
}

/** Undefined: it has left since its key was read. @throws RelayError `JOURNAL_DAMAGED`, `JOURNAL_NEWER` */
export function chunkAt(store: Store, key: ChunkKey): readonly Entry[] | undefined {
  const value = store.chunks.get(key);
  if (value === undefined) return undefined;
  try {
    return decodeChunk(value);
  } catch (error) {
    throw Object(error).code === undefined ? damaged(`the chunk of entry ${key[0]}`, error) : error;
  }
}

function isSelected({ timeMs, source }: Entry, { from, to, source: wanted }: Selection): boolean {
  if (wanted !== undefined && source !== wanted) return false;
  return (from === undefined || timeMs >= from * 1000) && (to === undefined || timeMs < to * 1000);
}
