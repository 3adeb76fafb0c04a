/** A reader of the stream that stands still, over a real socket: it costs one message, and is let go. */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { BOUNDED, boundConnections } from '../connections.ts';
import { Live } from './live.ts';

/** More than the system takes off our hands for one connection, on either side. */
const MESSAGE = 'x'.repeat(12 << 20);
const IDLE_MS = 100;

/** A clock whose next second comes when the test says so, and which says when the one after it is waited for. */
function seconds() {
  let wake = (): void => undefined;
  let asleep = (): void => undefined;
  const sleep = (_ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      wake = resolve;
      asleep();
    });
  const tick = (): Promise<void> =>
    new Promise((resolve) => {
      asleep = resolve;
      wake();
    });
  return { sleep, tick };
}

interface Standing {
  /** Our end of its connection. */
  readonly response: ServerResponse;
  readonly socket: Socket;
  /** Resolves when the next second is waited for. */
  tick(): Promise<void>;
}

/** The port's own bounds and stream, with one reader who has asked and reads nothing. */
async function standing(messages: () => string, idleMs?: number): Promise<Standing> {
  const { sleep, tick } = seconds();
  const live = new Live({ runtime: { sleep }, messages: () => ({ status: messages() }) });
  let answer: (response: ServerResponse) => void = () => undefined;
  const answered = new Promise<ServerResponse>((resolve) => (answer = resolve));
  const server: Server = createServer(BOUNDED, (_request, response) => {
    live.add(response, () => true, {});
    answer(response);
  });
  boundConnections(server, idleMs);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  // It listens on a port, so it has such an address.
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  onTestFinished(() => {
    live.close();
    socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  socket.on('error', () => undefined).write('GET /status/live HTTP/1.1\r\nhost: localhost\r\n\r\n');
  return { tick, socket, response: await answered };
}

test('holds one message in memory, however many it misses, and then gets the newest', async () => {
  let second = 0;
  const { response, socket, tick } = await standing(() => `${second}:${MESSAGE}`);
  const held = response.writableLength;
  expect(held).toBeGreaterThan(0);
  for (; second < 5; second += 1) await tick();
  expect(response.writableLength).toBeLessThanOrEqual(held);
  const told: string[] = [];
  const newest = new Promise<void>((resolve) => {
    let said = '';
    socket.setEncoding('latin1').on('data', (part) => {
      said += String(part).replaceAll('x', '');
      told.splice(0, Infinity, ...[...said.matchAll(/data: (\d+):/g)].map(([, number = '']) => number));
      if (told.includes('5')) resolve();
    });
  });
  socket.resume();
  await once(response, 'drain');
  await tick();
  await newest;
  expect(told).toEqual(['0', '5']);
});

test('is let go by us, and what was held for it', async () => {
  const { response } = await standing(() => MESSAGE, IDLE_MS);
  await once(response, 'close');
  expect(response.socket?.destroyed ?? true).toBe(true);
});
