/** One request and its reply, against real servers that misbehave in one way each. */
import type { IncomingMessage, RequestListener } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { http, proxy, tcp } from './__fixtures__/servers.ts';
import { type HttpClient, type HttpClientOptions, openHttpClient } from './client.ts';
import type { HttpReply } from './reply.ts';

const NEVER = new AbortController().signal;

function open(options: HttpClientOptions): HttpClient {
  const client = openHttpClient(options);
  onTestFinished(() => client.close());
  return client;
}

async function clientOf(listener: RequestListener, options: Partial<HttpClientOptions> = {}): Promise<HttpClient> {
  const { port } = await http(listener);
  return open({ url: `http://127.0.0.1:${port}`, ...options });
}

function shown(reply: HttpReply): unknown {
  return reply.kind === 'answer'
    ? `${reply.status} ${reply.text()}`
    : `${reply.fault} ${reply.sent ? 'sent' : 'unsent'}`;
}

describe('a request', () => {
  async function seenOf(request: object, url = ''): Promise<{ head: IncomingMessage; body: Buffer }> {
    const heads: IncomingMessage[] = [];
    const parts: Buffer[] = [];
    const { port } = await http((head, response) => {
      heads.push(head);
      head.on('data', (part: Buffer) => parts.push(part)).on('end', () => response.end());
    });
    const client = open({ url: `http://127.0.0.1:${port}${url}`, headers: { 'user-agent': 'us/1', 'x-a': '1' } });
    await client.request({ signal: NEVER, ...request });
    return { head: heads[0]!, body: Buffer.concat(parts) };
  }

  test.each([
    { url: '', path: '', asked: '/' },
    { url: '/base', path: '', asked: '/base' },
    { url: '/base?key=1', path: '', asked: '/base?key=1' },
    { url: '/base', path: '/events', asked: '/base/events' },
    { url: '/base/', path: 'events?x=1', asked: '/base/events?x=1' },
    { url: '/base/%41/', path: '/a%20b', asked: '/base/%41/a%20b' },
  ])('for "$path" below "$url" asks for $asked', async ({ url, path, asked }) => {
    expect((await seenOf({ path }, url)).head.url).toBe(asked);
  });

  test('brings its method, its headers before the client’s, and the length of its body', async () => {
    const { head, body } = await seenOf({ method: 'POST', headers: { 'x-a': '2' }, body: 'é' });
    expect(head.method).toBe('POST');
    expect(head.headers).toMatchObject({
      'user-agent': 'us/1',
      'x-a': '2',
      'content-length': '2',
      'accept-encoding': 'gzip',
    });
    expect(body.toString()).toBe('é');
  });

  test('packs its body when asked to', async () => {
    const { head, body } = await seenOf({ method: 'POST', body: 'x'.repeat(1_000), gzip: true });
    expect(head.headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': String(body.length) });
    expect(gunzipSync(body).toString()).toBe('x'.repeat(1_000));
  });
});

describe('status and headers come first', () => {
  test.each<{ name: string; status: number; headers: Record<string, string>; body: string | Buffer; is: string }>([
    {
      name: '401 that only says it is gzip',
      status: 401,
      headers: { 'content-encoding': 'gzip' },
      body: 'no',
      is: '401 ',
    },
    { name: '429 with nothing in gzip', status: 429, headers: { 'content-encoding': 'gzip' }, body: '', is: '429 ' },
    {
      name: '413 in a coding of its own',
      status: 413,
      headers: { 'content-encoding': 'zstd' },
      body: 'no',
      is: '413 ',
    },
    { name: '503 in br', status: 503, headers: { 'content-encoding': 'br' }, body: 'no', is: '503 ' },
    { name: '403 in GZIP', status: 403, headers: { 'content-encoding': 'GZIP' }, body: gzipSync('no'), is: '403 no' },
    {
      name: '200 in x-gzip',
      status: 200,
      headers: { 'content-encoding': 'x-gzip' },
      body: gzipSync('yes'),
      is: '200 yes',
    },
    {
      name: '200 in gzip, identity',
      status: 200,
      headers: { 'content-encoding': 'gzip, identity' },
      body: gzipSync('yes'),
      is: '200 yes',
    },
    { name: '204 that says gzip', status: 204, headers: { 'content-encoding': 'gzip' }, body: '', is: '204 ' },
    { name: '307 elsewhere', status: 307, headers: { location: 'http://127.0.0.1:1/' }, body: '', is: '307 ' },
    {
      name: '200 that only says it is gzip',
      status: 200,
      headers: { 'content-encoding': 'gzip' },
      body: 'yes',
      is: 'unreadable sent',
    },
    {
      name: '200 in a coding of its own',
      status: 200,
      headers: { 'content-encoding': 'zstd' },
      body: 'yes',
      is: 'unreadable sent',
    },
    { name: '500 that is longer than wanted', status: 500, headers: {}, body: 'x'.repeat(20_000), is: '500 ' },
    {
      name: '500 that unpacks to more than wanted',
      status: 500,
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync('x'.repeat(20_000)),
      is: '500 ',
    },
    {
      name: '200 that is longer than wanted',
      status: 200,
      headers: {},
      body: 'x'.repeat(20_000),
      is: 'too_large sent',
    },
    {
      name: '200 that unpacks to more than wanted',
      status: 200,
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync('x'.repeat(20_000)),
      is: 'too_large sent',
    },
  ])('$name is $is', async ({ status, headers, body, is }) => {
    const client = await clientOf((_, response) => response.writeHead(status, headers).end(body), { maxBytes: 10_000 });
    expect(shown(await client.request({ signal: NEVER }))).toBe(is);
  });

  test.each<{ name: string; status: number; headers: Record<string, string>; body: string | Buffer; is: string }>([
    { name: 'what there is room for', status: 200, headers: {}, body: 'x'.repeat(500), is: '200 500' },
    { name: 'more than that', status: 200, headers: {}, body: 'x'.repeat(501), is: 'too_large sent' },
    {
      name: 'what unpacks to more',
      status: 200,
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync('x'.repeat(501)),
      is: 'too_large sent',
    },
    {
      name: 'a refusal, for which there always is room',
      status: 500,
      headers: {},
      body: 'x'.repeat(501),
      is: '500 501',
    },
  ])('$name is $is', async ({ status, headers, body, is }) => {
    const client = await clientOf((_, response) => response.writeHead(status, headers).end(body));
    const reply = await client.request({ signal: NEVER, mayTake: (bytes) => bytes <= 500 });
    expect(reply.kind === 'answer' ? `${reply.status} ${reply.body.length}` : shown(reply)).toBe(is);
  });

  test('a refusal whose body is cut, or never ends, is that refusal, with its headers', async () => {
    const client = await clientOf(
      ({ url }, response) => {
        response.writeHead(429, { 'retry-after': '7', 'content-length': '100' }).write('{');
        if (url === '/cut') response.socket?.end();
      },
      { timeoutMs: 200 },
    );
    for (const path of ['cut', 'endless']) {
      const reply = await client.request({ path, signal: NEVER });
      expect(shown(reply)).toBe('429 ');
      expect(reply.kind === 'answer' && reply.header('Retry-After')).toBe('7');
    }
  });

  test('a header that comes more than once is there as often, and header() is its first', async () => {
    const client = await clientOf((_, response) => {
      response.setHeader('set-cookie', ['a=1', 'b=2']).setHeader('x-one', '1');
      response.end('yes');
    });
    const reply = await client.request({ signal: NEVER });
    if (reply.kind !== 'answer') throw new Error('no answer');
    expect([reply.headers('Set-Cookie'), reply.header('set-cookie')]).toEqual([['a=1', 'b=2'], 'a=1']);
    expect([reply.headers('X-One'), reply.headers('x-none')]).toEqual([['1'], []]);
  });

  test('1xx goes before the answer', async () => {
    const client = await clientOf((_, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.end('yes');
    });
    expect(shown(await client.request({ signal: NEVER }))).toBe('200 yes');
  });

  test('an answer says what it holds as bytes, text and JSON', async () => {
    const client = await clientOf(({ url }, response) =>
      response.end(url === '/json' ? '{"a":1}' : Buffer.from([0x3c, 0xff])),
    );
    const [json, other] = [
      await client.request({ path: 'json', signal: NEVER }),
      await client.request({ signal: NEVER }),
    ];
    expect(json.kind === 'answer' && json.json()).toEqual({ a: 1 });
    expect(other.kind === 'answer' && [Buffer.from(other.body), other.json()]).toEqual([
      Buffer.from([0x3c, 0xff]),
      undefined,
    ]);
  });
});

describe('what ends by our own timers and our own stop', () => {
  const listeners: Readonly<Record<string, RequestListener>> = {
    'a server that says nothing': () => undefined,
    'a body that stops': (_, response) => void response.writeHead(200).write('{'),
    'a body that drips for ever': (_, response) => {
      const drip = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(drip));
    },
  };

  test.each(Object.entries(listeners))('%s: in time', async (name, listener) => {
    const client = await clientOf(listener, { timeoutMs: 150 });
    const reply = await client.request({ signal: NEVER });
    expect(shown(reply)).toBe('timeout sent');
    expect(reply.kind === 'fault' && reply.hasBegun).toBe(name !== 'a server that says nothing');
  });

  test('silence has a limit of its own, and dripping is no silence', async () => {
    const client = await clientOf(listeners['a body that stops']!, { silenceMs: 50, timeoutMs: 60_000 });
    expect(shown(await client.request({ signal: NEVER }))).toBe('timeout sent');
  });

  test.each(Object.entries(listeners))('%s: when stopped, and the connection with it', async (_, listener) => {
    const stop = new AbortController();
    const gone: Promise<unknown>[] = [];
    const client = await clientOf((request, response) => {
      gone.push(new Promise((resolve) => request.socket.once('close', resolve)));
      listener(request, response);
      stop.abort(new Error('enough'));
    });
    await expect(client.request({ signal: stop.signal })).rejects.toThrow('enough');
    await Promise.all(gone);
  });

  test('a signal that has fired already sends nothing', async () => {
    let requests = 0;
    const client = await clientOf((_, response) => {
      requests += 1;
      response.end();
    });
    await expect(client.request({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    expect(requests).toBe(0);
  });

  test('a request that waits for a connection waits for its answer too, and is not sent once it was stopped', async () => {
    const seen: (string | undefined)[] = [];
    let answerFirst = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      answerFirst = resolve;
    });
    let release = (): void => undefined;
    const client = await clientOf(
      ({ url }, response) => {
        seen.push(url);
        if (url !== '/first') return void response.end();
        release = () => void response.end();
        answerFirst();
      },
      { connections: 1 },
    );
    const stop = new AbortController();
    const first = client.request({ path: 'first', signal: NEVER });
    await arrived;
    const second = client.request({ path: 'second', signal: stop.signal });
    const third = client.request({ path: 'third', signal: NEVER });
    // Until what the client would send by now has arrived.
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual(['/first']);
    stop.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    release();
    await Promise.all([first, third]);
    expect(seen).toEqual(['/first', '/third']);
  });

  test('1xx is no answer', async () => {
    const client = await clientOf((_, response) => response.writeEarlyHints({ link: '</a>; rel=preload' }), {
      timeoutMs: 150,
    });
    expect(await client.request({ signal: NEVER })).toMatchObject({ fault: 'timeout', sent: true, hasBegun: false });
  });

  test('closing gives up a connection in the making', async () => {
    let gone = (): void => undefined;
    const isGone = new Promise<void>((resolve) => {
      gone = resolve;
    });
    let come = (): void => undefined;
    const hasCome = new Promise<void>((resolve) => {
      come = resolve;
    });
    const { port } = await tcp((socket) => {
      socket.on('data', come).on('close', gone);
    });
    const client = open({ url: `https://127.0.0.1:${port}`, connectMs: 600_000, timeoutMs: 600_000 });
    const reply = client.request({ signal: NEVER });
    await hasCome;
    await client.close();
    await isGone;
    expect(await reply).toMatchObject({ kind: 'fault', sent: false });
  });

  test('closing ends what is in flight', async () => {
    const { port } = await tcp(() => undefined);
    const client = open({ url: `https://127.0.0.1:${port}` });
    const reply = client.request({ signal: NEVER });
    await client.close();
    expect(await reply).toMatchObject({ kind: 'fault', sent: false });
    expect(await client.request({ signal: NEVER })).toMatchObject({ kind: 'fault', sent: false });
  });
});

test('a connection is used again, and no more than allowed are open', async () => {
  const { port, connections } = await http((_, response) => setImmediate(() => response.end('yes')));
  const client = open({ url: `http://127.0.0.1:${port}`, connections: 2 });
  for (let turn = 0; turn < 3; turn += 1) {
    await Promise.all(Array.from({ length: 6 }, () => client.request({ signal: NEVER })));
  }
  expect(connections()).toBe(2);
});

describe('a connection that was kept', () => {
  /** Promises to keep connections for ten minutes. */
  const keeping = (then: (head: IncomingMessage, times: number) => boolean): RequestListener => {
    let times = 0;
    return (head, response) => {
      times += 1;
      if (!then(head, times)) return;
      response.writeHead(200, { 'keep-alive': 'timeout=600' });
      response.end(String(times));
    };
  };

  test.each<{ name: string; end: (head: IncomingMessage) => void }>([
    { name: 'closes', end: ({ socket }) => socket.end() },
    { name: 'resets', end: ({ socket }) => socket.resetAndDestroy() },
  ])('and that the peer $name while it is idle costs the next request nothing', async ({ end }) => {
    const heads: IncomingMessage[] = [];
    const client = await clientOf(
      keeping((head) => {
        heads.push(head);
        return true;
      }),
    );
    expect(shown(await client.request({ signal: NEVER }))).toBe('200 1');
    const [first] = heads;
    if (first === undefined) throw new Error('nothing was asked');
    const closed = new Promise((resolve) => first.socket.once('close', resolve));
    end(first);
    await closed;
    // This side hears of it in its own turn of the loop.
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(shown(await client.request({ signal: NEVER }))).toBe('200 2');
  });

  test('and that the peer ends as the next request arrives is a fault at once, not a wait, and the one after is answered', async () => {
    const client = await clientOf(
      keeping((head, times) => {
        if (times === 2) head.socket.resetAndDestroy();
        return times !== 2;
      }),
      { timeoutMs: 3_600_000 },
    );
    expect(shown(await client.request({ signal: NEVER }))).toBe('200 1');
    expect(shown(await client.request({ signal: NEVER }))).toBe('broken sent');
    expect(shown(await client.request({ signal: NEVER }))).toBe('200 3');
  });
});

test('no credential of ours is shown to a proxy, and the proxy’s own to nobody else', async () => {
  const { port, seen } = await proxy((socket) => void socket.end('HTTP/1.1 502 No\r\n\r\n'));
  const client = open({
    url: 'https://api.example.test/v1',
    proxy: `ada:p%40ss@127.0.0.1:${port}`,
    headers: { authorization: 'Bearer canary' },
  });
  expect(await client.request({ signal: NEVER })).toMatchObject({ code: 'PROXY_502', sent: false });
  expect(seen).toEqual([`api.example.test:443 Basic ${Buffer.from('ada:p@ss').toString('base64')}`]);
});
