/**
 * Secrets as the kubelet changes them, under the running command: a folder whose files are links into `..data`, itself a link
 * that is swapped for one to another folder. A key, a token, an authority and a client certificate are replaced after the
 * old one was taken back at the peer; nothing is restarted, and everything arrives. So is the token of the agent's own port.
 */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { defaultKey, startSimulator } from '@audit-relay/openai-simulator';
import { expect, onTestFinished, test } from 'vitest';
import { start } from '../agent/command.ts';
import { certificates } from '../services/kafka/certificates.ts';

type Files = Readonly<Record<string, string>>;

/** A projected volume; `swap` is what the kubelet does: a new folder, a new link, one rename. */
function volume(folder: string, files: Files): { swap(files: Files): void } {
  let version = 0;
  const swap = (next: Files): void => {
    version += 1;
    const own = `..2026_11_29_${version}`;
    mkdirSync(join(folder, own));
    for (const [name, text] of Object.entries(next)) writeFileSync(join(folder, own, name), text);
    symlinkSync(own, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  swap(files);
  for (const name of Object.keys(files)) symlinkSync(join('..data', name), join(folder, name));
  return { swap };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  // A server that listens on a port has an address with one.
  return (server.address() as AddressInfo).port;
}

/** What the peers take at the moment, and what came with it. */
interface Peers {
  key: string;
  token: string;
  client: string;
  readonly taken: { readonly key: Set<string>; readonly sent: string[] };
}

/** The simulated API behind one that asks for the key of the moment. */
async function api(peers: Peers): Promise<string> {
  const simulator = await startSimulator({ events: 20, spanMs: 3_600_000, rate: 5 });
  onTestFinished(() => simulator.close());
  const front = createHttpServer((request, response) => {
    const key = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (key !== peers.key) return void response.writeHead(401).end('{"error":{"message":"no"}}');
    peers.taken.key.add(key);
    const url = new URL(request.url ?? '', simulator.url);
    fetch(url, { headers: { authorization: `Bearer ${defaultKey}` } }).then(
      async (answer) =>
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text()),
      () => response.destroy(),
    );
  });
  return `http://127.0.0.1:${await listening(front)}/v1`;
}

/** A collector that wants a client certificate, and a new connection for each request. */
async function collector(peers: Peers): Promise<string> {
  const { ca, broker } = await certificates();
  const both = readFileSync(broker);
  const options = { cert: both, key: both, ca: readFileSync(ca), requestCert: true, rejectUnauthorized: true };
  const server = createServer(options, (request: IncomingMessage, response: ServerResponse) => {
    request.resume().once('end', () => {
      const token = /^Splunk (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      // Of a server that asks for TLS.
      const client = (request.socket as TLSSocket).getPeerCertificate().subject.CN;
      response.setHeader('connection', 'close').setHeader('content-type', 'application/json');
      if (token !== peers.token || client !== peers.client)
        return void response.writeHead(403).end('{"text":"Invalid token","code":4}');
      peers.taken.sent.push(`${token} ${client}`);
      response.end('{"text":"Success","code":0}');
    });
  });
  return `https://127.0.0.1:${await listening(server)}`;
}

const PORT_TOKENS = ['the-first-token-of-the-port', 'the-second-token-of-the-port'] as const;

test('key, token, authority and client certificate are replaced under the running relay', async () => {
  const { ca, client, second, stranger } = await certificates();
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-rotation-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const secrets = join(folder, 'secrets');
  mkdirSync(secrets);
  const peers: Peers = {
    key: 'sk-admin-one',
    token: 'token-number-one',
    client: 'client',
    taken: { key: new Set(), sent: [] },
  };
  const pem = (pair: typeof client): Files => ({
    'tls.crt': readFileSync(pair.cert, 'utf8'),
    'tls.key': readFileSync(pair.key, 'utf8'),
  });
  // The authority is the wrong one at first.
  let files: Files = {
    key: peers.key,
    token: peers.token,
    'port-token': PORT_TOKENS[0],
    'ca.crt': readFileSync(stranger.cert, 'utf8'),
    ...pem(client),
  };
  const { swap } = volume(secrets, files);
  const change = (some: Files): void => {
    files = { ...files, ...some };
    swap(files);
  };
  const tls = {
    ca_file: join(secrets, 'ca.crt'),
    cert_file: join(secrets, 'tls.crt'),
    key_file: join(secrets, 'tls.key'),
  };
  const config = {
    sources: {
      acme: {
        type: 'openai',
        api_key: `\${file:${secrets}/key}`,
        base_url: await api(peers),
        poll_interval: '1s',
        backfill_start_time: '1d',
      },
    },
    journal: { path: join(folder, 'journal') },
    sinks: {
      siem: {
        type: 'splunk-hec',
        url: await collector(peers),
        token: `\${file:${secrets}/token}`,
        indexer_ack: 'off',
        tls,
        batch: { max_age: '0s' },
      },
      disk: { type: 'file', path: join(folder, 'events.ndjson') },
    },
    http: { listen: '127.0.0.1:0', token: `\${file:${secrets}/port-token}` },
  };
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
  const { child, ended, seen } = start({ args: ['run'], cwd: folder });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const { url } = JSON.parse((await seen(/^\{.*"STARTED".*$/m))[0]);
  /** What the port says to whoever shows the first token, the second, and none. */
  const opens = (): Promise<readonly number[]> =>
    Promise.all(
      [...PORT_TOKENS, 'no'].map(async (token) => {
        const headers = { authorization: `Bearer ${token}`, connection: 'close' };
        return (await fetch(`${url}/status`, { headers })).status;
      }),
    );
  const arrives = (words: string) =>
    expect.poll(() => peers.taken.sent.at(-1), { timeout: 90_000, message: words }).toBe(words);

  expect(peers.taken.sent).toEqual([]);
  change({ 'ca.crt': readFileSync(ca, 'utf8') });
  await arrives('token-number-one client');

  peers.client = 'second';
  change(pem(second));
  await arrives('token-number-one second');

  peers.token = 'token-number-two';
  change({ token: peers.token });
  await arrives('token-number-two second');

  peers.key = 'sk-admin-two';
  change({ key: peers.key });
  await expect.poll(() => peers.taken.key.has('sk-admin-two'), { timeout: 90_000 }).toBe(true);

  expect(await opens()).toEqual([200, 401, 401]);
  change({ 'port-token': PORT_TOKENS[1] });
  await expect.poll(opens, { timeout: 90_000 }).toEqual([401, 200, 401]);

  expect(child.exitCode).toBeNull();
  child.kill('SIGTERM');
  const { code, talk } = await ended;
  expect(code).toBe(0);
  expect(talk).toContain('a secret of sink siem has changed');
  expect(talk).toContain('a secret of source acme has changed');
  expect(talk).not.toContain('a secret of sink disk has changed');
  for (const secret of ['sk-admin-one', 'sk-admin-two', 'token-number-one', 'token-number-two', ...PORT_TOKENS])
    expect(talk).not.toContain(secret);
});
