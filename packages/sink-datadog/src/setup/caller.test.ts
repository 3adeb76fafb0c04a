/** One call through a client that behaves in every way that a client may: what comes of it is the answer itself, or our words. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openHttpClient } from '@audit-relay/sink-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Caller } from './caller.ts';
import type { HttpLibrary, OfficialClient, RequestContext } from './official-client.ts';
import { Transport } from './transport.ts';

let base: string;
let answer: { readonly status: number; readonly body: string };
const paths: string[] = [];
const server = createServer((request, response) => {
  paths.push(`${request.method} ${request.url} ${request.headers['user-agent']}`);
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
});
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  // A server that listens on a port has an address with one.
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

/** What a call of the group below does with the network that it was given. */
type Behaviour = (http: HttpLibrary, parameters: object | undefined) => Promise<unknown>;

function requestTo(path: string, method = 'GET'): RequestContext {
  return {
    getUrl: () => `${base}${path}`,
    getHttpMethod: () => method,
    getHeaders: () => ({ Accept: 'application/json' }),
    getBody: () => undefined,
  };
}

function callerOf(signal: AbortSignal = new AbortController().signal) {
  const http = openHttpClient({ url: base });
  const transport = new Transport({ http, base, userAgent: 'audit-relay/test', signal });
  // The parts that a caller itself uses.
  const official = {
    client: { createConfiguration: (parameters: object) => parameters, ServerConfiguration: class {} },
  } as unknown as OfficialClient;
  const caller = new Caller({ official, transport, base, site: 'site', apiKey: 'key', appKey: 'key', signal });
  const call = (behaviour: Behaviour, parameters?: () => object) => {
    class Group {
      readonly #http: HttpLibrary;
      constructor(configuration: unknown) {
        this.#http = Object(configuration).httpApi;
      }
      readonly ask = (given?: object): Promise<unknown> => behaviour(this.#http, given);
    }
    const operation = { group: Group as never, operation: 'ask', scope: 'monitors_read' };
    return caller.call({ ...operation, ...(parameters === undefined ? {} : { parameters }) });
  };
  return { call, caller, close: () => http.close() };
}

const asks: Behaviour = (http) => http.send(requestTo('/api/v1/monitor?page=0'));

test('the answer is given as it came, and the path and name are ours', async () => {
  answer = { status: 200, body: '[{"id":7,"unheard":"of"}]' };
  const { call, close } = callerOf();
  expect(await call(asks)).toEqual({ value: [{ id: 7, unheard: 'of' }] });
  expect(paths.at(-1)).toBe('GET /api/v1/monitor?page=0 audit-relay/test');
  await close();
});

test('a good answer that the client’s models cannot hold is a good answer', async () => {
  answer = { status: 200, body: '[1]' };
  const { call, close } = callerOf();
  const chokes: Behaviour = async (http) => {
    await asks(http, undefined);
    throw new TypeError('unknown type');
  };
  expect(await call(chokes)).toEqual({ value: [1] });
  await close();
});

describe('is no request, and said so', () => {
  test.each<{ what: string; behaviour: Behaviour; parameters?: () => object; says: RegExp }>([
    {
      what: 'a body that its models refuse',
      behaviour: asks,
      parameters: () => {
        throw new TypeError('missing required property');
      },
      says: /does not send it: missing required property/,
    },
    {
      what: 'a client that throws before it asks',
      behaviour: () => Promise.reject(new Error('unstable')),
      says: /unstable/,
    },
    { what: 'a client that asks nothing', behaviour: async () => 'done', says: /has no ask/ },
    {
      what: 'a method that set-up has no use for',
      behaviour: (http) => http.send(requestTo('/x', 'DELETE')),
      says: /no DELETE/,
    },
  ])('$what', async ({ behaviour, parameters, says }) => {
    answer = { status: 200, body: '[]' };
    const { call, close } = callerOf();
    // What was answered before is no answer to this.
    await call(asks);
    const before = paths.length;
    const no = await call(behaviour, parameters);
    expect(no).toMatchObject({
      isOfBody: true,
      refusal: { detail: expect.stringMatching(says), fix: expect.stringContaining('datadog-api-client') },
    });
    expect(paths).toHaveLength(before);
    await close();
  });
});

test('an answer that is no JSON is none', async () => {
  answer = { status: 200, body: '<html>' };
  const { call, close } = callerOf();
  expect(await call(asks)).toMatchObject({ isOfBody: false, refusal: { detail: expect.stringContaining('no JSON') } });
  await close();
});

test.each([
  { status: 400, isOfBody: true },
  { status: 409, isOfBody: true },
  { status: 401, isOfBody: false },
  { status: 403, isOfBody: false },
  { status: 429, isOfBody: false },
  { status: 500, isOfBody: false },
])('$status is told with its status', async ({ status, isOfBody }) => {
  answer = { status, body: '{"errors":[{"detail":"in words"}]}' };
  const { call, close } = callerOf();
  const no = await call(asks);
  expect(no).toMatchObject({ status, isOfBody, refusal: { detail: expect.stringContaining(String(status)) } });
  expect(JSON.stringify(no).includes('in words')).toBe(isOfBody);
  await close();
});

test('nothing is asked after a stop, and a stop is thrown as it came', async () => {
  const stop = new AbortController();
  const { call, close } = callerOf(stop.signal);
  stop.abort(new Error('stopped'));
  const before = paths.length;
  await expect(call(asks)).rejects.toThrow('stopped');
  expect(paths).toHaveLength(before);
  await close();
});
