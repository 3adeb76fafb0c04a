/**
 * Elasticsearch as far as this sink speaks to it, and strict: data streams with backing indices whose ids are unique
 * only within each, rollover, refresh, privileges, the failure store, blocks. What is wrong in a request is refused as the
 * real server refuses it.
 */
import { type Peer, type PeerRequest, type Reply, startPeer } from '@audit-relay/sink-testkit';

/** One document as it is held. */
export interface Held {
  readonly index: string;
  readonly id: string;
  readonly source: string;
  isRefreshed: boolean;
}

/** An item's answer in place of the usual one; undefined: the usual. */
export type ItemRule = (event: { readonly id: string; readonly source: string; readonly place: number }) => object | undefined;

export interface Emulator {
  readonly url: string;
  readonly peer: Peer;
  readonly held: Held[];
  /** Bulks as they came, unpacked. */
  readonly bulks: readonly PeerRequest[];
  /** Paths of the requests so far, without their query, `GET /` first. */
  readonly asked: readonly string[];
  /** Answers of single items. */
  items: ItemRule;
  /** In place of the whole answer to a path; the request is done all the same when `isDone`. */
  answers(path: RegExp, reply: Reply | undefined, isDone?: boolean): void;
  /** Privileges that the credentials lack. */
  readonly lacks: Set<string>;
  version: string;
  flavor: string;
  /** A new backing index of the stream; what the older ones hold is refreshed if told so. */
  rollover(stream: string, isRefreshed?: boolean): void;
  idsIn(request: PeerRequest): readonly string[];
  close(): Promise<void>;
}

const JSON_TYPE = { 'content-type': 'application/vnd.elasticsearch+json;compatible-with=8', 'x-elastic-product': 'Elasticsearch' };

export function ok(body: object, status = 200): Reply {
  return { status, headers: JSON_TYPE, body: JSON.stringify(body) };
}

export function refusal(status: number, type: string, reason = ''): Reply {
  return ok({ error: { type, reason, root_cause: [{ type, reason }] }, status }, status);
}

