/** From the answer to a bulk to what became of each event, by position: ids may be changed on the way, places not. */
import type { Failure } from '@audit-relay/sink';
import { z } from 'zod';
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

/** `{"took":7,"errors":true,"items":[{"create":{"_id":"audit_log-abc","status":201}}]}` */
const answerSchema = z.object({ items: z.array(z.record(z.string(), itemSchema)) });

/** Undefined when `body` is no answer to a bulk of `count` events: any of them may be stored then. */
export function settle(body: unknown, count: number, context: ItemContext): Settlement | undefined {
  const items = itemsIn(body);
  if (items === undefined || items.length !== count) return undefined;
  const counts = { stored: 0, duplicate: 0, degraded: 0, dropped: 0 };
  const failures: FailureAt[] = [];
  for (const [index, item] of items.entries()) {
    const outcome = outcomeOf(item, context);
    if (typeof outcome === 'string') counts[outcome] += 1;
    else failures.push({ index, failure: outcome });
  }
  return { counts, failures };
}

/** Each item is an object with one key, the operation. */
function itemsIn(body: unknown): readonly Item[] | undefined {
  const read = answerSchema.safeParse(body);
  if (!read.success) return undefined;
  const items = read.data.items.flatMap((item) => Object.values(item).slice(0, 1));
  return items.length === read.data.items.length ? items : undefined;
}
