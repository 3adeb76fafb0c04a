/** The way to the peer: what is said of a connection that fails, of TLS that is not trusted, and of proxies. */

import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPeer, testContext } from '@audit-relay/sink-testkit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CERTIFICATE, KEY } from './__fixtures__/certificate.ts';
import { elasticsearchConfigSchema } from './config.ts';
import { connect, type Reply } from './connect.ts';

/** One `GET /` with this config. */
async function askWith(keys: object, proxyFor: (url: string) => string | undefined = () => undefined): Promise<Reply> {
  const peer = await connect(
    elasticsearchConfigSchema.parse({ request_timeout_ms: 500, ...keys }),
    testContext({ proxyFor }),
  );
  onTestFinished(() => peer.close());
  return peer.ask({ method: 'GET', path: '/', signal: new AbortController().signal });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // A TCP server's address is never the string form.
  return (server.address() as AddressInfo).port;
}

function yes(server: Server): Server {
  return server.on('request', (_, response) => {
    response.writeHead(200, { 'x-elastic-product': 'Elasticsearch', 'content-type': 'application/json' }).end('{}');
  });
}

describe('TLS', () => {
  const FINGERPRINT = new X509Certificate(CERTIFICATE).fingerprint256;

  async function secure(): Promise<{ readonly nodes: readonly string[] }> {
    const port = await listen(yes(createTlsServer({ key: KEY, cert: CERTIFICATE })));
    return { nodes: [`https://127.0.0.1:${port}`] };
  }

  test('is for the operator to mend when the certificate is nobody’s', async () => {
    expect(await askWith(await secure())).toMatchObject({ kind: 'fault', fault: 'untrusted', sent: false });
  });

  test('is trusted with its authority in ca_file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'audit-relay-ca-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'ca.pem'), CERTIFICATE);
    expect(await askWith({ ...(await secure()), tls: { ca_file: join(folder, 'ca.pem') } })).toMatchObject({
      status: 200,
    });
  });

  test('is trusted with the authority’s fingerprint, and with no other', async () => {
    const other = FINGERPRINT.replace(/^../, (first) => (first === '00' ? '01' : '00'));
    expect(await askWith({ ...(await secure()), ca_fingerprint: FINGERPRINT })).toMatchObject({ status: 200 });
    expect(await askWith({ ...(await secure()), ca_fingerprint: other })).toMatchObject({
      kind: 'fault',
      fault: 'untrusted',
      code: 'CA_FINGERPRINT_MISMATCH',
    });
  });

  test('is missed when the other side speaks plain HTTP', async () => {
    const port = await listen(yes(createServer()));
    expect(await askWith({ nodes: [`https://127.0.0.1:${port}`] })).toMatchObject({
      kind: 'fault',
      fault: 'untrusted',
      sent: false,
    });
  });

  test('names a file that cannot be read', async () => {
    const config = elasticsearchConfigSchema.parse({
      nodes: ['https://es.example.com'],
      tls: { ca_file: '/no/such.pem' },
    });
    await expect(connect(config, testContext())).rejects.toThrow('tls.ca_file /no/such.pem');
  });
});

