/** The port as strangers meet it, over real sockets: whoever has no token, says too much, too little, or too often. */
import { once } from 'node:events';
import { METHODS } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ERRORS_PAGE } from '../errors-page.ts';
import { RELAY_STATUS } from '../status/relay-status.test.fixture.ts';
import { MAX_CONNECTIONS } from './connections.ts';
import { ask, world } from './port.test.fixture.ts';

const TOKEN = 'a-token-of-enough-letters';
const PATHS = [
  '/',
  '/livez',
  '/readyz',
  '/metrics',
  '/status',
  '/status/live',
  '/nothing',
  '/status/../status',
  '//status',
  '/%73tatus',
];

/** What a raw connection gets until it is closed. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let got = '';
  socket.setEncoding('utf8').on('data', (part) => (got += part));
  socket.on('error', () => undefined).write(text);
  await once(socket, 'close');
  return got;
}

describe('with a token', () => {
  test.each(PATHS)('%s says nothing secret to whoever has none', async (path) => {
    const { url } = await world({ token: TOKEN });
    const isOpen = ['/livez', '/readyz'].includes(path);
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { host: 'localhost' }]) {
      const { code, text } = await ask(url + path, { headers });
      expect(code).toBe(isOpen ? 200 : 401);
      expect(text).toMatch(isOpen ? /^(alive|ready)\n$/ : /^(show|this is not) the http\.token/);
      expect(text).not.toContain(TOKEN);
    }
  });

  test('the refusal names the scheme, as a browser and Prometheus want it', async () => {
    const { url } = await world({ token: TOKEN });
    expect((await ask(`${url}/status`)).headers['www-authenticate']).toBe('Bearer realm="audit-relay"');
  });

  test('who shows it reads everything, the troubles in /readyz included', async () => {
    const { url } = await world({ token: TOKEN });
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await ask(`${url}/status`, { headers })).text).toContain('"lanes"');
    expect((await ask(`${url}/readyz`, { headers })).text).toContain('sink siem: blocked');
  });
});

test('a code in /readyz leads to its page', async () => {
  const { configuration, ...rest } = RELAY_STATUS;
  const refusal = { sinceMs: 1, code: 'CONFIG_YAML', problem: 'relay.yaml:1:1  CONFIG_YAML  no mapping' };
  const relay = { state: 'running', deadLetters: () => [], unwritable: () => undefined } as const;
  const page = new RegExp(`\neach code: ${ERRORS_PAGE}\n$`);
  const shown = { ...relay, status: () => ({ ...rest, configuration: { ...configuration, ...NONE, refusal } }) };
  const refused = await world({}, { shown: () => shown });
  expect((await ask(`${refused.url}/readyz`)).text).toMatch(page);
  const full = { code: 'DISK_FULL', problem: 'free some', sinceMs: 1 };
  const disk = await world({}, { shown: () => ({ ...relay, status: () => rest, unwritable: () => full }) });
  const said = await ask(`${disk.url}/readyz`);
  expect(said).toMatchObject({ code: 503, text: expect.stringMatching(/^not ready: DISK_FULL: free some\n/) });
  expect(said.text).toMatch(page);
  expect((await ask(`${(await world()).url}/readyz`)).text).not.toMatch(page);
});

const NONE = { hash: '0123456789ab', sinceMs: 1, applied: 0, refused: 1 };

test('a page that has its name resolve to this machine reads nothing', async () => {
  const { url, asked } = await world();
  const headers = { host: 'attacker.example', origin: 'http://attacker.example' };
  const answers = await Promise.all(PATHS.map((path) => ask(url + path, { headers })));
  expect(answers.map(({ code }) => code)).toEqual([403, 200, 200, 403, 403, 403, 403, 403, 403, 403]);
  expect(answers[2]?.text).toBe('ready\n');
  expect(asked()).toBe(0);
});

test('no answer may be kept, or read by a page of another origin', async () => {
  const { url } = await world();
  for (const path of PATHS) {
    expect((await ask(url + path)).headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect((await ask(url + path)).headers['access-control-allow-origin']).toBeUndefined();
  }
});

/** CONNECT is no request for a path: Node closes the connection. HEAD is GET without its body. */
const CHANGING = METHODS.filter((method) => !['GET', 'HEAD', 'CONNECT'].includes(method));

test('no other method does anything, on any path', async () => {
  const { url, asked } = await world({ allow_unauthenticated: true });
  for (const path of PATHS) {
    const answers = await Promise.all(CHANGING.map((method) => ask(url + path, { method })));
    expect(answers.filter(({ code }) => code !== 405)).toEqual([]);
  }
  expect(asked()).toBe(0);
});

test('CONNECT opens no tunnel', async () => {
  const { port } = await world();
  expect(await raw(port, 'CONNECT 127.0.0.1:1 HTTP/1.1\r\nhost: 127.0.0.1:1\r\n\r\n')).toBe('');
});

describe('a request that is too large', () => {
  test.each([
    ['a path', `GET /${'a'.repeat(9_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`],
    ['a header', `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'a'.repeat(9_000)}\r\n\r\n`],
    ['many headers', `GET / HTTP/1.1\r\nhost: localhost\r\n${'x: y\r\n'.repeat(6_000)}\r\n`],
  ])('by %s is refused and its connection closed', async (_, text) => {
    const { port } = await world();
    expect(await raw(port, text)).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('by its body is answered without reading it, and its connection closed', async () => {
    const { port } = await world();
    const head = 'POST /status HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000000000\r\n\r\n';
    expect(await raw(port, head)).toMatch(/^HTTP\/1\.1 405 [\s\S]*connection: close/i);
    const endless = 'GET /livez HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n';
    expect(await raw(port, endless)).toMatch(/^HTTP\/1\.1 200 [\s\S]*connection: close/i);
  });
});

test('a request that never ends is given up, at whatever byte it stands', async () => {
  const { port } = await world();
  const begun = ['', 'GET', 'GET /livez HTTP/1.1\r\nhost: localhost\r\nx:'];
  const answers = await Promise.all(begun.map((text) => raw(port, text)));
  expect(answers).toEqual(begun.map(() => expect.stringMatching(/^(HTTP\/1\.1 408 |$)/)));
});

test('hundreds of connections that say nothing keep no probe from its answer', async () => {
  const { url, port } = await world();
  const idle: Socket[] = [];
  onTestFinished(() => {
    for (const socket of idle) socket.destroy();
  });
  for (let n = 0; n < 4 * MAX_CONNECTIONS; n += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    idle.push(socket);
    await once(socket, 'connect');
  }
  const older = idle
    .slice(0, 3 * MAX_CONNECTIONS)
    .map((socket) => (socket.closed ? Promise.resolve() : once(socket, 'close')));
  expect((await ask(`${url}/livez`)).code).toBe(200);
  // Each that came later has pushed out an older one, and no more than that.
  await Promise.all(older);
  expect(idle.at(-1)?.closed).toBe(false);
});
