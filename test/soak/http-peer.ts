/** A recording peer that speaks HTTP, and is in trouble when it is told so. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { Held } from './held.ts';
import type { Trouble } from './schedule.ts';

export interface Asked {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly text: string;
}

export interface Said {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the peer says when all is well, having taken what there was to take; and its two noes. */
export interface Protocol {
  answer(asked: Asked, held: Held): Said;
  readonly refuse: Said;
  readonly error: Said;
}

export interface Peer {
  readonly held: Held;
  /** `http://127.0.0.1:40111`, or `127.0.0.1:40111`. */
  readonly address: string;
  /** From the next request on. */
  turn(trouble: Trouble | undefined): Promise<void>;
  close(): Promise<void>;
}

/** How long an answer of a slow peer takes. */
const SLOW_MS = 400;

export async function startHttpPeer(protocol: Protocol, held: Held): Promise<Peer> {
  let trouble: Trouble | undefined;
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  const give = ({ status, headers, body }: Said, response: ServerResponse): void =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = await askedBy(request);
    // Ended with the trouble, by whoever asked or by the next turn.
    if (trouble === 'hang') return;
    if (trouble === 'refuse') return give(protocol.refuse, response);
    if (trouble === 'error') return give(protocol.error, response);
    if (trouble === 'cut') return void response.destroy();
    if (trouble === 'slow') await setTimeout(SLOW_MS);
    const said = protocol.answer(asked, held);
    if (trouble === 'lose') response.destroy();
    else give(said, response);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    held,
    // A server that listens on a port has an address with one.
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    turn: async (to) => {
      if (trouble === 'hang') server.closeAllConnections();
      trouble = to;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function askedBy(request: IncomingMessage): Promise<Asked> {
  const parts: Buffer[] = [];
  // Without `setEncoding` a request yields nothing but buffers.
  for await (const part of request) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
  return { method: request.method ?? '', path: request.url?.split('?')[0] ?? '', text };
}
