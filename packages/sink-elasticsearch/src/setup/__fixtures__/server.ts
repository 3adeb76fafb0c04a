/**
 * A server that keeps templates, policies and streams as 9.5.3 was seen to: a stream takes the `_meta` and the
 * lifecycle of its template when it is created; what is not there is answered with 404.
 */
import type { JsonObject } from '../fields.ts';
import type { SetupAnswer, SetupRequest, SetupTransport } from '../shapes.ts';

export interface Server extends SetupTransport {
  /** Bodies by path. */
  readonly held: Map<string, JsonObject>;
  readonly writes: SetupRequest[];
  /** Answers in place of the server's own, by `PUT /path` or by the beginning of one; an error is thrown. */
  readonly instead: Map<string, SetupAnswer | Error>;
}

const ACKNOWLEDGED: SetupAnswer = { status: 200, body: { acknowledged: true } };

export function startServer(): Server {
  const server: Server = { held: new Map(), writes: [], instead: new Map(), request };
  return server;

  function request(asked: SetupRequest): Promise<SetupAnswer> {
    const line = `${asked.method} ${asked.path}`;
    const instead = [...server.instead].find(([start]) => line.startsWith(start))?.[1];
    if (instead instanceof Error) return Promise.reject(instead);
    if (instead === undefined) return Promise.resolve(asked.method === 'GET' ? read(asked.path) : write(asked));
    return Promise.resolve(instead);
  }

  function read(path: string): SetupAnswer {
    const body = server.held.get(path);
    if (body === undefined) return { status: 404, body: { error: { reason: 'not found' }, status: 404 } };
    return { status: 200, body: shown(path, body) };
  }

  function write(asked: SetupRequest): SetupAnswer {
    server.writes.push(asked);
    const stream = /^\/_data_stream\/[^/]+/.exec(asked.path)?.[0];
    if (stream === undefined) server.held.set(asked.path, asked.body ?? {});
    else server.held.set(stream, { ...(server.held.get(stream) ?? created()), ...changed(asked) });
    return ACKNOWLEDGED;
  }

  function created(): JsonObject {
    const template = [...server.held].find(([path]) => path.startsWith('/_index_template/'))?.[1];
    return { _meta: template?.['_meta'] ?? {}, lifecycle: { enabled: true } };
  }
}

function changed({ path, body }: SetupRequest): JsonObject {
  return path.endsWith('/_lifecycle') ? { lifecycle: { enabled: true, ...body } } : {};
}

function shown(path: string, body: JsonObject): unknown {
  const [, folder = '', name = ''] = path.split('/');
  if (folder === '_component_template') return { component_templates: [{ name, component_template: body }] };
  if (folder === '_index_template') return { index_templates: [{ name, index_template: body }] };
  if (folder === '_data_stream') return { data_streams: [{ name, ...body }] };
  // Of /_ilm/policy/<name>.
  return { [path.split('/').at(-1) ?? '']: { version: 1, ...body } };
}
