/** The client against a real HTTP server on loopback that misbehaves in one way per path. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { proxyFromEnvironment } from '@audit-relay/sink-http';
import { afterEach, describe, expect, test } from 'vitest';
import { configOf } from '../__fixtures__/world.ts';
import type { SourceConfig } from '../config.ts';
import { type Client, openClient, type Reply } from './client.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Made beforehand: it takes longer than a client of these tests waits. */
const BOMB = gzipSync(Buffer.alloc(70 * 2 ** 20));

interface Peer {
  readonly client: Client;
  readonly url: string;
  readonly seen: IncomingMessage[];
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  // A server that listens on TCP has such an address.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function peer(listener: RequestListener, config: Partial<SourceConfig> = {}): Promise<Peer> {
  const seen: IncomingMessage[] = [];
  const url = await listen((request, response) => {
    seen.push(request);
    listener(request, response);
  });
  const client = openClient({
    config: configOf({ base_url: `${url}/v1/`, ...config }),
    userAgent: 'audit-relay/test',
    proxyFor: () => undefined,
    limits: { silenceMs: 300, replyMs: 1500 },
  });
  closing.push(() => client.close());
  return { client, url, seen };
}

function ask(client: Client, signal = new AbortController().signal): Promise<Reply> {
  return client.get('organization/audit_logs?limit=100', signal);
}

function bodyOf(reply: Reply): string {
  return reply.kind === 'response' ? new TextDecoder().decode(reply.body) : reply.failure;
}

test('asks below the base URL, with the key, and takes gzip', async () => {
  const { client, seen } = await peer((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'x-request-id': 'r' }).end(gzipSync('{"data":[]}'));
  });
  const reply = await ask(client);
  expect(bodyOf(reply)).toBe('{"data":[]}');
  expect(reply.kind === 'response' && reply.header('x-request-id')).toBe('r');
  expect(seen[0]?.url).toBe('/v1/organization/audit_logs?limit=100');
  expect(seen[0]?.headers).toMatchObject({
    authorization: 'Bearer sk-admin-canary',
    'accept-encoding': 'gzip',
    'user-agent': 'audit-relay/test',
  });
});

test('follows no redirect: the key stays at the base URL', async () => {
  let strangers = 0;
  const stranger = await listen((_, response) => {
    strangers += 1;
    response.end();
  });
  const { client } = await peer((_, response) => response.writeHead(307, { location: stranger }).end());
  expect(await ask(client)).toMatchObject({ kind: 'response', status: 307 });
  expect(strangers).toBe(0);
});

test.for([
  { status: 401, encoding: 'gzip' },
  { status: 429, encoding: 'gzip' },
  { status: 403, encoding: 'br' },
])('$status is that status though its body is not the $encoding that it says', async ({ status, encoding }) => {
  const { client } = await peer((_, response) =>
    response.writeHead(status, { 'content-encoding': encoding, 'retry-after': '120' }).end('{"error":{}}'),
  );
  const reply = await ask(client);
  expect(reply).toMatchObject({ kind: 'response', status });
  expect(reply.kind === 'response' && reply.header('retry-after')).toBe('120');
});

test.for(['GZIP', 'x-gzip', 'gzip, identity'])('takes %s', async (encoding) => {
  const { client } = await peer((_, response) => {
    response.writeHead(200, { 'content-encoding': encoding }).end(gzipSync('{"data":[]}'));
  });
  expect(bodyOf(await ask(client))).toBe('{"data":[]}');
});

test('HTML, an error and bytes that are no UTF-8 are responses like others', async () => {
  const { client } = await peer((_, response) => response.writeHead(502).end(Buffer.from([0x3c, 0xff])));
  expect(await ask(client)).toMatchObject({ kind: 'response', status: 502, body: Buffer.from([0x3c, 0xff]) });
});

