/** A real node for a test file, and what its tests ask it beside the product: make, look, count. */
import { inject } from 'vitest';
import { urlOf } from '../services/desk.ts';
import {
  borrowed,
  canBeShared,
  type ElasticsearchNode,
  type ElasticsearchOrder,
} from '../services/elasticsearch/order.ts';
import { startElasticsearch } from '../services/elasticsearch/start.ts';
import { needed } from '../services/needed.ts';

/** The node of the running test; throws outside of one. */
export type NodeOf = () => ElasticsearchNode;

export interface Answered {
  readonly status: number;
  /** Parsed JSON; undefined when there was none. */
  readonly body: unknown;
}

/**
 * Gets a node before the tests of this `describe`: the one of its version that the whole run shares, on which every
 * name of an index, a stream or a template has to be the test's own; or one for them alone, with settings, secured or
 * to be killed, which is ended after them. Where none is to be had the tests are skipped with the reason, but in CI
 * they fail.
 */
export function useNode(order: ElasticsearchOrder): NodeOf {
  return needed({
    name: 'Elasticsearch',
    get: () => (canBeShared(order) ? shared(order) : startElasticsearch(order)),
    giveBack: (node) => node.stop(),
  });
}

async function shared({ version }: ElasticsearchOrder): Promise<ElasticsearchNode> {
  return borrowed(await urlOf(`elasticsearch-${version}`, inject('desk')));
}

/** `GET /_search` and the like; a body makes it JSON, a string NDJSON. */
export async function ask(url: string, request: string, body?: object | string): Promise<Answered> {
  const [method = '', path = ''] = request.split(' ');
  const isText = typeof body === 'string';
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': isText ? 'application/x-ndjson' : 'application/json' },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

/** As `ask`, for what must succeed. */
export async function order(url: string, request: string, body?: object | string): Promise<unknown> {
  const answer = await ask(url, request, body);
  if (answer.status >= 300) throw new Error(`${request}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Before that of the product, which is there too, or soon will be, where a node is shared. */
const PRIORITY = 600;

/** A template of the data streams that match `pattern`, with room for further mappings and settings. */
export async function allowStream(url: string, pattern: string, template: object = {}): Promise<void> {
  const name = `fixture-${pattern.replaceAll('*', 'any')}`;
  await order(url, `PUT /_index_template/${name}`, {
    index_patterns: [pattern],
    data_stream: {},
    priority: PRIORITY,
    template,
  });
}

/** How many documents each `_id` has in what `target` names, all backing indices together. */
export async function copiesById(url: string, target: string): Promise<Map<string, number>> {
  const copies = new Map<string, number>();
  await order(url, `POST /${target}/_refresh?ignore_unavailable=true`);
  // A point in time; the answer is that of this one request.
  const path = `POST /${target}/_pit?keep_alive=1m&ignore_unavailable=true`;
  const { id } = (await order(url, path)) as { readonly id: string };
  for (let after: readonly unknown[] | undefined; ; ) {
    const page = await pageOf(url, id, after);
    for (const { _id } of page) copies.set(_id, (copies.get(_id) ?? 0) + 1);
    after = page.at(-1)?.sort;
    if (after === undefined) return copies;
  }
}

/** Which of `ids` are not held exactly once, and what is held beside them, as `id: copies`. */
export async function notOnce(url: string, target: string, ids: readonly string[]): Promise<readonly string[]> {
  const copies = await copiesById(url, target);
  const all = new Set([...ids, ...copies.keys()]);
  const wanted = new Set(ids);
  return [...all].filter((id) => copies.get(id) !== 1 || !wanted.has(id)).map((id) => `${id}: ${copies.get(id) ?? 0}`);
}

interface Hit {
  readonly _id: string;
  readonly sort: readonly unknown[];
}

const PAGE = 5_000;

/** In the order of the places in the shards, which only a point in time has. */
async function pageOf(url: string, pit: string, after: readonly unknown[] | undefined): Promise<readonly Hit[]> {
  const query = { pit: { id: pit }, size: PAGE, sort: ['_shard_doc'], _source: false };
  // The answer of a search.
  const answer = (await order(
    url,
    'POST /_search',
    after === undefined ? query : { ...query, search_after: after },
  )) as {
    readonly hits: { readonly hits: readonly Hit[] };
  };
  return answer.hits.hits;
}
