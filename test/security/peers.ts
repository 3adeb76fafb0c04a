/** Peers that say back whatever they were told, credentials first, in every place that an answer has. */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { Cluster } from '@audit-relay/sink-kafka/emulator';

const fixture = (name: string): string => join(import.meta.dirname, '../agent/__fixtures__', name);
export const CA_FILE: string = fixture('tls-cert.pem');

/** What a peer has heard, by the kind of peer; a test that plants nothing finds nothing. */
export type Heard = Map<string, string>;

export interface Peers {
  readonly heard: Heard;
  /** The port of the peer of this kind. */
  port(kind: string): number;
  close(): Promise<void>;
}

/** Statuses and the kind of answer that they stand for; each peer speaks to every sink and to the source alike. */
const STATUSES: Readonly<Record<string, number>> = {
  'echo-200': 200,
  'echo-400': 400,
  'echo-401': 401,
  'echo-403': 403,
  'echo-404': 404,
  'echo-413': 413,
  'echo-429': 429,
  'echo-500': 500,
  'redirect-302': 302,
  'redirect-307': 307,
  // What the commands are sent to instead, so that each is seen to have come.
  'redirect-doctor': 307,
  'redirect-setup': 307,
};

export async function startPeers(): Promise<Peers> {
  const heard: Heard = new Map();
  const hear = (kind: string, text: string): void => void heard.set(kind, (heard.get(kind) ?? '') + text);
  const servers = new Map<string, Server | TcpServer>();
  const thief = createHttpServer((request, response) => void answer(request, response, { kind: 'thief', status: 200 }));
  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    { kind, status }: { readonly kind: string; readonly status: number },
  ): Promise<void> => {
    const echo = await echoOf(request);
    hear(kind, echo);
    response.writeHead(status, inOneLine(echo), { ...headersOf(echo), location: `http://127.0.0.1:${portOf(thief)}/` });
    response.end(request.method === 'HEAD' ? undefined : bodyOf(echo, status));
  };
  servers.set('thief', thief);
  for (const [kind, status] of Object.entries(STATUSES)) {
    servers.set(
      kind,
      createHttpServer((request, response) => void answer(request, response, { kind, status })),
    );
  }
  const pair = { key: readFileSync(fixture('tls-key.pem')), cert: readFileSync(fixture('tls-cert.pem')) };
  servers.set(
    'tls',
    createHttpsServer(pair, (request, response) => void answer(request, response, { kind: 'tls', status: 401 })),
  );
  servers.set('no-http', echoing('no-http', hear, 'HTTP/9.9 '));
  servers.set('cut', echoing('cut', hear, 'HTTP/1.1 401 '));
  servers.set('proxy', proxy(hear));
  const broker = await strictBroker(hear);
  for (const server of servers.values()) await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    heard,
    port: (kind) => (kind === 'broker' ? broker.port : portOf(servers.get(kind))),
    close: async () => {
      await broker.stop();
      for (const server of servers.values()) {
        if ('closeAllConnections' in server) server.closeAllConnections();
        server.close();
      }
    },
  };
}

/** A Kafka that takes nobody's password, and quotes it in its refusal. */
async function strictBroker(
  hear: (kind: string, text: string) => void,
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const cluster = await Cluster.start();
  cluster.users = new Map();
  const port = Number(cluster.addresses[0]?.split(':')[1]);
  const stop = async (): Promise<void> => {
    await cluster.stop();
  };
  // One that hears, in the place of the list that it keeps.
  Object.defineProperty(cluster, 'shown', { value: { push: (password: string) => hear('broker', password) } });
  return { port, stop };
}

/** A proxy that refuses, and says back with which credentials it was asked. */
function proxy(hear: (kind: string, text: string) => void): Server {
  return createHttpServer().on('connect', (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => undefined);
    const echo = JSON.stringify({ url: request.url, headers: request.headers, decoded: decoded(request) });
    hear('proxy', echo);
    socket.end(
      `HTTP/1.1 407 ${inOneLine(echo)}\r\nproxy-authenticate: Basic realm=${JSON.stringify(inOneLine(echo))}\r\n\r\n${echo}`,
    );
  });
}

/** Says back the very bytes, behind a few of its own, and closes. */
function echoing(kind: string, hear: (kind: string, text: string) => void, before: string): TcpServer {
  return createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      hear(kind, bytes.toString('latin1'));
      socket.end(Buffer.concat([Buffer.from(before), bytes]));
    });
  });
}

function portOf(server: Server | TcpServer | undefined): number {
  if (server === undefined) throw new Error('there is no such peer');
  // A server that listens on a port has such an address.
  return (server.address() as AddressInfo).port;
}

async function echoOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  const { method, url, headers } = request;
  return JSON.stringify({ method, url, headers, decoded: decoded(request), body: text.toString('utf8') });
}

/** What Basic and the like pack up. */
function decoded({ headers }: IncomingMessage): string {
  const given = [headers.authorization, headers['proxy-authorization']].filter((one) => one !== undefined);
  return given.map((one) => Buffer.from(one.split(' ').at(-1) ?? '', 'base64').toString('latin1')).join(' ');
}

function inOneLine(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, 4_000);
}

function headersOf(echo: string): Readonly<Record<string, string>> {
  const line = inOneLine(echo);
  const named = [
    'www-authenticate',
    'x-request-id',
    'retry-after',
    'warning',
    'set-cookie',
    'server',
    'content-language',
  ];
  return {
    ...Object.fromEntries(named.map((name) => [name, line])),
    'content-type': 'application/json',
    // Without it the Elasticsearch client looks no further.
    'x-elastic-product': 'Elasticsearch',
  };
}

/** One body that is an error of OpenAI's, of Elasticsearch's, of Splunk's and of Datadog's. */
function bodyOf(echo: string, status: number): string {
  const reason = { type: echo, reason: echo, message: echo, code: echo, param: echo };
  const items = [...echo.matchAll(/\\"_id\\":\\"([^"\\]+)\\"/g)].map(([, id]) => ({
    create: { _index: 'a', _id: id, status: 400, error: reason },
  }));
  return JSON.stringify({
    error: { ...reason, root_cause: [reason] },
    errors: status === 200 ? true : [echo, { status: echo, title: echo, detail: echo }],
    items,
    status,
    text: echo,
    code: 6,
    'invalid-event-number': 0,
    message: echo,
    request_id: echo,
    version: { number: echo },
    cluster_name: echo,
  });
}
