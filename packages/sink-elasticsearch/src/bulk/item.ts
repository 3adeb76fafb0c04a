/** What Elasticsearch says of one event of a bulk that it has taken as a whole. Pure: the table of this peer in code. */
import type { Failure } from '@audit-relay/sink';
import { z } from 'zod';
import { heldBack, missingPrivilege } from '../answer.ts';
import { privilegeIn, type ServerError, serverErrorSchema, wordsOf } from '../words.ts';

/** `items[i].create`, of which only what is read here is asked for. */
export interface Item {
  /** Of the document that it is about. */
  readonly _id?: string | undefined;
  readonly status: number;
  readonly result?: string | undefined;
  /** `used`: it went to the failure store; `failed`: not even that took it. */
  readonly failure_store?: string | undefined;
  readonly error?: ServerError | undefined;
}

/** Loose: other keys, and keys of later versions, are ignored. */
export const itemSchema: z.ZodType<Item> = z.object({
  _id: z.string().optional().catch(undefined),
  status: z.int(),
  result: z.string().optional().catch(undefined),
  failure_store: z.string().optional().catch(undefined),
  error: serverErrorSchema.optional().catch(undefined),
});

/**
 * `duplicate`: held already; `degraded`: only in the failure store; `dropped`: an ingest pipeline of the peer threw it
 * away. All of them are settled: to send again would change nothing, or make copies.
 */
export type Settled = 'stored' | 'duplicate' | 'degraded' | 'dropped';

/** What decides on words. */
export interface ItemContext {
  /** As privileges name it. */
  readonly target: string;
  /** The privilege to write with. */
  readonly privilege: string;
}

const NO_ERROR: ServerError = { type: 'unknown_error', reason: '' };

/** Reads one item. */
export function outcomeOf(item: Item, context: ItemContext): Settled | Failure {
  const { status, error = NO_ERROR } = item;
  if (status >= 200 && status < 300) return settled(item);
  // The id is the event's own, so what holds it is the event.
  if (status === 409) return 'duplicate';
  const held = heldBack(error);
  if (held !== undefined) return held;
  if (status === 429) return { kind: 'retryable', why: 'refused', reason: `429 ${error.type}` };
  // A node that went away in the middle may have written it.
  if (status >= 500) return { kind: 'retryable', why: 'unanswered', reason: `${status} ${error.type}` };
  if (item.failure_store === 'failed') {
    return { kind: 'retryable', why: 'failed', reason: `the failure store does not take it either (${error.type})` };
  }
  const fix = fixOf(status, error, context);
  return fix === undefined ? { kind: 'rejected', reason: wordsOf(error) } : { kind: 'blocked', reason: fix };
}

function settled({ failure_store, result }: Item): Settled {
  if (failure_store === 'used') return 'degraded';
  return result === 'noop' ? 'dropped' : 'stored';
}

/** What only the operator can change; every event would meet it. Undefined: it is this one event's own fault. */
function fixOf(status: number, error: ServerError, { target, privilege }: ItemContext): string | undefined {
  const { type, reason } = error;
  if (status === 401) return 'the credentials under auth are not valid';
  if (status === 403) return missingPrivilege(privilegeIn(error, privilege), target);
  if (status === 404) {
    return `${type}: ${target} is not there and may not be created: install the index template with audit-relay setup`;
  }
  if (type === 'invalid_index_name_exception') return `${type}: the peer allows no such name as index makes`;
  if (type !== 'illegal_argument_exception') return undefined;
  if (/op_type of create/.test(reason)) return `${target} is a data stream: use mode: data_stream`;
  return /pipeline with id \[.{1,200}\] does not exist/.test(reason)
    ? `${target} names an ingest pipeline that does not exist: create it or take it out of the index settings`
    : undefined;
}
