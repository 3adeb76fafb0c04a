/**
 * Reads a journal through before anything is built on it: first the file as LMDB will follow it, then every value by
 * its checksum, then whether they make sense together. `open.ts` and `read-only.ts` call it while nobody writes.
 */
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { RelayError } from '../errors.ts';
import { CHECK_BYTES, damaged } from './checked-table.ts';
import { verifyDataFile } from './data-file.ts';
import { DATA } from './folder.ts';
import { bytesOnDisk, type Store } from './store.ts';
import type { StoredCursor, StoredMeta } from './stored.ts';

const PORTION = 10_000;
const ID_BYTES = 16;

/** What the file says of the chunks without reading one. */
export interface ChunkSizes {
  /** As the offsets in their keys count. */
  readonly bytes: number;
  readonly chunks: number;
}

/** Before LMDB opens it. @throws RelayError `JOURNAL_DAMAGED` */
export async function verifyFile(folder: string): Promise<ChunkSizes> {
  let bytes = 0;
  let chunks = 0;
  await verifyDataFile(join(folder, DATA), (table) =>
    table === 'chunks'
      ? ({ size }) => {
          bytes += bytesOnDisk(size - CHECK_BYTES);
          chunks += 1;
        }
      : undefined,
  );
  return { bytes, chunks };
}

/**
 * Once it is open, before anything is written. Entries are not read here, as that would take minutes of a large journal: a
 * chunk that is damaged is named by the lane that comes to it.
 * @throws RelayError `JOURNAL_DAMAGED`
 */
export async function verifyValues(store: Store, sizes: ChunkSizes): Promise<void> {
  const state = store.meta.get('state');
  if (state === undefined) throw damaged('its state is missing');
  checkState(state);
  await checkChunkKeys(store, state, sizes);
  checkCursors(store, state);
  checkSources(store);
  checkKept(store, state);
}

function checkState({ next, offset, maxBytes }: StoredMeta): void {
  if (!isCount(next) || next < 1 || !isCount(offset) || !isCount(maxBytes)) throw nonsense('its state');
}

/** In portions, so that others have their turn. */
async function checkChunkKeys(store: Store, { next, offset }: StoredMeta, sizes: ChunkSizes): Promise<void> {
  let chunks = 0;
  let begin: number | undefined;
  let last: readonly [first: number, offset: number] = [0, -1];
  for (let size = PORTION; size === PORTION; await setImmediate()) {
    size = 0;
    for (const [first, at] of store.chunks.getKeys({ start: [last[0] + 1], limit: PORTION })) {
      if (!isCount(first) || !isCount(at) || first <= last[0] || at <= last[1])
        throw nonsense(`the chunk of entry ${first}`);
      begin ??= at;
      chunks += 1;
      size += 1;
      last = [first, at];
    }
  }
  const bytes = offset - (begin ?? offset);
  if (last[0] >= next || chunks !== sizes.chunks || bytes !== sizes.bytes) throw nonsense('the chunks');
}

function checkCursors(store: Store, { next, lanes }: StoredMeta): void {
  const known = new Set<string>();
  for (const { key, value } of store.cursors.getRange()) {
    known.add(key);
    if (!isPlace(value, next)) throw nonsense(`the cursor of the lane ${key}`);
  }
  const missing = lanes.find((lane) => !known.has(lane));
  if (missing !== undefined) throw damaged(`the cursor of the lane ${missing} is missing`);
}

/** At or before the journal's end, and its ranges in order after its position. */
function isPlace({ position, settled, reach }: StoredCursor, next: number): boolean {
  if (!isCount(position) || !isCount(reach) || position >= next) return false;
  let before = position;
  for (const [first, last] of settled) {
    if (first <= before || last < first || last >= next) return false;
    before = last;
  }
  return true;
}

function checkSources(store: Store): void {
  // Read for their checksums.
  for (const { key } of store.bindings.getRange()) if (key === '') throw nonsense('a binding');
  for (const { key, value } of store.checkpoints.getRange()) {
    const { done, startSeconds } = value;
    const isAscending = done.every(
      ({ from, to }, at) => from < to && from > (done[at - 1]?.to ?? Number.NEGATIVE_INFINITY),
    );
    if (!Number.isFinite(startSeconds) || !isAscending) throw nonsense(`the checkpoint of ${key.join(' ')}`);
  }
}

function checkKept(store: Store, { next, deadLetters, oddities }: StoredMeta): void {
  for (const { key, value } of store.seen.getRange()) {
    if (value.length % ID_BYTES !== 0 || key[2] >= next) throw nonsense(`the ids of ${key.join(' ')}`);
  }
  const letters = countedBy(store.deadLetters.getRange());
  const ids = countedBy(store.deadLetterIds.getRange());
  const odd = countedBy(store.malformedRecords.getRange());
  if (!isSame(letters, deadLetters) || !isSame(ids, deadLetters)) throw nonsense('the dead letters');
  if (!isSame(odd, oddities)) throw nonsense('the records without an id');
}

/** By the first part of their keys; each is read for its checksum. */
function countedBy(
  values: Iterable<{ readonly key: readonly [string, string | number] }>,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of values) counts.set(key[0], (counts.get(key[0]) ?? 0) + 1);
  return counts;
}

function isSame(counted: ReadonlyMap<string, number>, said: Readonly<Record<string, number>>): boolean {
  const names = new Set([...counted.keys(), ...Object.keys(said)]);
  return [...names].every((name) => (counted.get(name) ?? 0) === (said[name] ?? 0));
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function nonsense(place: string): RelayError {
  return damaged(`${place} cannot be`);
}
