/** Which of some events a data stream holds. Pure requests and answers; who asks, and when, is `guard.ts`. */
import type { Failure } from '@audit-relay/sink';
import { z } from 'zod';
import { failureOf, missingPrivilege } from '../answer.ts';
import type { Ask, NodeAnswer, Peer } from '../connect.ts';
import { serverErrorSchema } from '../words.ts';

/** What every look needs. */
export interface Looking {
  readonly peer: Peer;
  readonly stream: string;
  /** Longest wait for one answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Something that was found, or why nothing could be looked up. */
export type Found<T> = { readonly kind: 'found'; readonly found: T } | Failure;

const streamsSchema = z.object({
  data_streams: z.array(z.object({ indices: z.array(z.object({ index_name: z.string() })) })),
});

/** The names of its backing indices, oldest first, the one that is written to last; none when there is no such stream. */
export async function backingIndices(looking: Looking): Promise<Found<readonly string[]>> {
  const path = `/_data_stream/${encodeURIComponent(looking.stream)}`;
  const query = { filter_path: 'data_streams.indices.index_name' };
  const answer = await ask(looking, { method: 'GET', path, query }, 'view_index_metadata');
  if (answer.kind !== 'answer') return answer;
  if (answer.status === 404) return found([]);
  const read = streamsSchema.safeParse(answer.body);
  if (!read.success) return unreadable('the backing indices');
  return found(read.data.data_streams.flatMap(({ indices }) => indices.map(({ index_name }) => index_name)));
}

const documentsSchema = z.object({
  docs: z.array(z.object({ _id: z.string(), found: z.boolean().catch(false), error: serverErrorSchema.optional() })),
});

/**
 * Those of `ids` that one of `indices` holds, at this very moment: reading by id needs no refresh
 * (elastic.co/docs, get a document: `realtime`, read 2026-08).
 */
export async function heldNow(
  looking: Looking,
  ids: readonly string[],
  indices: readonly string[],
): Promise<Found<ReadonlySet<string>>> {
  const docs = indices.flatMap((_index) => ids.map((_id) => ({ _index, _id })));
  const query = {
    _source: 'false',
    realtime: 'true',
    filter_path: 'docs._id,docs.found,docs.error.type,docs.error.reason',
  };
  const answer = await ask(looking, { method: 'POST', path: '/_mget', query, body: { docs } }, 'read');
  if (answer.kind !== 'answer') return answer;
  const read = documentsSchema.safeParse(answer.body);
  // A document that the answer leaves out, for another twice say, would look like one that is not held.
  if (!read.success || read.data.docs.length !== docs.length) return unreadable('the documents');
  if (read.data.docs.some(({ _id }, index) => _id !== docs[index]?._id)) return unreadable('the documents');
  for (const { error } of read.data.docs) {
    // An index that has just reached the end of its life holds nothing.
    if (error === undefined || error.type === 'index_not_found_exception') continue;
    if (error.type === 'security_exception') return blocked('read', looking);
    return { kind: 'retryable', why: 'failed', reason: `held events cannot be looked up (${error.type})` };
  }
  return found(new Set(read.data.docs.filter((doc) => doc.found).map(({ _id }) => _id)));
}

const hitSchema = z.object({
  _id: z.string(),
  fields: z.object({ 'event.id': z.array(z.string()).optional() }).optional(),
});
/** Without a hit there is no `hits`; `took` shows that it is a search's answer all the same. */
const hitsSchema = z.object({ took: z.number(), hits: z.object({ hits: z.array(hitSchema) }).optional() });

/** How often a search is asked again for what it has not yet said; more than one copy of an event is rare. */
const SEARCHES = 3;

/**
 * Those of `ids` that any backing index holds and has refreshed since.
 * @param isByEventId for documents whose `_id` an ingest pipeline has replaced
 */
export async function searched(
  looking: Looking,
  ids: readonly string[],
  isByEventId: boolean,
): Promise<Found<ReadonlySet<string>>> {
  const held = new Set<string>();
  let open = ids;
  for (let turn = 0; turn < SEARCHES; turn += 1) {
    const hits = await hitsOf(looking, open, isByEventId);
    if (hits.kind !== 'found') return hits;
    for (const { _id, fields } of hits.found) for (const id of [_id, ...(fields?.['event.id'] ?? [])]) held.add(id);
    const isAll = hits.found.length < open.length;
    open = open.filter((id) => !held.has(id));
    if (isAll || open.length === 0) return found(held);
  }
  return { kind: 'retryable', why: 'failed', reason: 'held events cannot be looked up: too many copies of them' };
}

async function hitsOf(
  looking: Looking,
  ids: readonly string[],
  isByEventId: boolean,
): Promise<Found<readonly z.infer<typeof hitSchema>[]>> {
  const byId = { ids: { values: ids } };
  const query = isByEventId ? { bool: { should: [byId, { terms: { 'event.id': ids } }] } } : byId;
  const fields = isByEventId ? { fields: ['event.id'] } : {};
  const path = `/${encodeURIComponent(looking.stream)}/_search`;
  const part = {
    method: 'POST' as const,
    path,
    // A shard that does not answer must not look like one that holds nothing.
    query: { allow_partial_search_results: 'false', filter_path: 'took,hits.hits._id,hits.hits.fields' },
    body: { size: ids.length, _source: false, track_total_hits: false, query, ...fields },
  };
  const answer = await ask(looking, part, 'read');
  if (answer.kind !== 'answer') return answer;
  const read = hitsSchema.safeParse(answer.body);
  return read.success ? found(read.data.hits?.hits ?? []) : unreadable('a search');
}

async function ask(
  { peer, timeoutMs, signal, stream }: Looking,
  request: Omit<Ask, 'signal'>,
  privilege: string,
): Promise<NodeAnswer | Failure> {
  const reply = await peer.ask({ ...request, timeoutMs, signal });
  if (reply.kind === 'answer' && reply.isElasticsearch && [200, 404].includes(reply.status)) return reply;
  return failureOf(reply, { events: 0, target: stream, privilege });
}

function found<T>(value: T): Found<T> {
  return { kind: 'found', found: value };
}

function blocked(privilege: string, { stream }: Looking): Failure {
  return { kind: 'blocked', reason: missingPrivilege(privilege, stream) };
}

function unreadable(what: string): Failure {
  return {
    kind: 'retryable',
    why: 'failed',
    reason: `held events cannot be looked up: the answer on ${what} is unreadable`,
  };
}
