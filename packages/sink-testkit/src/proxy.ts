/** The pretend proxy: tunnels (CONNECT) and forwards (absolute form), or says no to both. */
import { createServer, type IncomingMessage, request as requestOnward, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A running proxy. */
export interface PeerProxy {
  readonly url: string;
  /** What it was asked for, as it was asked: `127.0.0.1:9200` by CONNECT, else a whole URL. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Starts one on a free port of 127.0.0.1. With a `refusal`, that HTTP status is its answer to everything. */
export async function startProxy(refusal?: number): Promise<PeerProxy> {
  const asked: string[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (refusal === undefined) forward(request, response);
    else response.writeHead(refusal).end();
  });
  server.on('connect', (request, socket: Duplex) => {
    asked.push(request.url ?? '');
    socket.on('error', () => undefined);
    if (refusal === undefined) tunnel(request.url ?? '', socket);
    else socket.end(`HTTP/1.1 ${refusal} No\r\ncontent-length: 0\r\n\r\n`);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is never the string form, which is a pipe's.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function tunnel(authority: string, socket: Duplex): void {
  const { hostname, port } = new URL(`http://${authority}`);
  const onward = connect(Number(port), hostname, () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    onward.pipe(socket).pipe(onward);
  });
  onward.on('error', () => socket.destroy());
  socket.on('close', () => onward.destroy());
}

function forward(request: IncomingMessage, response: ServerResponse): void {
  const { method, headers, url = '' } = request;
  const onward = requestOnward(url, { method, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}
