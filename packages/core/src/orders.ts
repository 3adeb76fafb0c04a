/**
 * What a running relay can be asked and told beside its configuration: how it is, and to read a time of the
 * past. From within the process, or by another one over the journal's socket: `{ "order": "status" }`, or
 * `{ "order": "backfill" | "progress", … }`.
 */
import { z } from 'zod';
import { RelayError } from './errors.ts';
import type { JsonValue } from './event.ts';
import type { BackfillOrder, Relay } from './options.ts';
import type { Source } from './source/source.ts';

export type Orders = Pick<Relay, 'backfill' | 'backfillProgress'>;

/** Long after every event, and short of where arithmetic ends. */
const seconds = z.int().min(0).max(1e11);
const time = { source: z.string(), from: seconds, to: seconds, again: z.boolean() };
const schema = z.discriminatedUnion('order', [
  z.strictObject({ order: z.literal('status') }),
  z.strictObject({ order: z.literal('backfill'), ...time }),
  z.strictObject({ order: z.literal('progress'), ...time }),
]);

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
    backfill: async (order) => {
      const late = AbortSignal.timeout(TAKE_MS);
      try {
        await sourceOf(order).backfill(order, order.again, late);
      } catch (error) {
        if (!late.aborted) throw error;
        const problem = `the journal did not take the order within ${TAKE_MS / 1000} s, as it is full or its disk is slow: see \`audit-relay status\`, and give it again`;
        throw new RelayError('ORDER_FAILED', problem, error);
      }
    },
    backfillProgress: (order) => sourceOf(order).progressIn(order),
  };
}

/** `{ status }`, or `{ progress }` as it is then, or `{ problem, code }`. Never rejects. */
export async function answerOrder(question: JsonValue, orders: Orders & Pick<Relay, 'status'>): Promise<unknown> {
  const read = schema.safeParse(question);
  if (!read.success) return { code: 'ORDER_UNKNOWN', problem: 'this agent is of another version: restart it' };
  try {
    if (read.data.order === 'status') return { status: orders.status() };
    const { order, ...wanted } = read.data;
    if (order === 'backfill') await orders.backfill(wanted);
    return { progress: orders.backfillProgress(wanted) };
  } catch (error) {
    const isOurs = error instanceof RelayError;
    return { code: isOurs ? error.code : 'ORDER_FAILED', problem: isOurs ? error.message : 'see the log of the agent' };
  }
}
