/**
 * From the answer to a bulk to what became of each event. Items stand in the order of the request, and each names the
 * document that it is about: an answer in which one does not fit is about something else, and settles nothing.
 */
import type { Failure } from '@audit-relay/sink';
import { type Item, type ItemContext, itemSchema, outcomeOf, type Settled } from './item.ts';

/** One event that was not taken; `index` counts within the bulk, from 0. */
export interface FailureAt {
  readonly index: number;
  readonly failure: Failure;
}

/** What became of the events of one bulk: `counts` and `failures` together are all of them. */
export interface Settlement {
  readonly counts: Readonly<Record<Settled, number>>;
  readonly failures: readonly FailureAt[];
}

/** The events of a bulk, in its order. */
export interface Bulk {
  readonly ids: readonly string[];
  /** Documents keep these ids. False: an ingest pipeline gives them ids of its own, which cannot be foretold. */
  readonly keepsIds: boolean;
}

/** Why nothing can be read from `body`, in which case any of the events may be stored; else what became of them. */
export function settle(body: unknown, bulk: Bulk, context: ItemContext): Settlement | string {
  const items = itemsIn(body);
  if (items === undefined) return 'HTTP 200 that is no answer of Elasticsearch';
  const misfit = misfitOf(items, bulk);
  if (misfit !== undefined) return misfit;
  const counts = { stored: 0, duplicate: 0, degraded: 0, dropped: 0 };
  const failures: FailureAt[] = [];
  for (const [index, item] of items.entries()) {
    const outcome = outcomeOf(item, context);
    if (typeof outcome === 'string') counts[outcome] += 1;
    else failures.push({ index, failure: outcome });
  }
  return { counts, failures };
}

/**
 * Each item is an object with one key, the operation:
 *
 *     {"took":7,"errors":true,"items":[{"create":{"_id":"audit_log-abc","status":201}}]}
 */
function itemsIn(body: unknown): readonly Item[] | undefined {
  const items: unknown = Object(body).items;
  if (!Array.isArray(items)) return undefined;
  const read: Item[] = [];
  for (const one of items) {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return undefined;
    const [item] = Object.values(one);
    const known = isPlain(item) ? item : itemSchema.safeParse(item).data;
    if (known === undefined) return undefined;
    read.push(known);
  }
  return read;
}

/** Nothing of it but what was taken: nearly every item is, and a schema's own look at each was 700 bytes of garbage. */
function isPlain(item: unknown): item is Item {
  const { _id, status, result, failure_store, error } = Object(item);
  const isTold = typeof _id === 'string' && Number.isSafeInteger(status) && typeof result === 'string';
  return isTold && failure_store === undefined && error === undefined;
}

function misfitOf(items: readonly Item[], { ids, keepsIds }: Bulk): string | undefined {
  if (items.length !== ids.length) return `the answer to ${ids.length} events is about ${items.length}`;
  if (!keepsIds || items.every(({ _id }, index) => _id === ids[index])) return undefined;
  const sent = new Set(ids);
  const misfits = items.filter((item, index) => !fits(item, ids[index] ?? '', sent));
  if (misfits.length === 0) return undefined;
  const isRenamed = misfits.every(({ _id }) => _id !== undefined && !sent.has(_id));
  return isRenamed
    ? 'documents get other ids than were sent: take what sets _id out of the ingest pipeline'
    : 'the answer is about other events than were sent, or in another order';
}

/** What went, or should have gone, to the failure store stands there under an id of the server's own. */
function fits({ _id, failure_store }: Item, id: string, sent: ReadonlySet<string>): boolean {
  if (_id === id) return true;
  return (failure_store === 'used' || failure_store === 'failed') && !sent.has(_id ?? '');
}
