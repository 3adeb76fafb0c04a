/** A proxy that makes tunnels for who brings its credentials, and for nobody else; it alone knows where any host is. */
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';

export interface ConnectProxy {
  /** With the credentials. */
  readonly url: string;
  /** `host:port` of each tunnel that was asked for. */
  readonly asked: readonly string[];
}

/** @param to the address at which every tunnel ends. */
export async function connectProxy(credentials: string, to: string): Promise<ConnectProxy> {
  const asked: string[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer().on('connect', (request, socket: Duplex) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    asked.push(request.url ?? '');
    const wanted = `Basic ${Buffer.from(credentials).toString('base64')}`;
    if (request.headers['proxy-authorization'] !== wanted) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const { hostname, port } = new URL(to);
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  // A TCP server's address is never the string form, which is a pipe's.
  return { url: `http://${credentials}@127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
