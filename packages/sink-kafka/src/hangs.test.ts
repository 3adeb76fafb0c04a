/** Peers that never say anything, at each step: a send ends by our own limit, or at once by our own stop; and nothing stays. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { batchOf, envelopes, testContext } from '@audit-relay/sink-testkit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SHORT, type World, world } from './__fixtures__/world.ts';
import type { Api } from './emulator/cluster-state.ts';
import { kafka } from './plugin.ts';

const sasl = { mechanism: 'plain', username: 'ada', password: 'right' };

async function silentAt(api: Api, limits: object = {}): Promise<World> {
  const made = await world({ partitions: 1, config: { sasl, idempotent: true, ...limits } });
  made.cluster.users = new Map([['ada', 'right']]);
  made.cluster.silent.add(api);
  return made;
}

const steps = [
  ['ApiVersions', 'failed'],
  ['SaslHandshake', 'failed'],
  ['SaslAuthenticate', 'failed'],
  ['Metadata', 'failed'],
  ['InitProducerId', 'failed'],
  ['Produce', 'unanswered'],
] as const;

test('a broker that never answers a request: a send ends by our own limit', async () => {
  const ended = steps.map(async ([api]) => [api, await (await silentAt(api, SHORT)).send(1)] as const);
  const expected = steps.map(([api, why]) => [api, { kind: 'retryable', why }]);
  expect(Object.fromEntries(await Promise.all(ended))).toMatchObject(Object.fromEntries(expected));
});

test.each(steps)(
  'a broker that never answers %s: a send ends at once when the agent ends, and leaves no socket',
  async (api) => {
    const { cluster, send, sink } = await silentAt(api);
    const stop = new AbortController();
    const sent = send(1, stop.signal);
    await expect.poll(() => cluster.asked.includes(api)).toBe(true);
    stop.abort(new Error('the drain is over'));
    await expect(sent).rejects.toThrow('the drain is over');
    await sink.close();
    await expect.poll(() => cluster.openSockets).toBe(0);
  },
);

/** Says that its answer has so many bytes, and sends more. */
function frame(socket: Socket, length: number): void {
  const answer = Buffer.alloc(20, 1);
  answer.writeInt32BE(length);
  socket.on('data', () => socket.write(answer));
}

const servers: readonly [name: string, serve: (socket: Socket) => void, expected: object][] = [
  ['takes the connection and says nothing', () => undefined, { kind: 'retryable', why: 'failed' }],
  ['ends it at once', (socket) => socket.end(), { kind: 'retryable', why: 'failed' }],
  ['resets it', (socket) => socket.resetAndDestroy(), { kind: 'retryable', why: 'failed' }],
  ['answers with a frame of nothing', (socket) => frame(socket, 0), { kind: 'retryable', why: 'failed' }],
  ['answers with a frame of three bytes', (socket) => frame(socket, 3), { kind: 'retryable', why: 'failed' }],
  ['answers with a frame of less than nothing', (socket) => frame(socket, -7), { kind: 'retryable', why: 'failed' }],
  ['is a web server', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), { kind: 'retryable', why: 'failed' }],
];

describe.each([{ tls: undefined }, { tls: {} }])('with tls $tls, a peer that', ({ tls }) => {
  test.each(servers)('%s', async (name, serve, expected) => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      serve(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const yaml = { brokers: [`127.0.0.1:${port}`], topic: 'audit', ...SHORT };
    const config = kafka.configSchema.parse({ ...yaml, ...(tls === undefined ? {} : { tls }) });
    const sink = await kafka.open(config, testContext({ elapsedMs: () => performance.now() }));
    const call = { signal: new AbortController().signal, accepted: () => undefined };
    const result = await sink.send(batchOf(envelopes(1)), call);
    // Whoever speaks plainly where TLS is asked for is a matter of configuration.
    const isPlain = /^(is a web server|answers)/.test(name);
    expect(result).toMatchObject(tls === undefined || !isPlain ? expected : { kind: 'blocked' });
    await sink.close();
  });
});

test('a close waits for no peer that is silent', async () => {
  const { cluster, send, sink } = await world({ partitions: 1 });
  await send(1);
  for (const api of ['Produce', 'Metadata', 'ApiVersions'] as const) cluster.silent.add(api);
  await sink.close();
  await expect.poll(() => cluster.openSockets).toBe(0);
});

test('the limits of core leave room for our own', () => {
  const config = kafka.configSchema.parse({ brokers: ['k:1'], topic: 'audit' });
  const { sendMs } = kafka.limits(config);
  expect(sendMs).toBeGreaterThan(2 * config.connect_timeout + 3 * config.request_timeout);
});
