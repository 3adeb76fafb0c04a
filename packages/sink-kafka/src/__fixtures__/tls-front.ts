/** TLS before a made-up cluster: an address that decrypts and hands on, with a certificate that can be changed. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import { onTestFinished } from 'vitest';

export interface TlsFront {
  readonly address: string;
  /** For the connections that come from now on. */
  use(context: TlsOptions): void;
}

export async function tlsBefore(address: string, options: TlsOptions): Promise<TlsFront> {
  const sockets = new Set<Socket>();
  const server = createServer(options, (socket) => {
    const behind = connect(Number(address.split(':')[1]), '127.0.0.1');
    for (const one of [socket, behind]) sockets.add(one.on('error', () => undefined));
    socket.pipe(behind).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return { address: `127.0.0.1:${port}`, use: (context) => server.setSecureContext(context) };
}
