/**
 * Elasticsearch as far as this sink speaks to it, and strict: data streams with backing indices whose ids are unique
 * only within each, rollover, refresh, privileges, the failure store, blocks. What is wrong in a request is refused as the
 * real server refuses it.
 */
import {
  actionsIn,
  type EmulatorReply,
  type EmulatorRequest,
  failed,
  ok,
  refusal,
  unknownParameter,
} from './exchange.ts';

/** One document as it is held. */
export interface Held {
  readonly index: string;
  readonly id: string;
  readonly source: string;
  isRefreshed: boolean;
}

/** An item's answer in place of the usual one; undefined: the usual. */
export type ItemRule = (event: {
  readonly id: string;
  readonly source: string;
  readonly place: number;
}) => object | undefined;

interface AskedPrivileges {
  readonly cluster: readonly string[];
  readonly index: readonly { readonly names: readonly string[]; readonly privileges: readonly string[] }[];
}

interface Route {
  readonly _index: string;
  readonly _id: string;
}

export class EmulatedNode {
  readonly held: Held[] = [];
  /** All requests so far, in order of arrival. */
  readonly requests: EmulatorRequest[] = [];
  /** Privileges that the credentials lack. */
  readonly lacks: Set<string> = new Set();
  /** Answers of single items. */
  items: ItemRule;
  version: string;
  flavor: string;
  readonly #streams = new Map<string, string[]>();
  readonly #templates = new Map<string, object>();
  #rule: { readonly path: RegExp; readonly reply: EmulatorReply; readonly isDone: boolean } | undefined;

  constructor() {
    this.items = () => undefined;
    this.version = '9.1.2';
    this.flavor = 'default';
  }

  /** Bulks as they came, unpacked. */
  get bulks(): readonly EmulatorRequest[] {
    return this.requests.filter(({ path }) => path.includes('/_bulk'));
  }

