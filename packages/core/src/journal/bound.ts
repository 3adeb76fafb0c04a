/** What of the journal is pinned, by whom, and what may leave: pure reading, shared by room and stats. */

import { type ChunkKey, type Store, stateOf } from './store.ts';

/** The lane that is furthest behind of those that can go on. */
export interface Slowest {
  readonly lane: string;
  readonly position: number;
}

/** Undefined: nobody waits for what is held, so everything may leave. */
export function slowestLane(store: Store, lanes: readonly string[]): Slowest | undefined {
  const positions = lanes.map((lane) => ({ lane, position: store.cursors.get(lane)?.position ?? 0 }));
  const ready = positions.filter(({ position }) => !hasLostEntries(store, position));
  return ready.sort((a, b) => a.position - b.position)[0];
}

/** Entries after `position` have left: its lane can never go on from there, and so it pins nothing. */
export function hasLostEntries(store: Pick<Store, 'chunks' | 'meta'>, position: number): boolean {
  const oldest = oldestChunkKey(store)?.[0] ?? stateOf(store).next;
  return position + 1 < oldest;
}

/** What nothing may evict. */
export interface Pinned {
  readonly bytes: number;
  /** The part that takes most of it: a lane that is behind, by its name, or what else it is. */
  readonly largest: { readonly by: string; readonly bytes: number };
}

/** Not inside a transaction. */
export function pinned(store: Store): Pinned {
  const { deadLetters, malformedRecords, seen } = store.keptBytes();
  const slowest = slowestLane(store, stateOf(store).lanes);
  const parts = [
    { by: slowest?.lane ?? 'no lane', bytes: slowest === undefined ? 0 : bytesAfter(store, slowest.position) },
    { by: 'dead letters', bytes: deadLetters },
    { by: 'records without an id', bytes: malformedRecords },
    { by: 'seen ids', bytes: seen },
  ] as const;
  return {
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
    largest: parts.reduce((largest, part) => (part.bytes > largest.bytes ? part : largest)),
  };
}

/** The chunk that holds entry `number`, or the one before where that has left or is still to come. */
export function chunkKeyAt(store: Store, number: number): ChunkKey | undefined {
  return first(store.chunks.getKeys({ start: [number, Number.POSITIVE_INFINITY], reverse: true, limit: 1 }));
}

export function oldestChunkKey(store: Pick<Store, 'chunks'>): ChunkKey | undefined {
  return first(store.chunks.getKeys({ limit: 1 }));
}

/** Bytes of the chunks that hold anything after `position`, to the newest. */
export function bytesAfter(store: Store, position: number): number {
  const { next, offset } = stateOf(store);
  if (position + 1 >= next) return 0;
  const key = chunkKeyAt(store, position + 1) ?? oldestChunkKey(store);
  return key === undefined ? 0 : offset - key[1];
}

export function first<T>(values: Iterable<T>): T | undefined {
  for (const value of values) return value;
  return undefined;
}
