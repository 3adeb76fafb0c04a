/** What mistakes are made with: APIs, peers and proxies that answer in the ways that a newcomer meets, and a folder of wrong files. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { defaultKey, type SimulatorOptions, startSimulator } from '@audit-relay/openai-simulator';
import { type Reply, startPeer } from '@audit-relay/sink-testkit';
import { main } from 'audit-relay';
import { certificates } from '../services/kafka/certificates.ts';

const HOUR_MS = 3_600_000;

export interface MistakesWorld {
  readonly folder: string;
  /** By what is wrong with what answers there; `good`: nothing. */
  readonly urls: Readonly<
    Record<'good' | 'scope' | 'off' | 'ahead' | 'html' | 'splunk' | 'index' | 'tls' | 'proxy', string>
  >;
  /** The certificate of an authority that has signed nothing here. */
  readonly stranger: string;
  /** A key, where a certificate is wanted. */
  readonly keyFile: string;
  end(): Promise<void>;
}

export async function mistakesWorld(): Promise<MistakesWorld> {
  const ends: (() => unknown)[] = [];
  const simulated = async (options: SimulatorOptions): Promise<string> => {
    const simulator = await startSimulator({ key: defaultKey, ...options });
    ends.push(() => simulator.close());
    return simulator.url;
  };
  const answering = async (reply: (path: string, body: string) => Reply): Promise<string> => {
    const peer = await startPeer(({ path, text }) => reply(path, text));
    ends.push(() => peer.close());
    return peer.url;
  };
  const listening = async (server: Server): Promise<string> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(() => server.close());
    // It is bound to a port.
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const { broker, client, stranger } = await certificates();
  const both = readFileSync(broker);
  const secure = createSecureServer({ cert: both, key: both }, (_, response) => response.end('{}'));
  const proxy = createServer((_, response) => response.end()).on('connect', (_, socket) =>
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'),
  );
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-forty-'));
  mkdirSync(join(folder, 'foreign'));
  writeFileSync(join(folder, 'foreign', 'else.txt'), 'of somebody else');
  writeFileSync(join(folder, 'empty.key'), '');
  return {
    folder,
    stranger: stranger.cert,
    keyFile: client.key,
    urls: {
      good: `http://${await listening(await byKey(simulated))}/v1`,
      scope: await simulated({ knobs: { refuse: '401_object' } }),
      off: await simulated({ knobs: { logging_off: 'empty' } }),
      ahead: `${await answering(() => AHEAD)}/v1`,
      html: `${await answering(() => ({ headers: { 'content-type': 'text/html' }, body: '<html>Welcome</html>' }))}/v1`,
      splunk: await answering((path) => (path.includes('health') ? HEALTHY : NO_SUCH_TOKEN)),
      index: await answering((path, body) => {
        if (path.includes('health')) return HEALTHY;
        return body.includes('index') ? NO_SUCH_INDEX : NO_DATA;
      }),
      tls: `https://${await listening(secure)}/v1`,
      proxy: `http://${await listening(proxy)}`,
    },
    end: async () => {
      for (const end of ends) await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const AHEAD: Reply = {
  headers: { date: 'Tue, 01 Jan 2030 00:00:00 GMT', 'content-type': 'application/json' },
  body: '{"object":"list","data":[],"has_more":false}',
};
/** One address for two organizations, as the API has: whose log it is, the key says. */
async function byKey(simulated: (options: SimulatorOptions) => Promise<string>): Promise<Server> {
  const [one, other] = [
    await simulated({ events: 20, spanMs: HOUR_MS }),
    await simulated({ events: 20, spanMs: HOUR_MS, seed: 2, key: OTHER_KEY }),
  ];
  const ask = async (url: string, authorization: string, response: ServerResponse): Promise<void> => {
    const origin = authorization.endsWith(OTHER_KEY) ? other : one;
    const answer = await fetch(`${origin}${url.slice('/v1'.length)}`, { headers: { authorization } });
    const [type, date] = ['content-type', 'date'].map((name) => answer.headers.get(name) ?? '');
    response.writeHead(answer.status, { 'content-type': type, date }).end(await answer.text());
  };
  return createServer(({ url = '', headers }, response) => {
    ask(url, headers.authorization ?? '', response).catch(() => response.destroy());
  });
}

/** At the `good` address it opens the log of another organization. */
export const OTHER_KEY = 'sk-admin-of-another-organization';
const HEALTHY: Reply = { body: '{"text":"HEC is healthy","code":17}' };
const NO_DATA: Reply = { status: 400, body: '{"text":"No data","code":5}' };
const NO_SUCH_INDEX: Reply = { status: 400, body: '{"text":"Incorrect index","code":7,"invalid-event-number":0}' };
const NO_SUCH_TOKEN: Reply = { status: 403, body: '{"text":"Invalid token","code":4}' };

/** In this process, as it would be in its own. */
export async function command(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  const take = (words: string): boolean => {
    text += words;
    return true;
  };
  const code = await main(args, {
    env,
    out: take,
    hide: () => undefined,
    talk: take,
    columns: () => undefined,
    flushed: () => Promise.resolve(true),
    input: () => Readable.from([]),
  });
  return { code, text };
}
