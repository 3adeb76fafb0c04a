/** The kit on a sink that keeps the contract: all of it passes. And what the kit does not ask: TLS, proxies, prefixes. */

import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import type { SendResult } from '@audit-relay/sink';
import { describe, expect, onTestFinished, test } from 'vitest';
import { webhookUnderTest } from '../__fixtures__/webhook-under-test.ts';
import { batchOf, describeHttpSink, envelopes, startPeer, testContext } from '../index.ts';
import { webhook } from './webhook.ts';

describeHttpSink(webhookUnderTest);

const fixture = (name: string): string => join(import.meta.dirname, '../__fixtures__', name);
const YES = JSON.stringify({ stored: 1, refused: [] });

async function sent(
  keys: object,
  proxyFor: (url: string) => string | undefined = () => undefined,
): Promise<SendResult> {
  const sink = await webhook.open(
    webhook.configSchema.parse({ token: 's3cret', timeout_ms: 1_000, ...keys }),
    testContext({ proxyFor }),
  );
  onTestFinished(() => sink.close());
  return sink.send(batchOf(envelopes(1)), { signal: new AbortController().signal, accepted: () => undefined });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // A server that listens on TCP has such an address.
  return (server.address() as AddressInfo).port;
}

async function secure(): Promise<string> {
  const pair = { cert: readFileSync(fixture('localhost.pem')), key: readFileSync(fixture('localhost.key.pem')) };
  return `https://127.0.0.1:${await listen(createHttpsServer(pair, (_, response) => response.end(YES)))}`;
}

describe('over TLS', () => {
  test('it delivers to a peer whose authority is in tls.ca_file', async () => {
    expect(await sent({ url: await secure(), tls: { ca_file: fixture('localhost.pem') } })).toEqual({ kind: 'acked' });
  });

  test('a certificate that is not trusted blocks it, with what to do', async () => {
    const reason = expect.stringMatching(/DEPTH_ZERO_SELF_SIGNED_CERT.*tls\.ca_file/);
    expect(await sent({ url: await secure() })).toEqual({ kind: 'blocked', reason });
  });
});

test('the URL’s path goes before its own', async () => {
  const peer = await startPeer({ body: YES });
  onTestFinished(() => peer.close());
  await sent({ url: `${peer.url}/hooks/1/` });
  expect(peer.requests.map(({ path }) => path)).toEqual(['/hooks/1/events']);
});

test.each([201, 204])('another 2xx than the peer’s own is no yes: %i', async (status) => {
  const peer = await startPeer({ status, body: status === 204 ? '' : YES });
  onTestFinished(() => peer.close());
  expect(await sent({ url: peer.url })).toMatchObject({ kind: 'retryable', why: 'unanswered' });
});

describe('a proxy', () => {
  async function proxyTo(onward: number | undefined, status = 200): Promise<string> {
    const server = createHttpServer().on('connect', (_, socket) => {
      if (onward === undefined) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      const peer = connect(onward, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        peer.pipe(socket).pipe(peer);
      });
      peer.on('error', () => socket.destroy());
      socket.on('error', () => peer.destroy());
    });
    return `http://127.0.0.1:${await listen(server)}`;
  }

  test('of the config goes before that of the environment, which is asked for the URL', async () => {
    const peer = await startPeer({ body: YES });
    onTestFinished(() => peer.close());
    const proxy = await proxyTo(Number(new URL(peer.url).port));
    const url = 'http://hook.example.test';
    expect(await sent({ url, proxy }, () => 'http://127.0.0.1:1')).toEqual({ kind: 'acked' });
    expect(await sent({ url }, (asked) => (asked === url ? proxy : undefined))).toEqual({ kind: 'acked' });
  });

  test.each([
    { status: 407, result: { kind: 'blocked' } },
    { status: 502, result: { kind: 'retryable', why: 'failed' } },
  ])('that answers $status is told apart', async ({ status, result }) => {
    expect(await sent({ url: 'https://hook.example.test', proxy: await proxyTo(undefined, status) })).toMatchObject(
      result,
    );
  });
});