export async function startEmulator(): Promise<Emulator> {
  const held: Held[] = [];
  const lacks = new Set<string>();
  const streams = new Map<string, string[]>();
  const rules: { path: RegExp; reply: Reply; isDone: boolean }[] = [];
  const requests: PeerRequest[] = [];
  const templates = new Map<string, object>();

  const peer = await startPeer((request) => answer(request));
  const emulator: Emulator = {
    url: peer.url,
    peer,
    close: () => peer.close(),
    held,
    lacks,
    version: '9.1.2',
    flavor: 'default',
    items: () => undefined,
    idsIn: (request: PeerRequest) => actionsIn(request).map(({ id }) => id),
    get bulks() {
      return requests.filter(({ path }) => path.includes('/_bulk'));
    },
    get asked() {
      return requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`);
    },
    answers(path: RegExp, reply: Reply | undefined, isDone = false) {
      rules.length = 0;
      if (reply !== undefined) rules.push({ path, reply, isDone });
    },
    rollover(stream: string, isRefreshed = true) {
      const indices = streams.get(stream) ?? [];
      streams.set(stream, indices);
      for (const document of held) document.isRefreshed ||= isRefreshed;
      indices.push(`.ds-${stream}-${String(indices.length + 1).padStart(6, '0')}`);
    },
  };

  function answer(request: PeerRequest): Reply {
    requests.push(request);
    const rule = rules.find(({ path }) => path.test(`${request.method} ${request.path}`));
    if (rule !== undefined && !rule.isDone) return rule.reply;
    const usual = usualAnswer(request);
    return rule?.reply ?? usual;
  }

  function usualAnswer(request: PeerRequest): Reply {
    const { pathname: path } = new URL(request.path, 'http://peer');
    if (path === '/') return ok({ version: { number: emulator.version, build_flavor: emulator.flavor }, tagline: 'You Know, for Search' });
    if (path === '/_security/user/_has_privileges') return privileges(JSON.parse(request.text));
    if (path.endsWith('/_bulk')) return bulk(request, path);
    if (/^\/_(component|index)_template\//.test(path)) return template(request, path);
    if (path.endsWith('/_settings')) return settings(decodeURIComponent(path.split('/')[1] ?? ''));
    if (path === '/_health_report/disk') return ok({ status: 'green', indicators: { disk: { status: 'green', symptom: '' } } });
    if (path.startsWith('/_data_stream/')) return dataStream(decodeURIComponent(path.slice('/_data_stream/'.length)));
    if (path === '/_mget') return mget(JSON.parse(request.text).docs);
    if (path.endsWith('/_search')) return search(decodeURIComponent(path.split('/')[1] ?? ''), JSON.parse(request.text));
    return refusal(404, 'index_not_found_exception', `no such index [${path}]`);
  }

  function privileges(asked: { cluster: string[]; index: { names: string[]; privileges: string[] }[] }): Reply {
    const granted = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, !lacks.has(name)]));
    const index = asked.index.flatMap(({ names, privileges }) => names.map((name) => [name, granted(privileges)] as const));
    return ok({ username: 'kit', has_all_requested: lacks.size === 0, cluster: granted(asked.cluster), index: Object.fromEntries(index) });
  }

  function template({ method, text }: PeerRequest, path: string): Reply {
    const [, kind = '', name = ''] = path.split('/');
    if (method === 'PUT') {
      if (lacks.has('manage_index_templates')) return refusal(403, 'security_exception', 'action [cluster:admin/component_template/put] is unauthorized');
      templates.set(path, JSON.parse(text));
      return ok({ acknowledged: true });
    }
    const body = templates.get(path);
    if (body === undefined) return refusal(404, 'resource_not_found_exception', `${kind} matching [${name}] not found`);
    return ok({ [`${kind.slice(1)}s`]: [{ name, [kind.slice(1)]: body }] });
  }

  function settings(index: string): Reply {
    const isThere = [...streams.values()].flat().includes(index) || held.some((document) => document.index === index);
    return isThere ? ok({ [index]: { settings: { index: { number_of_shards: '1' } } } }) : refusal(404, 'index_not_found_exception');
  }

  function dataStream(name: string): Reply {
    if (lacks.has('view_index_metadata')) return refusal(403, 'security_exception', 'action [indices:admin/data_stream/get] is unauthorized');
    const indices = streams.get(name);
    if (indices === undefined) return refusal(404, 'index_not_found_exception', `no such index [${name}]`);
    return ok({ data_streams: [{ name, indices: indices.map((index_name) => ({ index_name })) }] });
  }

  function mget(docs: { _index: string; _id: string }[]): Reply {
    if (lacks.has('read')) return ok({ docs: docs.map((doc) => ({ ...doc, error: { type: 'security_exception', reason: 'action [indices:data/read/mget[shard]] is unauthorized' } })) });
    const found = ({ _index, _id }: { _index: string; _id: string }) => held.some(({ index, id }) => index === _index && id === _id);
    return ok({ docs: docs.map((doc) => ({ ...doc, found: found(doc) })) });
  }

  function search(stream: string, { size, query }: { size: number; query: object }): Reply {
    const wanted = JSON.stringify(query);
    const hits = held.filter(({ index, id, isRefreshed }) => isRefreshed && index.startsWith(`.ds-${stream}-`) && wanted.includes(JSON.stringify(id)));
    return ok({ took: 1, hits: { hits: hits.slice(0, size).map(({ id }) => ({ _id: id })) } });
  }

  function bulk(request: PeerRequest, path: string): Reply {
    if (!request.text.endsWith('\n')) return refusal(400, 'illegal_argument_exception', 'The bulk request must be terminated by a newline [\\n]');
    const unknown = unknownParameter(request.path, emulator.version);
    if (unknown !== undefined) return refusal(400, 'illegal_argument_exception', `request [${path}] contains unrecognized parameter: [${unknown}]`);
    const stream = path === '/_bulk' ? undefined : decodeURIComponent(path.split('/')[1] ?? '');
    const actions = actionsIn(request);
    const tooLong = actions.findIndex(({ id }) => Buffer.byteLength(id) > 512);
    if (tooLong >= 0) return refusal(400, 'action_request_validation_exception', `Validation Failed: ${tooLong + 1}: id [${actions[tooLong]?.id}] is too long;`);
    const items = actions.map((action, place) => {
      if (stream !== undefined && action.operation !== 'create') {
        return { [action.operation]: failed(400, 'illegal_argument_exception', 'only write ops with an op_type of create are allowed in data streams') };
      }
      if (stream !== undefined && !streams.has(stream)) emulator.rollover(stream);
      const index = stream === undefined ? (action.index ?? '') : (streams.get(stream)?.at(-1) ?? '');
      const ruled = emulator.items({ ...action, place });
      return { [action.operation]: { _id: action.id, ...(ruled ?? write({ ...action, index })) } };
    });
    return ok({ items });
  }

  function write({ index, id, source, operation }: { index: string; id: string; source: string; operation: string }): object {
    const there = held.findIndex((document) => document.index === index && document.id === id);
    if (there >= 0 && operation === 'create') return failed(409, 'version_conflict_engine_exception', `[${id}]: version conflict, document already exists`);
    if (there >= 0) held.splice(there, 1);
    held.push({ index, id, source, isRefreshed: false });
    return { status: there >= 0 ? 200 : 201, result: there >= 0 ? 'updated' : 'created' };
  }

  return emulator;
}

export function failed(status: number, type: string, reason = '', rest: object = {}): object {
  return { status, error: { type, reason }, ...rest };
}

/** The first parameter of a bulk that this version does not know. */
function unknownParameter(path: string, version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const since: Record<string, number> = { filter_path: 0, timeout: 0, require_data_stream: 13, include_source_on_error: 18 };
  const names = [...new URL(path, 'http://peer').searchParams.keys()];
  return names.find((name) => !(name in since) || (major === 8 && minor < (since[name] ?? 0)));
}

interface Action {
  readonly operation: string;
  readonly index: string | undefined;
  readonly id: string;
  readonly source: string;
}

/** The actions of a bulk, in order; none in other requests. Throws when it is not made of pairs of lines. */
export function actionsIn({ path, text }: PeerRequest): readonly Action[] {
  if (!path.split('?')[0]?.endsWith('/_bulk')) return [];
  const lines = text.split('\n').slice(0, -1);
  if (lines.length % 2 !== 0) throw new Error(`a bulk of ${lines.length} lines`);
  return lines.flatMap((line, at) => {
    if (at % 2 === 1) return [];
    const [[operation, { _index: index, _id: id }] = ['', {} as { _index?: string; _id?: string }]] = Object.entries<{ _index?: string; _id?: string }>(JSON.parse(line));
    return [{ operation, index, id: id ?? '', source: lines[at + 1] ?? '' }];
  });
}
