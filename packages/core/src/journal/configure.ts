/**
 * Who writes and who reads, said once before the first poll: refuses a source that seems renamed and
 * gives every lane a cursor, all in one commit, so that no entry can leave before a new lane saw it.
 */
import type { Feed } from '../entry.ts';
import { RelayError } from '../errors.ts';
import { bound, isOther } from './binding.ts';
import { hasLostEntries, oldestChunkKey } from './bound.ts';
import { type Checkpoint, withHalfRead } from './checkpoint.ts';
import { unknownStart } from './damage/begin-again.ts';
import type { JournalConfiguration, JournalSource, LaneBegin, LaneStart } from './journal.ts';
import { hoursHeldFrom, idsHeldFrom } from './seen-ids.ts';
import { counted } from './settled.ts';
import { type Store, stateOf } from './store.ts';
import type { StoredCursor } from './stored.ts';
import type { Decision } from './writer.ts';

/** What it reads and writes. */
export type ConfigurableStore = Pick<Store, 'meta' | 'chunks' | 'checkpoints' | 'bindings' | 'seen' | 'cursors'>;

/** To be run by the writer. @throws RelayError `SOURCE_RENAMED`, `SOURCE_CHANGED`. */
export function configureJournal(
  store: ConfigurableStore,
  { sources, lanes }: JournalConfiguration,
): Decision<Readonly<Record<string, LaneStart>>> {
  refuseRenamed(store, sources);
  const bindings = sources.flatMap(({ name, origin }) =>
    origin === undefined ? [] : [[name, bound(name, store.bindings.get(name), origin)] as const],
  );
  const state = stateOf(store);
  const returned = sources.flatMap(({ name, feeds }) => feeds.flatMap((feed) => returning(store, name, feed)));
  const left = sources.flatMap(({ name, feeds }) => leaving(store, name, feeds));
  const oldest = oldestChunkKey(store)?.[0] ?? state.next;
  const { unknownFrom, ...known } = state;
  const lost = unknownFrom === undefined ? [] : sources.flatMap((source) => unknownOf(store, source, unknownFrom));
  const starts: [string, LaneStart][] = [];
  const cursors: [string, StoredCursor][] = [];
  for (const { name, startFrom } of lanes) {
    const found = store.cursors.get(name);
    const isFromNow = startFrom === 'now' && unknownFrom === undefined;
    const position = isFromNow ? state.next - 1 : oldest - 1;
    if (found === undefined) {
      // Of a lane that may have stood here before, nobody knows from when on it was: all of it goes.
      const begin = unknownFrom === undefined ? beginOf(startFrom) : {};
      cursors.push([name, counted({ position, settled: [], reach: 0, ...begin })]);
    } else if (found.counts === undefined) cursors.push([name, counted(found)]);
    starts.push([name, found !== undefined && hasLostEntries(store, found.position) ? 'entries_gone' : 'ready']);
  }
  return {
    write: () => {
      for (const [name, cursor] of cursors) store.cursors.put(name, cursor);
      for (const [name, binding] of bindings) store.bindings.put(name, binding);
      for (const [key, checkpoint] of [...returned, ...left, ...lost]) store.checkpoints.put(key, checkpoint);
      store.meta.put('state', {
        ...known,
        sources: sources.map(({ name, feeds }) => ({ name, feeds })),
        lanes: lanes.map(({ name }) => name),
      });
    },
    value: Object.fromEntries(starts),
  };
}

/** New lanes of whose time something has left already; as of before `configureJournal`. */
export function lanesTooLate(store: Store, lanes: JournalConfiguration['lanes']): readonly LateLane[] {
  const oldest = oldestChunkKey(store);
  // What the first entry of all is still there for has lost nothing.
  if ((oldest?.[0] ?? stateOf(store).next) === 1) return [];
  const heldSinceMs = oldest?.[2];
  return lanes.flatMap(({ name, startFrom }) => {
    if (typeof startFrom === 'string' || store.cursors.get(name) !== undefined) return [];
    const { fromMs } = startFrom;
    return heldSinceMs !== undefined && heldSinceMs <= fromMs ? [] : [{ name, fromMs, heldSinceMs }];
  });
}