  /** Requests so far without their query, `GET /` first. */
  get asked(): readonly string[] {
    return this.requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`);
  }

  idsIn(request: Pick<EmulatorRequest, 'path' | 'text'>): readonly string[] {
    return actionsIn(request).map(({ id }) => id);
  }

  /** In place of the whole answer to a path; the request is done all the same when `isDone`. Undefined ends it. */
  answers(path: RegExp, reply: EmulatorReply | undefined, isDone = false): void {
    this.#rule = reply === undefined ? undefined : { path, reply, isDone };
  }

  /** A new backing index of the stream; what the older ones hold is refreshed if told so. */
  rollover(stream: string, isRefreshed = true): void {
    const indices = this.#streams.get(stream) ?? [];
    this.#streams.set(stream, indices);
    for (const document of this.held) document.isRefreshed ||= isRefreshed;
    indices.push(`.ds-${stream}-${String(indices.length + 1).padStart(6, '0')}`);
  }

  handle(request: EmulatorRequest): EmulatorReply {
    this.requests.push(request);
    const rule = this.#rule?.path.test(`${request.method} ${request.path}`) ? this.#rule : undefined;
    if (rule !== undefined && !rule.isDone) return rule.reply;
    const usual = this.#usual(request);
    return rule?.reply ?? usual;
  }

  #usual(request: EmulatorRequest): EmulatorReply {
    const { pathname: path } = new URL(request.path, 'http://peer');
    const named = (): string => decodeURIComponent(path.split('/')[1] ?? '');
    if (path === '/') {
      const version = { number: this.version, build_flavor: this.flavor };
      return ok({ version, tagline: 'You Know, for Search' });
    }
    if (path === '/_security/user/_has_privileges') return this.#privileges(JSON.parse(request.text));
    if (path.endsWith('/_bulk')) return this.#bulk(request, path);
    if (/^\/_(component|index)_template\//.test(path)) return this.#template(request, path);
    if (path.endsWith('/_settings')) return this.#settings(named());
    if (path === '/_health_report/disk') {
      return ok({ status: 'green', indicators: { disk: { status: 'green', symptom: '' } } });
    }
    if (path.startsWith('/_data_stream/')) {
      return this.#dataStream(decodeURIComponent(path.slice('/_data_stream/'.length)));
    }
    if (path === '/_mget') return this.#mget(JSON.parse(request.text));
    if (path.endsWith('/_search')) return this.#search(named(), JSON.parse(request.text));
    return refusal(404, 'index_not_found_exception', `no such index [${path}]`);
  }

  #privileges(asked: AskedPrivileges): EmulatorReply {
    const granted = (names: readonly string[]): object =>
      Object.fromEntries(names.map((name) => [name, !this.lacks.has(name)]));
    const index = asked.index.flatMap(({ names, privileges }) =>
      names.map((name) => [name, granted(privileges)] as const),
    );
    const cluster = granted(asked.cluster);
    return ok({
      username: 'kit',
      has_all_requested: this.lacks.size === 0,
      cluster,
      index: Object.fromEntries(index),
    });
  }

  #template({ method, text }: EmulatorRequest, path: string): EmulatorReply {
    const [, kind = '', name = ''] = path.split('/');
    if (method === 'PUT') {
      if (this.lacks.has('manage_index_templates')) {
        return refusal(403, 'security_exception', 'action [cluster:admin/component_template/put] is unauthorized');
      }
      this.#templates.set(path, JSON.parse(text));
      return ok({ acknowledged: true });
    }
    const body = this.#templates.get(path);
    if (body === undefined) return refusal(404, 'resource_not_found_exception', `${kind} matching [${name}] not found`);
    return ok({ [`${kind.slice(1)}s`]: [{ name, [kind.slice(1)]: body }] });
  }

  #settings(index: string): EmulatorReply {
    const isThere =
      [...this.#streams.values()].flat().includes(index) || this.held.some((document) => document.index === index);
    return isThere
      ? ok({ [index]: { settings: { index: { number_of_shards: '1' } } } })
      : refusal(404, 'index_not_found_exception');
  }

  #dataStream(name: string): EmulatorReply {
    if (this.lacks.has('view_index_metadata')) {
      return refusal(403, 'security_exception', 'action [indices:admin/data_stream/get] is unauthorized');
    }
    const indices = this.#streams.get(name);
    if (indices === undefined) return refusal(404, 'index_not_found_exception', `no such index [${name}]`);
    return ok({ data_streams: [{ name, indices: indices.map((index_name) => ({ index_name })) }] });
  }

  #mget({ docs }: { readonly docs: readonly Route[] }): EmulatorReply {
    if (this.lacks.has('read')) {
      const error = { type: 'security_exception', reason: 'action [indices:data/read/mget[shard]] is unauthorized' };
      return ok({ docs: docs.map((doc) => ({ ...doc, error })) });
    }
    const found = ({ _index, _id }: Route): boolean =>
      this.held.some(({ index, id }) => index === _index && id === _id);
    return ok({ docs: docs.map((doc) => ({ ...doc, found: found(doc) })) });
  }

  #search(stream: string, { size, query }: { readonly size: number; readonly query: object }): EmulatorReply {
    const wanted = JSON.stringify(query);
    const hits = this.held.filter(
      ({ index, id, isRefreshed }) =>
        isRefreshed && index.startsWith(`.ds-${stream}-`) && wanted.includes(JSON.stringify(id)),
    );
    return ok({ took: 1, hits: { hits: hits.slice(0, size).map(({ id }) => ({ _id: id })) } });
  }

  #bulk(request: EmulatorRequest, path: string): EmulatorReply {
    const wrong = this.#wrongIn(request, path);
    if (wrong !== undefined) return refusal(400, ...wrong);
    const stream = path === '/_bulk' ? undefined : decodeURIComponent(path.split('/')[1] ?? '');
    const items = actionsIn(request).map((action, place) => {
      if (stream !== undefined && action.operation !== 'create') {
        const reason = 'only write ops with an op_type of create are allowed in data streams';
        return { [action.operation]: failed(400, 'illegal_argument_exception', reason) };
      }
      if (stream !== undefined && !this.#streams.has(stream)) this.rollover(stream);
      const index = stream === undefined ? (action.index ?? '') : (this.#streams.get(stream)?.at(-1) ?? '');
      const ruled = this.items({ ...action, place });
      return { [action.operation]: { _id: action.id, ...(ruled ?? this.#write({ ...action, index })) } };
    });
    return ok({ items });
  }

  /** Type and reason for which a whole bulk is refused. */
  #wrongIn(request: EmulatorRequest, path: string): readonly [type: string, reason: string] | undefined {
    if (!request.text.endsWith('\n')) {
      return ['illegal_argument_exception', 'The bulk request must be terminated by a newline [\\n]'];
    }
    const unknown = unknownParameter(request.path, this.version);
    if (unknown !== undefined) {
      return ['illegal_argument_exception', `request [${path}] contains unrecognized parameter: [${unknown}]`];
    }
    const ids = this.idsIn(request);
    const tooLong = ids.findIndex((id) => Buffer.byteLength(id) > 512);
    if (tooLong < 0) return undefined;
    const reason = `Validation Failed: ${tooLong + 1}: id [${ids[tooLong]}] is too long;`;
    return ['action_request_validation_exception', reason];
  }

  #write({ index, id, source, operation }: Omit<Held, 'isRefreshed'> & { readonly operation: string }): object {
    const there = this.held.findIndex((document) => document.index === index && document.id === id);
    if (there >= 0 && operation === 'create') {
      const reason = `[${id}]: version conflict, document already exists`;
      return failed(409, 'version_conflict_engine_exception', reason);
    }
    if (there >= 0) this.held.splice(there, 1);
    this.held.push({ index, id, source, isRefreshed: false });
    return { status: there >= 0 ? 200 : 201, result: there >= 0 ? 'updated' : 'created' };
  }
}
