/**
 * Finds one event by its id, for a second process that looks at the journal while the agent runs. The ids
 * that are kept for the dedupe say where it lies; what is older is looked for in all chunks, the newest first.
 */
import { setImmediate } from 'node:timers/promises';
import type { Entry } from '../entry.ts';
import { hasCode } from '../errors.ts';
import { damaged } from './checked-table.ts';
import { decodeChunk } from './chunk.ts';
import { hashIds, WORDS } from './id-table.ts';
import type { ChunkKey, Store } from './store.ts';
import type { Range } from './table.ts';

export type Found =
  | { readonly kind: 'entry'; readonly entry: Entry }
  /** Journaled, and not held any more; or nothing is known of it. */
  | { readonly kind: 'left' | 'unknown' };

/** What is read at a time; LMDB's snapshot is given back after each, some 50 ms of work later at most. */
const PORTION = 64;
const ID_BYTES = WORDS * 4;

/**
 * The newest copy where there are several.
 * @throws RelayError `JOURNAL_DAMAGED`, `JOURNAL_NEWER`
 */
export async function findEntry(store: Store, id: string): Promise<Found> {
  const commit = await newestCommit(store, id);
  const entry = commit === undefined ? await searchBackwards(store, id) : await searchWithin(store, commit, id);
  if (entry !== undefined) return { kind: 'entry', entry };
  return { kind: commit === undefined ? 'unknown' : 'left' };
}

/** Numbers of its first entry and of the one after its last. */
interface Commit {
  readonly first: number;
  readonly end: number;
}

interface Seen {
  readonly key: readonly [source: string, hour: number, first: number];
  readonly value: Uint8Array;
}

/** The last commit of which an id is kept. */
async function newestCommit(store: Store, id: string): Promise<Commit | undefined> {
  const wanted = Buffer.from(hashIds([id]).buffer);
  const hits: Seen['key'][] = [];
  for await (const { key, value } of seenIds(store)) if (holds(value, wanted)) hits.push(key);
  const newest = hits.toSorted((a, b) => b[2] - a[2])[0];
  if (newest === undefined) return undefined;
  let end = newest[2];
  for await (const { key, value } of seenIds(store)) if (key[2] === newest[2]) end += value.length / ID_BYTES;
  return { first: newest[2], end };
}

async function* seenIds(store: Store): AsyncGenerator<Seen> {
  let start: Range['start'] | undefined;
  for (;;) {
    const portion = [...store.seen.getRange({ ...(start && { start }), limit: PORTION })];
    yield* portion;
    const last = portion.at(-1);
    if (last === undefined) return;
    start = [last.key[0], last.key[1], last.key[2] + 1];
    await setImmediate();
  }
}

/** Whole ids alone: one may by chance stand across two others. */
function holds(ids: Uint8Array, wanted: Buffer): boolean {
  const bytes = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength);
  let at = bytes.indexOf(wanted);
  while (at >= 0 && at % ID_BYTES !== 0) at = bytes.indexOf(wanted, at + 1);
  return at >= 0;
}

/** Chunks that have left are passed over. */
async function searchWithin(store: Store, { first, end }: Commit, id: string): Promise<Entry | undefined> {
  for await (const chunk of chunks(store, { start: [first], end: [end] })) {
    const entry = entryIn(chunk, id);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

async function searchBackwards(store: Store, id: string): Promise<Entry | undefined> {
  for await (const chunk of chunks(store, { reverse: true })) {
    const entry = entryIn(chunk, id);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

interface StoredChunk {
  readonly key: ChunkKey;
  readonly value: Uint8Array;
}

async function* chunks(store: Store, range: Range): AsyncGenerator<StoredChunk> {
  let rest = range;
  for (;;) {
    const portion = [...store.chunks.getRange({ ...rest, limit: PORTION })];
    yield* portion;
    const last = portion.at(-1);
    if (last === undefined) return;
    const [first] = last.key;
    // A key of one number sorts before all that begin with it.
    rest = { ...range, start: range.reverse === true ? [first] : [first + 1] };
    await setImmediate();
  }
}

/** A source has an id once in a commit; two sources have commits of their own. */
function entryIn({ key, value }: StoredChunk, id: string): Entry | undefined {
  try {
    return decodeChunk(value).find((entry) => entry.id === id);
  } catch (error) {
    throw hasCode(error, 'JOURNAL_NEWER') ? error : damaged(`the chunk of entry ${key[0]}`, error);
  }
}
