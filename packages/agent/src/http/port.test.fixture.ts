/** The port over real sockets, with a relay that only shows a status, for the tests of it. */
import { request } from 'node:http';
import { onTestFinished } from 'vitest';
import { RELAY_STATUS } from '../status/relay-status.test.fixture.ts';
import type { Access } from './access.ts';
import { type HttpOptions, listenHttp } from './server.ts';
import type { PageFile } from './status-page/files.ts';

/** As a build leaves them. */
const FILES = new Map<string, PageFile>([
  ['/', { body: Buffer.from('<!doctype html>'), type: 'text/html; charset=utf-8' }],
  ['/assets/page-1a2b.js', { body: Buffer.from('start();'), type: 'text/javascript; charset=utf-8' }],
]);

function untilAborted(_ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

export interface World {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
  /** How often the relay was asked for its status, which is all that can be asked. */
  asked(): number;
}

export async function world(access: Access = {}, options: Partial<HttpOptions> = {}): Promise<World> {
  let asked = 0;
  const server = await listenHttp({
    listen: { host: '127.0.0.1', port: 0 },
    journal: '/journal',
    access: () => access,
    runtime: { now: () => 1_790_000_100_000, elapsedMs: () => 5_000, sleep: untilAborted },
    configuration: () => 'name: hunter2',
    clean: (text) => text.replaceAll('hunter2', '[hidden]'),
    files: async () => FILES,
    shown: () => ({
      state: 'running',
      deadLetters: () => [],
      unwritable: () => undefined,
      status: () => {
        asked += 1;
        return RELAY_STATUS;
      },
    }),
    ...options,
  });
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (!isClosed) await server.close();
    isClosed = true;
  };
  onTestFinished(close);
  return { url: server.url, port: Number(new URL(server.url).port), asked: () => asked, close };
}

export interface Told {
  readonly code: number | undefined;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** All of the answer; of a stream the head alone. */
export function ask(
  url: string,
  options: { readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<Told> {
  return new Promise<Told>((resolve, reject) => {
    const asking = request(url, { agent: false, ...options }, (answer) => {
      const told = (text: string): Told => ({ code: answer.statusCode, text, headers: answer.headers });
      if (answer.headers['content-type'] === 'text/event-stream') {
        asking.destroy();
        resolve(told(''));
        return;
      }
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => (text += part));
      answer.once('end', () => resolve(told(text)));
    });
    asking.on('error', reject).end();
  });
}
