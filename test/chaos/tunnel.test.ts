/** The harness's HTTP proxy: it opens tunnels to who shows its credentials, and each mode befalls a request that goes through it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openHttpClient } from '@audit-relay/sink-http';
import { expect, onTestFinished, test } from 'vitest';
import { TUNNEL_MODES, type TunnelMode } from './schedule.ts';
import { Tunnel } from './tunnel.ts';

async function served(): Promise<{ readonly server: Server; readonly url: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end('yes'.repeat(100));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close().closeAllConnections();
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function through(proxy: string, url: string): Promise<string> {
  const client = openHttpClient({ url, proxy, timeoutMs: 200, connectMs: 200, maxBytes: 10_000, headers: {} });
  try {
    const reply = await client.request({ method: 'GET', path: '/', signal: new AbortController().signal });
    return reply.kind === 'answer' ? `${reply.status}` : reply.code;
  } finally {
    await client.close();
  }
}

async function tunnel(): Promise<Tunnel> {
  const proxy = await Tunnel.open();
  onTestFinished(() => proxy.close());
  return proxy;
}

test('it passes on what comes with its credentials', async () => {
  const [{ url, asked }, proxy] = await Promise.all([served(), tunnel()]);
  expect(await through(proxy.url, url)).toBe('200');
  expect([asked, proxy.opened, proxy.met.size]).toEqual([['/'], 1, 0]);
  expect(await through(proxy.url.replace('secret', 'another'), url)).toBe('PROXY_407');
});

/** Whether the peer is asked all the same. */
const ARRIVES: Readonly<Record<TunnelMode, boolean>> = {
  reset: false,
  '407': false,
  '502': false,
  silent: false,
  cut: true,
  answer_lost: true,
  answer_held: true,
};

test.each(TUNNEL_MODES)('%s', async (mode) => {
  const [{ url, asked }, proxy] = await Promise.all([served(), tunnel()]);
  proxy.become(mode);
  expect(await through(proxy.url, url)).not.toBe('200');
  expect([asked.length > 0, [...proxy.met.keys()]]).toEqual([ARRIVES[mode], [mode]]);
  proxy.become(undefined);
  expect(await through(proxy.url, url)).toBe('200');
});
