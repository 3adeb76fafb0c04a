/** Finds the events of one page: bounds by binary search, then at most the page and what lies hidden between. */
import { matchesRecord, needsRecord } from './facts.ts';
import type { Feed } from './feed.ts';
import type { Query } from './query.ts';
import { invalid } from './reply.ts';
import type { EventNumber, EventStore } from './store.ts';

/** Events in the order of the answer, and whether more of the same list follow in the direction of the walk. */
export interface Page {
  readonly events: readonly EventNumber[];
  readonly hasMore: boolean;
}

/** What of a feed's list, oldest first, a query can see: `[from, to)`. */
interface Slice {
  readonly from: number;
  readonly to: number;
}

/**
 * One page of the list that `query` describes, as it stands at `nowMs`: events that become visible later
 * are left out. A cursor need not be in the list, only in the feed: the page starts where it would stand.
 * @throws ApiError (400) for a cursor that names no visible event of this feed.
 */
export function findPage(
  store: EventStore,
  query: Query,
  { order, nowMs }: { readonly order: 'desc' | 'asc'; readonly nowMs: number },
): Page {
  const slice = cursorSlice(store, query, { order, nowMs });
  const backwards = query.after === undefined && query.before !== undefined;
  // With `before` alone the page lies next to the cursor, so it is gathered from there and turned round.
  const newestFirst = (order === 'desc') !== backwards;
  const numbers = store.feed(query.feed);
  const events: EventNumber[] = [];
  for (let step = 0; step < slice.to - slice.from && events.length <= query.limit; step += 1) {
    const number = numbers[newestFirst ? slice.to - 1 - step : slice.from + step];
    if (number !== undefined && store.isShown(number, nowMs) && matches(store, number, query)) events.push(number);
  }
  const page = events.slice(0, query.limit);
  return { events: backwards ? page.reverse() : page, hasMore: events.length > query.limit };
}

function matches(store: EventStore, number: EventNumber, { filters }: Query): boolean {
  if (filters.event_types.size > 0 && !filters.event_types.has(store.type(number))) return false;
  return !needsRecord(filters) || matchesRecord(store.record(number), filters);
}

/** Whole copies of one id in one second stand on the same side of a cursor, so no walk can turn in a circle among them. */
function cursorSlice(
  store: EventStore,
  query: Query,
  { order, nowMs }: { readonly order: 'desc' | 'asc'; readonly nowMs: number },
): Slice {
  let { from, to } = timeSlice(store, query);
  for (const name of ['after', 'before'] as const) {
    const cursor = query[name];
    if (cursor === undefined) continue;
    const number = findVisible(store, cursor, { feed: query.feed, nowMs });
    const isOlderSide = (name === 'after') === (order === 'desc');
    if (number === undefined) throw invalid(name, `No audit log of this list has the id '${cursor}'.`);
    const place = store.placeOf(number);
    if (isOlderSide) to = Math.min(to, store.countBefore(query.feed, place));
    else from = Math.max(from, store.countBefore(query.feed, place, true));
  }
  return { from, to };
}

/** The event with this id, if `feed` shows it at `nowMs`. */
export function findVisible(
  store: EventStore,
  id: string,
  { feed, nowMs }: { readonly feed: Feed; readonly nowMs: number },
): EventNumber | undefined {
  const number = store.numberOf(id, nowMs);
  if (number === undefined || !store.isShown(number, nowMs)) return undefined;
  const place = store.placeOf(number);
  return store.countBefore(feed, place) < store.countBefore(feed, place, true) ? number : undefined;
}

function timeSlice(store: EventStore, { feed, effectiveAt }: Query): Slice {
  const { gt, gte, lt, lte } = effectiveAt;
  const before = (seconds: number): number =>
    store.countBefore(feed, { effectiveAt: seconds, tie: Number.NEGATIVE_INFINITY });
  const upTo = (seconds: number): number =>
    store.countBefore(feed, { effectiveAt: seconds, tie: Number.POSITIVE_INFINITY });
  return {
    from: Math.max(gte === undefined ? 0 : before(gte), gt === undefined ? 0 : upTo(gt)),
    to: Math.min(
      lt === undefined ? Infinity : before(lt),
      lte === undefined ? Infinity : upTo(lte),
      store.feed(feed).length,
    ),
  };
}
