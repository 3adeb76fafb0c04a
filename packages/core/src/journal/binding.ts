/**
 * Which log a source's progress belongs to. A checkpoint says "done" of times in one organization's log; under
 * another one it would hide events that nobody has read. `configure.ts` refuses what is certainly another,
 * `source/origin.ts` finds out the rest by reading, and `audit-relay journal adopt` is a person's word.
 */
import { type Entry, FEEDS, type Feed } from '../entry.ts';
import { RelayError } from '../errors.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Store } from './store.ts';
import type { Origin, StoredBinding, Witness } from './stored.ts';

export type { Origin, StoredBinding, Witness } from './stored.ts';

/** Why a source is not certain to read the log whose progress stands here. */
export interface Doubt {
  readonly changed: 'base_url' | 'api_key';
  /** The newest first. None: nothing is there to know the log by. */
  readonly witnesses: readonly Witness[];
  /** No event was ever seen, so that nothing can come twice when all is read anew. */
  readonly isEmpty: boolean;
}

/** How a doubt has ended: it is the same log; nothing was ever read of it, so all is read anew; it is another. */
export type Judgement = 'same' | 'anew' | 'other';

/** By time, and as many again by when they were journaled: an event that is dated ahead must not stand alone. */
const KEPT = 2;
const LONGEST_ID = 512;
const MOST_OTHERS = 8;

/**
 * The binding that a source has from now on.
 * @throws RelayError `SOURCE_CHANGED` when it has read another dialect or another known organization.
 */
export function bound(source: string, known: StoredBinding | undefined, origin: Origin): StoredBinding {
  if (known === undefined) return { ...origin, witnesses: [] };
  const change = differs(known, origin);
  if (change !== undefined) throw changed(source, change);
  const organization = origin.organization ?? known.organization;
  return { ...known, ...(organization === undefined ? {} : { organization }) };
}

/** True when a source of this origin reads certainly another log than the one that is bound so. */
export function isOther(known: StoredBinding, origin: Origin): boolean {
  if (differs(known, origin) !== undefined) return true;
  return (known.others ?? []).some(({ baseUrl, key }) => baseUrl === origin.baseUrl && key === origin.key);
}

/** Undefined: as far as can be known it is the log whose progress stands in the journal. */
export function doubtOf(
  store: Pick<Store, 'bindings' | 'checkpoints'>,
  source: string,
  origin: Origin,
): Doubt | undefined {
  const known = store.bindings.get(source);
  if (known === undefined || (known.baseUrl === origin.baseUrl && known.key === origin.key)) return undefined;
  const { witnesses } = known;
  const sawEvent = FEEDS.some((feed) => store.checkpoints.get([source, feed])?.sawEvent === true);
  const changedPart = known.baseUrl === origin.baseUrl ? 'api_key' : 'base_url';
  const isEmpty = witnesses.length === 0 && !sawEvent;
  return { changed: changedPart, witnesses, isEmpty };
}

/** Inside a transaction: what has become known of an origin. */
export function decideOrigin(
  store: Pick<Store, 'bindings' | 'checkpoints'>,
  source: string,
  { origin, judgement }: { readonly origin: Origin; readonly judgement: Judgement },
): void {
  const known = store.bindings.get(source);
  if (known === undefined) return;
  const { baseUrl, key } = origin;
  const others = (known.others ?? []).filter((other) => other.baseUrl !== baseUrl || other.key !== key);
  if (judgement === 'other') {
    // The other feed may have found it to be the same meanwhile.
    if (known.baseUrl === baseUrl && known.key === key) return;
    store.bindings.put(source, { ...known, others: [...others, { baseUrl, key }].slice(-MOST_OTHERS) });
    return;
  }
  store.bindings.put(source, { ...known, baseUrl, key, others });
  if (judgement === 'anew') for (const feed of FEEDS) unread(store, source, feed);
}

/** Inside a transaction: a person says that it is the same log, whatever has changed. */
export function adoptOrigin(store: Pick<Store, 'bindings'>, source: string, origin: Origin): void {
  const { witnesses = [] } = store.bindings.get(source) ?? {};
  store.bindings.put(source, { ...origin, witnesses });
}

/** Inside a transaction: keeps the newest of what is journaled as witnesses. */
export function witness(store: Pick<Store, 'bindings'>, source: string, entries: readonly Entry[]): void {
  const known = store.bindings.get(source);
  const latest = entries.findLast(({ timeGuessed, id }) => timeGuessed !== true && id.length <= LONGEST_ID);
  if (known === undefined || latest === undefined) return;
  const { feed, id, timeMs } = latest;
  const seen = known.witnesses.filter((other) => other.feed === feed && other.id !== id);
  const all = [{ feed, id, second: Math.floor(timeMs / 1000) }, ...seen];
  const newest = all.toSorted((a, b) => b.second - a.second).slice(0, KEPT);
  const kept = all.filter((one, index) => index < KEPT || newest.includes(one));
  store.bindings.put(source, { ...known, witnesses: [...kept, ...known.witnesses.filter((one) => one.feed !== feed)] });
}

/** Nothing counts as read any more; only where no event was ever seen, so that none comes twice. */
function unread(store: Pick<Store, 'checkpoints'>, source: string, feed: Feed): void {
  const checkpoint = store.checkpoints.get([source, feed]);
  if (checkpoint === undefined) return;
  const { idsNeededFrom: _ids, anchors: _anchors, ...rest } = checkpoint;
  const anew: Checkpoint = { ...rest, done: [] };
  store.checkpoints.put([source, feed], anew);
}

function differs(known: Origin, origin: Origin): string | undefined {
  if (known.dialect !== origin.dialect) return `dialect ${known.dialect}, and is to read ${origin.dialect}`;
  const { organization: before } = known;
  const { organization: now } = origin;
  if (before === undefined || now === undefined || before === now) return undefined;
  return `organization ${before}, and is to read ${now}`;
}

function changed(source: string, change: string): RelayError {
  const fix = `give it a name of its own, beside or in place of ${source}; if it is the same log, say so with \`audit-relay journal adopt --source ${source}\``;
  return new RelayError(
    'SOURCE_CHANGED',
    `source ${source} has read ${change}, of which nothing counts as read: ${fix}`,
  );
}
