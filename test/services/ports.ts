/** Ports that were free a moment ago, for servers that cannot be asked which one they took. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Different ones: all are held until the last is known. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  // A server that listens on a port has an address with one.
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
