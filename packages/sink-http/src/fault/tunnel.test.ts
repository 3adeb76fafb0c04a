/** Proxies, good and bad: each is named, asked once, and nothing of the request is sent to it. */
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { CA, ok, replyFrom } from '../__fixtures__/fault-cases.ts';
import { http, https, leadTo, listen, pem, proxy } from '../__fixtures__/servers.ts';
import type { HttpFault } from './fault.ts';

describe('a proxy that', () => {
  const cases: readonly {
    name: string;
    onConnect: Parameters<typeof proxy>[0];
    fault: Partial<HttpFault>;
    words: string;
  }[] = [
    {
      name: 'destroys CONNECT',
      onConnect: (socket) => void socket.destroy(),
      fault: { fault: 'broken' },
      words: 'instead of answering CONNECT',
    },
    {
      name: 'resets CONNECT',
      onConnect: (socket) => void socket.resetAndDestroy(),
      fault: { fault: 'broken' },
      words: 'instead of answering CONNECT',
    },
    {
      name: 'ends CONNECT',
      onConnect: (socket) => void socket.end(),
      fault: { fault: 'broken' },
      words: 'instead of answering CONNECT',
    },
    {
      name: 'never answers',
      onConnect: () => undefined,
      fault: { fault: 'timeout' },
      words: 'does not answer CONNECT',
    },
    {
      name: 'never ends its answer',
      onConnect: (socket) => void socket.write('HTTP/1.1 200 OK\r\n'),
      fault: { fault: 'timeout' },
      words: 'does not answer CONNECT',
    },
    {
      name: 'answers without an end',
      onConnect: (socket) => void socket.write(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(9_000)}`),
      fault: { fault: 'proxy_refused' },
      words: 'proxy',
    },
    {
      name: 'agrees and then destroys',
      onConnect: (socket) =>
        void socket.write('HTTP/1.1 200 OK\r\n\r\n', () => socket.once('data', () => socket.destroy())),
      fault: { fault: 'broken' },
      words: 'TLS handshake',
    },
    {
      name: 'agrees and then says what is no TLS',
      onConnect: (socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nnot tls at all'),
      fault: { fault: 'untrusted' },
      words: 'speaks no TLS',
    },
    {
      name: 'answers in no HTTP',
      onConnect: (socket) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n'),
      fault: { fault: 'proxy_refused', code: 'PROXY_NO_HTTP' },
      words: 'no HTTP',
    },
    {
      name: 'wants credentials',
      onConnect: (socket) => void socket.end('HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="p"\r\n\r\n'),
      fault: { fault: 'proxy_refused', code: 'PROXY_407' },
      words: 'credentials',
    },
    {
      name: 'does not allow the host',
      onConnect: (socket) => void socket.end('HTTP/1.1 403 No\r\n\r\n'),
      fault: { fault: 'proxy_refused', code: 'PROXY_403' },
      words: 'does not allow',
    },
    {
      name: 'knows no CONNECT',
      onConnect: (socket) => void socket.end('HTTP/1.1 405 No\r\n\r\n'),
      fault: { fault: 'proxy_refused', code: 'PROXY_405' },
      words: 'no tunnel',
    },
    {
      name: 'redirects',
      onConnect: (socket) => void socket.end('HTTP/1.1 302 Found\r\nLocation: http://login\r\n\r\n'),
      fault: { fault: 'proxy_refused', code: 'PROXY_302' },
      words: 'no tunnel',
    },
    {
      name: 'does not reach the host',
      onConnect: (socket) => void socket.end('HTTP/1.0 502 No\r\n\r\n'),
      fault: { fault: 'unreachable', code: 'PROXY_502' },
      words: 'does not reach',
    },
  ];
  test.each(cases)('$name is named, asked once, and nothing was sent', async ({ onConnect, fault, words }) => {
    const { port, connections } = await proxy(onConnect);
    const reply = await replyFrom('https://api.example.test', { proxy: `http://127.0.0.1:${port}`, connectMs: 200 });
    expect(reply).toMatchObject({ kind: 'fault', sent: false, ...fault, reason: expect.stringContaining(words) });
    expect(connections()).toBe(1);
  });

  test('is not there is told apart from a host that is not', async () => {
    expect(await replyFrom('https://api.example.test', { proxy: '127.0.0.1:1' })).toMatchObject({
      fault: 'unreachable',
      code: 'ECONNREFUSED',
      reason: expect.stringContaining('the proxy refuses the connection'),
    });
  });

  test('is named by an untrusted certificate of its own', async () => {
    const { port } = await https(['leaf', 'middle', 'ca'], ok);
    expect(await replyFrom('https://api.example.test', { proxy: `https://127.0.0.1:${port}` })).toMatchObject({
      fault: 'untrusted',
      reason: expect.stringContaining('the certificate of the proxy'),
    });
  });

  test('leads to a host with TLS, plain or in TLS of its own', async () => {
    const host = await https(['leaf', 'middle'], ok);
    const plain = await proxy(leadTo(host.port));
    const secure = createHttpsServer({ cert: pem('leaf') + pem('middle'), key: pem('leaf.key') });
    // Of a server it is always a socket.
    secure.on('connect', (_, socket) => leadTo(host.port)(socket as Socket));
    const { port } = await listen(secure);
    for (const url of [`127.0.0.1:${plain.port}`, `https://127.0.0.1:${port}`]) {
      expect(await replyFrom('https://api.example.test', { proxy: url, tls: CA })).toBe('200 yes');
    }
    expect(plain.seen).toEqual(['api.example.test:443']);
  });

  test('leads to a host without TLS, which speaks first or not', async () => {
    const host = await http(ok);
    const { port, seen } = await proxy(leadTo(host.port));
    expect(await replyFrom('http://api.example.test:8080', { proxy: `127.0.0.1:${port}` })).toBe('200 yes');
    expect(seen).toEqual(['api.example.test:8080']);
  });
});
