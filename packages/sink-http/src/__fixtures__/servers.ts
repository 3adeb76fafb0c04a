/** Servers of one test on 127.0.0.1, closed at its end: plain, with TLS, and proxies that behave as told. */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export function fixture(name: string): string {
  return join(import.meta.dirname, name);
}

export function pem(name: string): string {
  return readFileSync(fixture(`${name}.pem`), 'utf8');
}

/** A server on a free port, and how many connections it was asked for. */
export interface Listening {
  readonly port: number;
  readonly connections: () => number;
}

export async function listen(server: Server | TcpServer): Promise<Listening> {
  const open = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    open.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
  });
  // A server that listens on TCP has such an address.
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

export function http(listener: RequestListener): Promise<Listening> {
  return listen(createHttpServer(listener));
}

/** With the chain of these certificates and the key of the first. */
export function https(names: readonly string[], listener: RequestListener, options: ServerOptions = {}): Promise<Listening> {
  const cert = names.map(pem).join('');
  return listen(createHttpsServer({ cert, key: pem(`${names[0]}.key`), ...options }, listener));
}

/** Each connection, raw. */
export function tcp(onConnection: (socket: Socket) => void): Promise<Listening> {
  return listen(createTcpServer(onConnection));
}

/** A proxy that does this with each CONNECT; `seen` holds their targets and credentials. */
export async function proxy(
  onConnect: (socket: Socket) => void,
): Promise<Listening & { readonly seen: readonly string[] }> {
  const seen: string[] = [];
  const server = createHttpServer();
  server.on('connect', ({ url = '', headers }, socket: Socket) => {
    seen.push(`${url} ${headers['proxy-authorization'] ?? ''}`.trim());
    socket.on('error', () => undefined);
    onConnect(socket);
  });
  return { ...(await listen(server)), seen };
}

/** What a good proxy does: every tunnel leads to this port. */
export function leadTo(port: number): (socket: Socket) => void {
  return (socket) => {
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  };
}
