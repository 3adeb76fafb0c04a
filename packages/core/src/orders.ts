/**
 * What a running relay can be told to do beside its configuration: read a time of the past. From within
 * the process, or by another one over the journal's socket: `{ "order": "backfill" | "progress", … }`.
 */
import { z } from 'zod';
import { RelayError } from './errors.ts';
import type { JsonValue } from './event.ts';
import type { BackfillOrder, Relay } from './options.ts';
import type { Source } from './source/source.ts';

export type Orders = Pick<Relay, 'backfill' | 'backfillProgress'>;

const schema = z.strictObject({
  order: z.enum(['backfill', 'progress']),
  source: z.string(),
  from: z.int(),
  to: z.int(),
  again: z.boolean(),
});

/** An order that comes too late to be taken is not taken at all. */
const TAKE_MS = 20_000;

export function takeOrders(sources: ReadonlyMap<string, Source>): Orders {
  const sourceOf = ({ source }: BackfillOrder): Source => {
    const found = sources.get(source);
    if (found !== undefined) return found;
    const known = [...sources.keys()].join(', ');
    throw new RelayError('SOURCE_UNKNOWN', `no source is named ${source}: there is ${known}`);
  };
  return {
    backfill: async (order) => sourceOf(order).backfill(order, order.again, AbortSignal.timeout(TAKE_MS)),
    backfillProgress: (order) => sourceOf(order).progressIn(order),
  };
}

/** `{ progress }` as it is then, or `{ problem, code }`. Never rejects. */
export async function answerOrder(question: JsonValue, orders: Orders): Promise<JsonValue> {
  const read = schema.safeParse(question);
  if (!read.success) return { code: 'ORDER_UNKNOWN', problem: 'this agent is of another version: restart it' };
  const { order, ...wanted } = read.data;
  try {
    if (order === 'backfill') await orders.backfill(wanted);
    return { progress: { ...orders.backfillProgress(wanted) } };
  } catch (error) {
    const isOurs = error instanceof RelayError;
    return { code: isOurs ? error.code : 'ORDER_FAILED', problem: isOurs ? error.message : 'see the log of the agent' };
  }
}