export interface LateLane {
  readonly name: string;
  readonly fromMs: number;
  /** When the oldest entry that is held was received. Undefined: none is held. */
  readonly heldSinceMs: number | undefined;
}

function beginOf(startFrom: LaneBegin): Pick<StoredCursor, 'fromMs'> {
  return typeof startFrom === 'string' ? {} : { fromMs: startFrom.fromMs };
}

/**
 * A new name beside one that has just gone: the events would be read and sent all over again. Only
 * sources of the last start count, so a source that was really removed can be followed by a new one; and
 * only those that may have read the same log.
 */
function refuseRenamed(store: ConfigurableStore, sources: readonly JournalSource[]): void {
  const known = new Set([...store.checkpoints.getKeys()].map(([source]) => source));
  const names = sources.map(({ name }) => name);
  const last = stateOf(store).sources.map(({ name }) => name);
  const away = last.filter((source) => known.has(source) && !names.includes(source));
  const isRename = (from: string, { origin }: JournalSource): boolean => {
    const binding = store.bindings.get(from);
    return binding === undefined || origin === undefined || !isOther(binding, origin);
  };
  const added = sources
    .filter((source) => !known.has(source.name) && away.some((from) => isRename(from, source)))
    .map(({ name }) => name);
  const gone = away.filter((from) => sources.some((source) => added.includes(source.name) && isRename(from, source)));
  if (added.length === 0 || gone.length === 0) return;
  const from = gone.join(', ');
  const to = added.join(', ');
  throw new RelayError(
    'SOURCE_RENAMED',
    `source ${to} is new while ${from}, which has been read before, is gone: give it its old name back; ` +
      `if they are different organizations, start once without ${to}, then add it`,
  );
}

type Changed = readonly [key: readonly [source: string, feed: Feed], checkpoint: Checkpoint];

/**
 * A feed that was left out and is read again. While it was away the others alone said which ids are needed, so what it
 * read before that must not be read again: it would be journaled twice. Empty: nothing changes for it.
 */
function returning(store: ConfigurableStore, source: string, feed: Feed): readonly Changed[] {
  const key = [source, feed] as const;
  const checkpoint = store.checkpoints.get(key);
  const last = stateOf(store).sources.find(({ name }) => name === source);
  if (checkpoint === undefined || last === undefined || last.feeds.includes(feed)) return [];
  const held = idsHeldFrom(store, source, last.feeds);
  if (held <= (checkpoint.idsNeededFrom ?? Number.NEGATIVE_INFINITY)) return [];
  return [[key, { ...checkpoint, idsNeededFrom: held }]];
}

/** Feeds of a lost journal of which not even the start is known. */
function unknownOf(store: ConfigurableStore, { name, feeds }: JournalSource, from: number): readonly Changed[] {
  const unknown = feeds.filter((feed) => store.checkpoints.get([name, feed]) === undefined);
  return unknown.map((feed) => [[name, feed], unknownStart(from)]);
}

/** How far the first sweep of a feed looks back, in seconds, as long as none is complete that says it. */
const SWEEP_SECONDS = 86_400;

/**
 * Feeds that are left out from now on. What the next sweep would have read is to be read when the feed is back, since late
 * events can become visible meanwhile. Of that time, and of what stands after the newest done window, events are journaled,
 * and nobody says any more that their ids are needed: they are kept until it is read.
 */
function leaving(store: ConfigurableStore, source: string, feeds: readonly Feed[]): readonly Changed[] {
  const last = stateOf(store).sources.find(({ name }) => name === source);
  return (last?.feeds ?? []).flatMap((feed) => {
    const checkpoint = store.checkpoints.get([source, feed]);
    if (feeds.includes(feed) || checkpoint === undefined) return [];
    const { startSeconds, passes, idsNeededFrom, done } = checkpoint;
    const sweepFrom = idsNeededFrom ?? (passes.sweep ?? startSeconds) - SWEEP_SECONDS;
    const from = Math.max(startSeconds, Math.min(sweepFrom, done.at(-1)?.to ?? startSeconds));
    const left = done.flatMap((span) => (span.from < from ? [{ ...span, to: Math.min(span.to, from) }] : []));
    const spans = hoursHeldFrom(store, source, from);
    return [[[source, feed], spans.reduce(withHalfRead, { ...checkpoint, done: left })] as const];
  });
}
