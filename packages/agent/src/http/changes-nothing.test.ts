/** Whatever is asked of the port of a whole agent, by whichever method: its relay is looked at, and nothing else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { METHODS, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRelay, type Relay, type RelayOptions } from '@audit-relay/core';
import { expect, onTestFinished, test } from 'vitest';
import { startAgent } from '../agent.ts';
import { isGood, readConfigText } from '../config/read.ts';
import { createLog } from '../log.ts';

/** What looks at a relay. Whatever else a relay has, or will have, counts as a change of it. */
const LOOKS: readonly PropertyKey[] = ['lost', 'status', 'unwritable', 'deadLetters'];
/** Those that there are, and those by which others are told to do something. */
const PATHS = [
  '/',
  '/livez',
  '/readyz',
  '/metrics',
  '/status',
  '/status/live',
  '/-/reload',
  '/backfill?from=1h',
  '/replay?sink=disk',
  '/dead-letters/retry?all=true',
  '/nothing/../status',
];
/** CONNECT is no request for a path. */
const ASKED = METHODS.filter((method) => method !== 'CONNECT');
const BODY = JSON.stringify({ action: 'drop', all: true, sinks: {}, sources: {} });

/** The relay, all of whose parts but those are counted and done nothing of, until `isOver` says so. */
function lookedAt(relay: Relay, told: string[], isOver: () => boolean): Relay {
  return new Proxy(relay, {
    get: (target, key) => {
      if (LOOKS.includes(key) || !(key in target) || isOver()) return Reflect.get(target, key);
      told.push(String(key));
      return () => Promise.reject(new Error(`the port calls ${String(key)}`));
    },
  });
}

/** The code of the answer; of a stream its head is enough. */
function codeOf(url: string, method: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = {
      'x-http-method-override': 'DELETE',
      'content-type': 'application/json',
      // Node sends none with a GET of its own accord.
      'content-length': Buffer.byteLength(BODY),
    };
    const asking = request(url, { method, headers, agent: false }, (answer) => {
      resolve(answer.statusCode);
      answer.on('error', () => undefined);
      asking.destroy();
    });
    asking.on('error', reject).end(BODY);
  });
}

test('no path changes anything by any method, whatever it is sent', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-changes-nothing-'));
  const told: string[] = [];
  let isOver = false;
  const config = {
    sources: { acme: { type: 'openai', api_key: '${KEY}', base_url: 'http://127.0.0.1:1/v1' } },
    sinks: { disk: { type: 'file', path: join(folder, 'events.ndjson') } },
    journal: { path: join(folder, 'journal') },
    http: { listen: '127.0.0.1:0' },
  };
  const reading = await readConfigText({ file: 'relay.yaml', text: JSON.stringify(config), env: { KEY: 'sk-1234' } });
  if (!isGood(reading)) throw new Error(JSON.stringify(reading.problems));
  const log = createLog({ config: { level: 'error' }, terminal: false, write: () => true });
  const open = async (options: RelayOptions): Promise<Relay> => lookedAt(await openRelay(options), told, () => isOver);
  const agent = await startAgent({ reading, log, open });
  onTestFinished(async () => {
    isOver = true;
    await agent.stop(0);
    rmSync(folder, { recursive: true });
  });
  for (const path of PATHS) {
    const codes = await Promise.all(ASKED.map((method) => codeOf(agent.url + path, method)));
    const isLook = (at: number): boolean => ['GET', 'HEAD'].includes(ASKED[at] ?? '');
    expect([path, codes.filter((code, at) => code !== 405 && !isLook(at))]).toEqual([path, []]);
    expect([path, codes.filter((code, at) => ![200, 404].includes(code ?? 0) && isLook(at))]).toEqual([path, []]);
  }
  expect(told).toEqual([]);
});
