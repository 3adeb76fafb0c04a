/** That an end is an end, also where the other side hears of it and does nothing. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Sockets } from './sockets.ts';

async function halfOpenServer(): Promise<{ readonly host: string; readonly port: number }> {
  const taken = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    taken.add(socket.on('error', () => undefined));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of taken) socket.destroy();
    server.close();
  });
  const address = server.address();
  return { host: '127.0.0.1', port: typeof address === 'object' && address !== null ? address.port : 0 };
}

test('all sockets are destroyed at once, and whoever holds one hears of it', async () => {
  const sockets = new Sockets(undefined);
  const at = await halfOpenServer();
  const socket = await new Promise<Socket>((resolve) => {
    const made: Socket = sockets.make({ ...at, onConnect: () => resolve(made) });
  });
  const heard = once(socket, 'error');
  sockets.destroy();
  expect(socket.destroyed).toBe(true);
  expect((await heard)[0]).toMatchObject({ code: 'CLOSED' });
});

test('one that is asked for after the end fails before it begins', async () => {
  const sockets = new Sockets(undefined);
  sockets.destroy();
  let isConnected = false;
  const onConnect = (): void => {
    isConnected = true;
  };
  const socket = sockets.make({ ...(await halfOpenServer()), onConnect });
  expect((await once(socket, 'error'))[0]).toMatchObject({ code: 'CLOSED' });
  expect([isConnected, socket.destroyed]).toEqual([false, true]);
});

test('a code is that of the last socket to its broker, until the next one is made', async () => {
  const sockets = new Sockets(undefined);
  const at = await halfOpenServer();
  const gone = { host: '127.0.0.1', port: 1, onConnect: () => undefined };
  await new Promise((resolve) => sockets.make(gone).once('close', resolve));
  expect([sockets.codeAt('127.0.0.1:1'), sockets.codeAt(`127.0.0.1:${at.port}`)]).toEqual(['ECONNREFUSED', undefined]);
  expect(sockets.codeAt()).toBe('ECONNREFUSED');
  sockets.make(gone);
  expect(sockets.codeAt('127.0.0.1:1')).toBeUndefined();
  sockets.destroy();
});
