/** What undici is given: a socket, or an error for which it does not try again. */
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { fixture, https, proxy } from '../__fixtures__/servers.ts';
import { Connector } from './connector.ts';
import { openTlsContext } from './tls-context.ts';

function connect(url: string, proxyUrl?: string): Promise<Socket> {
  const connector = new Connector({
    url: new URL(url),
    proxy: proxyUrl === undefined ? undefined : new URL(proxyUrl),
    tls: openTlsContext({ ca_file: fixture('ca.pem') }),
    caFingerprint: undefined,
    connectMs: 5_000,
  });
  const { hostname, protocol, port } = new URL(url);
  return new Promise((resolve, reject) => {
    connector.connect({ hostname, protocol, port }, (error, socket) => {
      if (socket === null) {
        reject(error);
        return;
      }
      onTestFinished(() => void socket.destroy());
      resolve(socket);
    });
  });
}

test('an alert that comes late is the last word on a connection', async () => {
  const { port } = await https(['leaf', 'middle'], (_, response) => response.end());
  const socket = await connect(`https://127.0.0.1:${port}`);
  const seen: string[] = [];
  socket.on('error', ({ message }) => seen.push(message)).on('end', () => seen.push('end'));
  // As OpenSSL hands on an alert; the end of the connection comes with it.
  socket.emit('error', new Error('alert'));
  expect(socket.destroyed).toBe(true);
  expect(seen).toEqual(['alert']);
});

test('an error has no code for which undici would connect again', async () => {
  const { port } = await proxy((socket) => void socket.destroy());
  const error = await connect('https://api.example.test', `http://127.0.0.1:${port}`).catch(
    (caught: unknown) => caught,
  );
  expect(error).toMatchObject({ name: 'Unconnected', step: 'tunnel' });
  expect(error).not.toHaveProperty('code');
});
