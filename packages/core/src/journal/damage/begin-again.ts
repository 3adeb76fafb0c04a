/**
 * What a journal begins with where one has stood before, and what becomes of one that knows less than `starts.json` does:
 * no feed that was ever begun begins at "now". The cases are those of the table in `docs/decisions/0030-set-aside.md`.
 */
import { FEEDS } from '../../entry.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { markRestored } from '../restore.ts';
import { type Store, stateOf } from '../store.ts';
import type { StoredMeta } from '../stored.ts';
import type { Remains } from './remains.ts';
import type { FeedStart, SourceStart, Starts, StartsFound } from './starts.ts';

/** 2024-07-01, when the API was first published: before everything that it can hold. */
const BEFORE_ALL_SECONDS = 1_719_792_000;

/** What a new journal is to begin with. */
export interface Beginnings {
  readonly starts: Starts;
  /** False: there may be feeds and lanes of which nothing is known. */
  readonly isWhole: boolean;
}

/** Undefined: nothing has ever stood here. @param remains of the journal that stands aside, if one does */
export function beginningsOf(found: StartsFound, remains: Remains | undefined): Beginnings | undefined {
  if (found.kind === 'none' && remains === undefined) return undefined;
  const { lanes, sources } = found.kind === 'read' ? found.starts : { lanes: [], sources: {} };
  const starts = remains === undefined ? { lanes, sources } : withRemains({ lanes, sources }, remains);
  return { starts, isWhole: found.kind === 'read' };
}

function withRemains(said: Starts, { bindings, checkpoints, state }: Remains): Starts {
  const sources: Record<string, SourceStart> = { ...said.sources };
  for (const [source, binding] of bindings) sources[source] = { binding, feeds: {}, ...sources[source] };
  for (const [source, feed, checkpoint] of checkpoints) {
    const known = sources[source] ?? { feeds: {} };
    const start = known.feeds[feed];
    // A start that still waits was replaced since, if the journal says another one.
    if (start !== undefined && (!start.startProvisional || checkpoint.startProvisional)) continue;
    const settled = start?.settled ?? [];
    sources[source] = { ...known, feeds: { ...known.feeds, [feed]: { ...checkpoint, settled } } };
  }
  return { lanes: [...new Set([...said.lanes, ...(state?.lanes ?? [])])], sources };
}

/** Inside the first transaction of a new journal: whatever it reads of the past may have been sent before. */
export function beginAgain(store: Store, { starts, isWhole }: Beginnings): void {
  const state = stateOf(store);
  const sources = Object.entries(starts.sources);
  for (const [name, { binding, feeds }] of sources) {
    if (binding !== undefined) store.bindings.put(name, binding);
    for (const feed of FEEDS) {
      const start = feeds[feed];
      if (start !== undefined) store.checkpoints.put([name, feed], checkpointOf(start));
    }
  }
  for (const lane of starts.lanes)
    store.cursors.put(lane, { position: 0, settled: [], reach: 0, counts: {}, uncounted: 0 });
  const begun: StoredMeta = {
    ...state,
    sources: sources.map(([name, { feeds }]) => ({ name, feeds: FEEDS.filter((feed) => feeds[feed] !== undefined) })),
    lanes: starts.lanes,
    restored: { before: {} },
  };
  store.meta.put('state', isWhole ? begun : { ...begun, unknownFrom: BEFORE_ALL_SECONDS });
}

/**
 * Inside the first transaction of a life, for a journal that is whole: an older copy may not know a feed that has begun
 * since, or that its start has moved back.
 * @returns `source feed` of each that was given what `starts.json` says
 */
export function reconcile(store: Store, starts: Starts): readonly string[] {
  const changed: string[] = [];
  for (const [name, { binding, feeds }] of Object.entries(starts.sources)) {
    for (const feed of FEEDS) {
      const start = feeds[feed];
      const known = store.checkpoints.get([name, feed]);
      if (start === undefined || !isBehind(known, start)) continue;
      const { startSeconds } = start;
      const { waiting: _, ...rest } = known ?? checkpointOf(start);
      store.checkpoints.put(
        [name, feed],
        known === undefined ? checkpointOf(start) : { ...rest, startSeconds, startProvisional: false },
      );
      changed.push(`${name} ${feed}`);
    }
    if (binding !== undefined && store.bindings.get(name) === undefined) store.bindings.put(name, binding);
  }
  if (changed.length > 0) store.meta.put('state', markRestored(store, stateOf(store)));
  return changed;
}

/** A start that still waits says nothing: the journal is written first. */
function isBehind(known: Checkpoint | undefined, start: FeedStart): boolean {
  if (known === undefined) return true;
  return !start.startProvisional && start.waiting === undefined && known.startSeconds > start.startSeconds;
}

function checkpointOf({ startSeconds, startProvisional, waiting, sawEvent, settled }: FeedStart): Checkpoint {
  return {
    version: 1,
    startSeconds,
    startProvisional,
    ...(waiting && { waiting }),
    done: settled,
    passes: {},
    ...(sawEvent && { sawEvent }),
  };
}

/** For `configure`: a feed of which nothing is known after a loss. */
export function unknownStart(startSeconds: number = BEFORE_ALL_SECONDS): Checkpoint {
  return { version: 1, startSeconds, startProvisional: false, done: [], passes: {} };
}