describe('no response', () => {
  test.for<{ name: string; listener: RequestListener; failure: string; hasBegun?: false }>([
    { name: 'a server that says nothing', listener: () => undefined, failure: 'timeout', hasBegun: false },
    {
      name: 'a body that stops in the middle',
      listener: (_, response) => void response.writeHead(200).write('{"data":'),
      failure: 'timeout',
    },
    {
      name: 'a body that drips for ever',
      listener: (_, response) => {
        const drip = setInterval(() => response.write(' '), 50);
        response.on('close', () => clearInterval(drip));
      },
      failure: 'timeout',
    },
    {
      name: 'a reset within a body',
      listener: (_, response) => {
        response.writeHead(200).write('{"data":');
        setImmediate(() => response.socket?.resetAndDestroy());
      },
      failure: 'broken',
    },
    {
      name: 'a body shorter than it said',
      listener: (_, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"data":');
        setImmediate(() => response.socket?.end());
      },
      failure: 'broken',
    },
    {
      name: 'gzip that is cut off',
      listener: (_, response) =>
        void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{}').subarray(0, 15)),
      failure: 'unreadable',
    },
    {
      name: 'a 200 that only says it is gzip',
      listener: (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('{"data":[]}'),
      failure: 'unreadable',
    },
    {
      name: 'a small body that unpacks to more than the cap',
      listener: (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(BOMB),
      failure: 'too_large',
    },
  ])('$name is $failure', async ({ listener, failure, hasBegun = true }) => {
    const { client } = await peer(listener);
    const reply = await ask(client);
    expect(reply).toMatchObject({ kind: 'none', failure });
    // Whether there is a server at all, which another question might suit better.
    expect('hasBegun' in reply).toBe(hasBegun);
  });

  test('nobody at the port is unreachable', async () => {
    const { client } = await peer(() => undefined, { base_url: 'http://127.0.0.1:1/v1' });
    expect(await ask(client)).toMatchObject({
      kind: 'none',
      failure: 'unreachable',
      reason: expect.stringMatching(/ECONNREFUSED.*base_url/),
    });
  });

  test('a signal that fires ends the wait with its reason', async () => {
    const give = new AbortController();
    const { client } = await peer(() => give.abort(new Error('enough')));
    await expect(ask(client, give.signal)).rejects.toThrow('enough');
  });
});

test('goes through the configured proxy, which sees the host and never the key', async () => {
  const proxy = createServer();
  const connects: IncomingMessage[] = [];
  proxy.on('connect', (request, socket) => {
    connects.push(request);
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => proxy.close(resolve)));
  // As above.
  const { port } = proxy.address() as AddressInfo;
  const { client } = await peer(() => undefined, {
    base_url: 'https://api.example.com/v1',
    proxy: `http://127.0.0.1:${port}`,
  });
  expect(await ask(client)).toMatchObject({ kind: 'none' });
  expect(connects[0]?.url).toBe('api.example.com:443');
  expect(JSON.stringify(connects[0]?.headers)).not.toContain('canary');
});

describe('is refused at once, with what to mend', () => {
  test.for([
    {
      name: 'a CA file that cannot be read',
      keys: { tls: { ca_file: '/nowhere/ca.pem' } },
      code: 'TLS_FILE_UNUSABLE',
      words: '/nowhere/ca.pem',
    },
    { name: 'a proxy that is none', keys: { proxy: 'socks5://127.0.0.1:1' }, code: 'PROXY_INVALID', words: 'socks5' },
  ])('$name', ({ keys, code, words }) => {
    const open = (): Client => openClient({ config: configOf(keys), userAgent: '', proxyFor: () => undefined });
    expect(open).toThrow(expect.objectContaining({ code, message: expect.stringContaining(words) }));
  });

  test('a proxy of the environment that is none', () => {
    const proxyFor = proxyFromEnvironment({ HTTPS_PROXY: 'socks5://127.0.0.1:1' });
    expect(() => openClient({ config: configOf({}), userAgent: '', proxyFor })).toThrow(
      expect.objectContaining({ code: 'PROXY_INVALID', message: expect.stringContaining('HTTPS_PROXY') }),
    );
  });
});
