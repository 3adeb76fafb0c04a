/** A source behind a company's proxy and certificate authority: HTTPS_PROXY, NO_PROXY and tls.ca_file, with real sockets. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, request, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { defaultKey, type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { run, start } from './command.ts';

const fixture = (name: string): string => join(import.meta.dirname, '__fixtures__', name);

let folder: string;
let simulator: Simulator;
/** TLS before the simulator, as `api.example.test` and as 127.0.0.1. */
let tls: Server;
/** A forward proxy that knows where `api.example.test` is, which no resolver does. */
let proxy: Server;
let tunnels: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-proxy-'));
  simulator = await startSimulator({ events: 20, spanMs: 600_000 });
  const pair = { key: readFileSync(fixture('tls-key.pem')), cert: readFileSync(fixture('tls-cert.pem')) };
  tls = createHttpsServer(pair, ({ url, headers }, response) => {
    const { port } = simulator;
    request({ host: '127.0.0.1', port, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    }).end();
  });
  proxy = createHttpServer().on('connect', (asked, socket) => {
    tunnels.push(String(asked.url));
    const onward = connect(portOf(tls), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  for (const server of [tls, proxy]) await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterAll(async () => {
  for (const server of [tls, proxy]) server.close();
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  tunnels = [];
});

function portOf(server: Server): number {
  // A server that listens on a port has such an address.
  return (server.address() as AddressInfo).port;
}

/** A configuration of its own for each case. */
function configured(name: string, source: object): string {
  const config = {
    sources: { acme: { type: 'openai', api_key: defaultKey, poll_interval: '1s', ...source } },
    sinks: { disk: { type: 'file', path: join(folder, `${name}.ndjson`) } },
    journal: { path: join(folder, name) },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, `${name}.yaml`), JSON.stringify(config));
  return `${name}.yaml`;
}

const ca = { tls: { ca_file: fixture('tls-cert.pem') } };
const behindProxy = { base_url: 'https://api.example.test/v1' };

/** Runs until the first window is journaled, or the first trouble is told. */
async function outcome(config: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { child, ended, seen } = start({ args: ['run', '--config', config, '--log-level', 'debug'], cwd: folder, env });
  const [, code] = await seen(/"(WINDOW_COMMITTED|SOURCE_RETRYING)"/);
  child.kill('SIGTERM');
  await ended;
  return String(code);
}

/** Ways in which a proxy makes no tunnel. */
const DROPS: readonly {
  readonly name: string;
  readonly onConnect: (socket: Duplex) => void;
  readonly words: RegExp;
}[] = [
  { name: 'destroys CONNECT', onConnect: (socket) => void socket.destroy(), words: /instead of answering CONNECT/ },
  { name: 'ends CONNECT', onConnect: (socket) => void socket.end(), words: /instead of answering CONNECT/ },
  {
    name: 'agrees and then destroys',
    onConnect: (socket) =>
      void socket.write('HTTP/1.1 200 OK\r\n\r\n', () => socket.once('data', () => socket.destroy())),
    words: /during the TLS handshake/,
  },
  {
    name: 'agrees and then speaks no TLS',
    onConnect: (socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nnot tls at all'),
    words: /speaks no TLS/,
  },
  {
    name: 'wants credentials',
    onConnect: (socket) => void socket.end('HTTP/1.1 407 No\r\n\r\n'),
    words: /credentials.*PROXY_407/,
  },
  {
    name: 'does not allow the host',
    onConnect: (socket) => void socket.end('HTTP/1.1 403 No\r\n\r\n'),
    words: /does not allow.*PROXY_403/,
  },
];

describe('a proxy that', () => {
  async function badProxy(onConnect: (socket: Duplex) => void) {
    let connections = 0;
    let asked = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const server = createHttpServer().on('connect', (_, socket: Duplex) => {
      connections += 1;
      socket.on('error', () => undefined);
      onConnect(socket);
      asked();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return { env: { HTTPS_PROXY: `127.0.0.1:${portOf(server)}` }, isAsked, connections: () => connections };
  }

  test.each(DROPS)(
    '$name is asked once a request, is told with its reason, and does not hold up a stop',
    async (drop) => {
      const { env, connections } = await badProxy(drop.onConnect);
      const config = configured(`drop ${drop.name}`, behindProxy);
      const { child, ended, seen } = start({ args: ['run', '--config', config, '--grace', '5s'], cwd: folder, env });
      const [line] = await seen(/.*"SOURCE_RETRYING".*\n/);
      expect(line).toMatch(drop.words);
      child.kill('SIGTERM');
      expect(await ended).toMatchObject({ code: 0 });
      // Two feeds, each with a request or two until then.
      expect(connections()).toBeLessThan(12);
    },
  );

  test('never answers does not hold up a stop', async () => {
    const { env, isAsked } = await badProxy(() => undefined);
    const config = configured('silent', behindProxy);
    const { child, ended } = start({ args: ['run', '--config', config, '--grace', '5s'], cwd: folder, env });
    await isAsked;
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0 });
  });

  test('destroys CONNECT is named by doctor, which ends', async () => {
    const { env } = await badProxy((socket) => void socket.destroy());
    const { code, out } = await run({
      args: ['doctor', '--config', configured('doctor', behindProxy)],
      cwd: folder,
      env,
    });
    expect(code).toBe(1);
    expect(out).toMatch(/reach: .*instead of answering CONNECT/);
  });
});

test.each(['socks5://127.0.0.1:1', 'http://'])(
  '%s in the environment is a problem of the configuration',
  async (value) => {
    const config = configured('socks', behindProxy);
    const { code, talk } = await run({
      args: ['validate', '--config', config],
      cwd: folder,
      env: { HTTPS_PROXY: value },
    });
    expect(code).toBe(78);
    expect(talk).toContain('sources.acme  HTTPS_PROXY');
  },
);

describe('a source', () => {
  test('goes through HTTPS_PROXY, and trusts the authority in tls.ca_file', async () => {
    const env = { HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy)}` };
    expect(await outcome(configured('proxied', { ...behindProxy, ...ca }), env)).toBe('WINDOW_COMMITTED');
    expect(new Set(tunnels)).toEqual(new Set(['api.example.test:443']));
  });

  test('prefers its own proxy key to the environment', async () => {
    const env = { HTTPS_PROXY: 'http://127.0.0.1:1' };
    const own = { proxy: `http://127.0.0.1:${portOf(proxy)}` };
    expect(await outcome(configured('own', { ...behindProxy, ...ca, ...own }), env)).toBe('WINDOW_COMMITTED');
  });

  test('reaches this machine without the proxy of the environment', async () => {
    const env = { HTTPS_PROXY: 'http://127.0.0.1:1', HTTP_PROXY: 'http://127.0.0.1:1' };
    const direct = { base_url: `https://127.0.0.1:${portOf(tls)}/v1` };
    expect(await outcome(configured('loopback', { ...direct, ...ca }), env)).toBe('WINDOW_COMMITTED');
  });

  test('leaves the proxy out for a host below a name in NO_PROXY', async () => {
    const env = { HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy)}`, NO_PROXY: 'localhost,example.test' };
    const { child, ended, seen } = start({
      args: ['run', '--config', configured('direct', behindProxy)],
      cwd: folder,
      env,
    });
    const [line] = await seen(/.*"SOURCE_RETRYING".*\n/);
    // No resolver knows it.
    expect(line).toMatch(/DNS/);
    child.kill('SIGTERM');
    await ended;
    expect(tunnels).toEqual([]);
  });

  test('does not talk to an authority that it was not told to trust', async () => {
    const direct = { base_url: `https://127.0.0.1:${portOf(tls)}/v1` };
    expect(await outcome(configured('untrusted', direct), {})).toBe('SOURCE_RETRYING');
  });

  test('is a problem of the configuration when tls.ca_file cannot be read', async () => {
    const missing = { tls: { ca_file: join(folder, 'no-ca.pem') } };
    const { code, talk } = await run({
      args: ['run', '--config', configured('no-ca', { ...behindProxy, ...missing })],
      cwd: folder,
    });
    expect(code).toBe(78);
    expect(talk).toContain('sources.acme.tls.ca_file');
  });
});
