import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Relay, RelayError, type RelayOptions } from '@audit-relay/core';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Agent, startAgent } from './agent.ts';
import { isGood, readConfigText } from './config/read.ts';
import { createLog } from './log.ts';
import { RELAY_STATUS } from './status/relay-status.test.fixture.ts';

const agents: Agent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.stop(0);
});

interface World {
  readonly listen?: string;
  /** Stands in the place of the real relay's start. */
  readonly open?: (options: RelayOptions) => Promise<Relay>;
  readonly drained?: Promise<void>;
}

/** An agent with a relay that only shows a status. */
async function world({
  listen = '127.0.0.1:0',
  open,
  drained,
}: World = {}): Promise<{ readonly start: () => Promise<Agent>; readonly calls: readonly string[] }> {
  const calls: string[] = [];
  const relay: Relay = {
    lost: new AbortController().signal,
    status: () => RELAY_STATUS,
    unwritable: () => undefined,
    deadLetters: () => [],
    reopenSource: () => undefined,
    reopenSink: async () => undefined,
    change: () => Promise.reject(new Error('nothing is changed here')),
    caughtUp: async () => undefined,
    backfill: () => Promise.reject(new Error('no order is given here')),
    backfillProgress: () => {
      throw new Error('no order is given here');
    },
    retryDeadLetters: async () => 0,
    replay: async () => 0,
    stopReplay: async () => false,
    dropDeadLetters: async () => 0,
    drain: async (graceMs) => {
      calls.push(`drain ${graceMs}`);
      await drained;
    },
  };
  const text = JSON.stringify({
    sources: { acme: { type: 'openai', api_key: '${KEY}' } },
    sinks: { disk: { type: 'stdout' } },
    http: { listen },
  });
  const reading = await readConfigText({ file: 'relay.yaml', text, env: { KEY: 'sk-1234' } });
  if (!isGood(reading)) throw new Error(JSON.stringify(reading.problems));
  const log = createLog({
    config: { level: 'info' },
    terminal: false,
    write: (line) => calls.push(JSON.parse(line).code),
  });
  const start = async (): Promise<Agent> => {
    const agent = await startAgent({
      reading,
      log,
      open:
        open ??
        (async () => {
          calls.push('open');
          return relay;
        }),
    });
    agents.push(agent);
    return agent;
  };
  return { start, calls };
}

async function get(
  url: string,
  method = 'GET',
): Promise<{ readonly code: number; readonly type: string; readonly text: string }> {
  const response = await fetch(url, { method });
  return { code: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() };
}