describe('a proxy', () => {
  /** A proxy that leads every CONNECT to one port, or answers it with a status. */
  async function proxyTo(
    target: number | undefined,
    status = 200,
  ): Promise<{ readonly url: string; readonly seen: string[] }> {
    const seen: string[] = [];
    const server = createServer();
    server.on('connect', ({ url = '', headers }, socket) => {
      seen.push(`${url} ${headers['proxy-authorization'] ?? ''}`);
      if (target === undefined) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      const onward = connectSocket(target, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    });
    return { url: `127.0.0.1:${await listen(server)}`, seen };
  }

  const nodes = ['http://127.0.0.1:9'];

  test('is used from the config, with its credentials', async () => {
    const proxy = await proxyTo(await listen(yes(createServer())));
    expect(await askWith({ nodes, proxy: `http://ada:x@${proxy.url}` }, () => 'http://127.0.0.1:1')).toMatchObject({
      status: 200,
    });
    expect(proxy.seen).toEqual([`127.0.0.1:9 Basic ${Buffer.from('ada:x').toString('base64')}`]);
  });

  test('is used from the surroundings', async () => {
    const proxy = await proxyTo(await listen(yes(createServer())));
    expect(
      await askWith({ nodes }, (url) => (url === `${nodes[0]}/` ? `http://${proxy.url}` : undefined)),
    ).toMatchObject({
      status: 200,
    });
    expect(proxy.seen).toHaveLength(1);
  });

  test.each([
    { name: 'refuses our credentials', status: 407, fault: 'proxy_refused' },
    { name: 'does not connect', status: 502, fault: 'unreachable' },
  ])('that $name is told apart', async ({ status, fault }) => {
    const proxy = await proxyTo(undefined, status);
    expect(await askWith({ nodes, proxy: `http://${proxy.url}` })).toMatchObject({
      kind: 'fault',
      fault,
      sent: false,
    });
  });

  test('does not keep us when an answer never ends', async () => {
    const endless = createServer(
      (_, response) => void response.writeHead(200, { 'x-elastic-product': 'Elasticsearch' }).write(' '),
    );
    const proxy = await proxyTo(await listen(endless));
    expect(await askWith({ nodes, proxy: `http://${proxy.url}` })).toMatchObject({
      fault: 'timeout',
      sent: true,
      hasBegun: true,
    });
  });
});

describe('without an answer', () => {
  test.each([
    { name: 'nobody listens', nodes: ['http://127.0.0.1:1'] },
    { name: 'nobody listens on any address of the name', nodes: ['http://localhost:1'] },
    { name: 'there is no such host', nodes: ['https://no-such-host.invalid'] },
  ])('nothing was sent when $name', async ({ nodes }) => {
    expect(await askWith({ nodes })).toMatchObject({ kind: 'fault', sent: false });
  });

  test.each(['hang', 'reset_after_body', 'endless_body'] as const)(
    'the request may have been done: %s',
    async (fault) => {
      const peer = await startPeer({ fault, headers: { 'x-elastic-product': 'Elasticsearch' } });
      onTestFinished(() => peer.close());
      expect(await askWith({ nodes: [peer.url] })).toMatchObject({ kind: 'fault', sent: true });
    },
  );
});

describe('a status', () => {
  const headers = { 'x-elastic-product': 'Elasticsearch', 'content-type': 'application/json', 'retry-after': '7' };

  test.each([
    { name: 'whose body is no JSON', status: 503, body: '<html>', extra: {} },
    {
      name: 'whose body only says it is gzip',
      status: 429,
      body: '{"error":{}}',
      extra: { 'content-encoding': 'gzip' },
    },
    { name: 'whose body is cut', status: 401, body: '{"error"', extra: { 'content-length': '90' } },
  ])('$status $name is that status, with its headers', async ({ status, body, extra }) => {
    const port = await listen(
      createServer((_, response) => {
        response.writeHead(status, { ...headers, ...extra }).write(body);
        if ('content-length' in extra) setImmediate(() => response.socket?.end());
        else response.end();
      }),
    );
    expect(await askWith({ nodes: [`http://127.0.0.1:${port}`] })).toMatchObject({
      kind: 'answer',
      status,
      isElasticsearch: true,
      retryAfterMs: 7_000,
    });
  });

  test('200 whose body only says it is gzip may have been done', async () => {
    const port = await listen(
      createServer((_, response) => void response.writeHead(200, { ...headers, 'content-encoding': 'gzip' }).end('{}')),
    );
    expect(await askWith({ nodes: [`http://127.0.0.1:${port}`] })).toMatchObject({ fault: 'unreadable', sent: true });
  });
});

test('the path of a node goes before that of a request', async () => {
  const peer = await startPeer({ headers: { 'x-elastic-product': 'Elasticsearch' } });
  onTestFinished(() => peer.close());
  await askWith({ nodes: [`${peer.url}/es/`] });
  expect(peer.requests.map(({ path }) => path)).toEqual(['/es/']);
});

test('a proxy that drops the tunnel is asked once a request, and no stop waits for it', async () => {
  let connections = 0;
  const server = createServer().on('connect', (_, socket) => {
    connections += 1;
    socket.destroy();
  });
  const proxy = `http://127.0.0.1:${await listen(server)}`;
  expect(await askWith({ nodes: ['https://es.example.test'], proxy })).toMatchObject({ fault: 'broken', sent: false });
  expect(connections).toBe(1);
});

test('no more is said of an error than fixed words', async () => {
  const reply = await askWith({ nodes: ['https://secret-name.invalid'], proxy: 'http://ada:secret@127.0.0.1:1' });
  expect(JSON.stringify(reply)).not.toContain('secret');
});

describe('several nodes', () => {
  const headers = { 'x-elastic-product': 'Elasticsearch', 'content-type': 'application/json' };

  /** How often each node was asked in six requests, of which nobody repeats one. */
  async function askedOf(...statuses: readonly (number | 'nobody')[]): Promise<readonly number[]> {
    const asked = statuses.map(() => 0);
    const nodes = await Promise.all(
      statuses.map(async (status, at) => {
        if (status === 'nobody') return 'http://127.0.0.1:1';
        const server = createServer((_, response) => {
          asked[at] = (asked[at] ?? 0) + 1;
          response.writeHead(status, headers).end('{}');
        });
        return `http://127.0.0.1:${await listen(server)}`;
      }),
    );
    const peer = await connect(elasticsearchConfigSchema.parse({ nodes }), testContext({ elapsedMs: () => 0 }));
    onTestFinished(() => peer.close());
    for (let time = 0; time < 6; time++)
      await peer.ask({ method: 'GET', path: '/', signal: new AbortController().signal });
    return asked;
  }

  test.each<{ name: string; statuses: readonly (number | 'nobody')[]; asked: readonly number[] }>([
    { name: 'are asked in turn', statuses: [200, 200], asked: [3, 3] },
    { name: 'one that judges a request stays among them', statuses: [429, 200], asked: [3, 3] },
    { name: 'one that is not ready is left alone for a while', statuses: [503, 200], asked: [1, 5] },
    { name: 'one where nobody listens is left alone for a while', statuses: ['nobody', 200], asked: [0, 5] },
  ])('$name', async ({ statuses, asked }) => {
    expect(await askedOf(...statuses)).toEqual(asked);
  });
});

describe('what goes out', () => {
  async function headersOf(keys: object, body?: object): Promise<Readonly<Record<string, string | undefined>>> {
    const peer = await startPeer({ headers: { 'x-elastic-product': 'Elasticsearch' } });
    onTestFinished(() => peer.close());
    const way = await connect(elasticsearchConfigSchema.parse({ nodes: [peer.url], ...keys }), testContext());
    onTestFinished(() => way.close());
    const { signal } = new AbortController();
    await way.ask({ method: 'POST', path: '/_bulk', signal, ...(body === undefined ? {} : { body }) });
    return { ...peer.requests[0]?.headers };
  }

  test.each([
    { name: 'an API key', auth: { api_key: 'a2V5' }, authorization: 'ApiKey a2V5' },
    { name: 'a bearer token', auth: { bearer: 'token' }, authorization: 'Bearer token' },
    { name: 'user and password', auth: { username: 'ada', password: 'p:ä' }, authorization: 'Basic YWRhOnA6w6Q=' },
  ])('names $name', async ({ auth, authorization }) => {
    expect(await headersOf({ auth })).toMatchObject({ authorization });
  });

  const json = 'application/vnd.elasticsearch+json; compatible-with=8';
  test.each([
    { name: 'nothing', body: undefined, type: undefined },
    { name: 'an object', body: { a: 1 }, type: json },
    { name: 'lines', body: Buffer.from('{}\n'), type: 'application/vnd.elasticsearch+x-ndjson; compatible-with=8' },
  ])('asks for answers of version 8, with $name', async ({ body, type }) => {
    const { accept, authorization, 'content-type': said } = await headersOf({}, body);
    expect({ accept, authorization, said }).toEqual({ accept: json, authorization: undefined, said: type });
  });
});