describe('the endpoints of a running agent', () => {
  test.each([
    ['/livez', 200, 'text/plain; charset=utf-8', /^alive\n$/],
    [
      '/readyz',
      200,
      'text/plain; charset=utf-8',
      /^ready\nsource acme, feed tenant: paused: HTTP 403.*\nsink siem: blocked: HTTP 401/,
    ],
    ['/metrics', 200, 'text/plain; version=0.0.4; charset=utf-8', /^# TYPE audit_relay_build_info gauge$/m],
    ['/status', 200, 'application/json', /"lanes":\{"siem"/],
    ['/status?now=1', 200, 'application/json', /^\{/],
    ['/', 200, 'text/plain; charset=utf-8', /\/readyz/],
    ['/nothing', 404, 'text/plain; charset=utf-8', /\/readyz/],
  ])('%s answers %d', async (path, ...[code, type, text]) => {
    const { start } = await world();
    const { url } = await start();
    expect(await get(url + path)).toEqual({ code, type, text: expect.stringMatching(text) });
  });

  test('/metrics is OpenMetrics for a scraper that asks for it', async () => {
    const { start } = await world();
    const { url } = await start();
    const accept = 'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3';
    const answer = await fetch(`${url}/metrics`, { headers: { accept } });
    expect(answer.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(await answer.text()).toMatch(/# EOF\n$/);
  });

  test('nothing but looking is allowed', async () => {
    const { start } = await world();
    const { url } = await start();
    expect((await get(`${url}/status`, 'POST')).code).toBe(405);
    expect(await get(`${url}/livez`, 'HEAD')).toMatchObject({ code: 200, text: '' });
  });

  test('/status says which agent and which journal it is about', async () => {
    const { start } = await world();
    const { url } = await start();
    expect(JSON.parse((await get(`${url}/status`)).text)).toEqual({
      ...RELAY_STATUS,
      agent: { state: 'running', pid: process.pid, journal: expect.stringMatching(/^\/.*audit-relay-data$/) },
    });
  });
});

describe('readiness follows the life of the relay', () => {
  test('not while the journal is being opened', async () => {
    let url = '';
    const listen = `127.0.0.1:${await freePort()}`;
    const { start } = await world({
      listen,
      open: async () => {
        url = `http://${listen}`;
        const answers = await Promise.all(['/readyz', '/status', '/metrics', '/livez'].map((path) => get(url + path)));
        expect(answers.map(({ code }) => code)).toEqual([503, 503, 503, 200]);
        throw new RelayError('JOURNAL_HELD', 'another process has this journal');
      },
    });
    await expect(start()).rejects.toMatchObject({ code: 'JOURNAL_HELD' });
    // The port is free again.
    await expect(get(`${url}/livez`)).rejects.toThrow();
  });

  test('not while it drains, and gone when it has', async () => {
    let finish = (): void => undefined;
    const { start, calls } = await world({ drained: new Promise<void>((resolve) => (finish = resolve)) });
    const { url, stop } = await start();
    agents.pop();
    const stopped = stop(25_000);
    expect(await get(`${url}/readyz`)).toMatchObject({ code: 503, text: 'not ready: draining\n' });
    expect((await get(`${url}/status`)).code).toBe(200);
    finish();
    await stopped;
    expect(calls).toEqual(['open', 'STARTED', 'drain 25000']);
    await expect(get(`${url}/livez`)).rejects.toThrow();
  });

  test('a port that another process has is told before the journal is touched', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const { start, calls } = await world({ listen: `127.0.0.1:${port}` });
    await expect(start()).rejects.toMatchObject({
      code: 'HTTP_LISTEN',
      message: expect.stringContaining('another process has this port'),
    });
    expect(calls).toEqual([]);
    await new Promise((resolve) => other.close(resolve));
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('while it waits for a disk, the token of its port is the one that stands in its file by then', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-waiting-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const token = join(folder, 'token');
  writeFileSync(token, 'the-token-of-before');
  const listen = `127.0.0.1:${await freePort()}`;
  const text = JSON.stringify({
    sources: { acme: { type: 'openai', api_key: 'sk-admin-1234' } },
    sinks: { disk: { type: 'stdout' } },
    http: { listen, token: `\${file:${token}}` },
  });
  const reading = await readConfigText({ file: 'relay.yaml', text, env: {} });
  if (!isGood(reading)) throw new Error(JSON.stringify(reading.problems));
  const lines: string[] = [];
  const log = createLog({ config: { level: 'info' }, terminal: false, write: (line) => lines.push(line) });
  const stop = new AbortController();
  const open = async (): Promise<Relay> => {
    writeFileSync(token, 'the-token-of-now');
    throw new RelayError('JOURNAL_DISK', 'no room; the-token-of-now');
  };
  const started = startAgent({ reading, log, open, stop: stop.signal });
  const codeFor = async (shown: string): Promise<number> =>
    (await fetch(`http://${listen}/status`, { headers: { authorization: `Bearer ${shown}` } })).status;
  await expect.poll(() => codeFor('the-token-of-now').catch(() => 0)).toBe(503);
  expect(await codeFor('the-token-of-before')).toBe(401);
  expect(lines.join('')).not.toContain('the-token-of-now');
  stop.abort(new Error('enough'));
  await expect(started).rejects.toThrow('enough');
});
