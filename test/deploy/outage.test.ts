/**
 * What the chart rests on when every peer is out of reach: the kubelet's probes stay well and the process stays one, and
 * an end within the grace loses nothing.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { defaultKey, startSimulator } from '@audit-relay/openai-simulator';
import { expect, onTestFinished, test } from 'vitest';
import { type Running, run, start } from '../agent/command.ts';
import { freePorts } from '../services/ports.ts';

const EVENTS = 150;

/** A collector that keeps the ids of events, or one that takes what is sent and never answers. */
async function collector(port: number, answers = true): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  const server = createServer((request, response) => {
    const taken = text(request).then((body) => {
      for (const [, id = ''] of body.matchAll(/"id":"(audit_log-[^"]+)"/g)) ids.add(id);
      if (answers) response.setHeader('content-type', 'application/json').end('{"text":"Success","code":0}');
    });
    taken.catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const end = (): void => {
    server.close();
    server.closeAllConnections();
  };
  ends.set(port, end);
  onTestFinished(end);
  return ids;
}

const ends = new Map<number, () => void>();

interface World {
  readonly folder: string;
  readonly page: string;
  /** Of the collectors of both sinks, none of which runs. */
  readonly ports: readonly number[];
  readonly ids: readonly string[];
  relay(...args: readonly string[]): Running;
}

/** A relay with two sinks, before a simulated log. */
async function world(): Promise<World> {
  const simulator = await startSimulator({ events: EVENTS, spanMs: 3_600_000 });
  onTestFinished(() => simulator.close());
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-outage-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [page = 0, ...ports] = await freePorts(3);
  const sink = (port: number): object => {
    return { type: 'splunk-hec', url: `http://127.0.0.1:${port}`, token: 'token', gzip: false, indexer_ack: 'off' };
  };
  const openai = { type: 'openai', api_key: defaultKey, base_url: simulator.url, poll_interval: '1s' };
  const config = {
    sources: { acme: { ...openai, backfill_start_time: '2h' } },
    journal: { path: join(folder, 'journal') },
    sinks: Object.fromEntries(ports.map((port, at) => [`siem${at}`, sink(port)])),
    http: { listen: `127.0.0.1:${page}` },
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
  return {
    folder,
    page: `http://127.0.0.1:${page}`,
    ports,
    ids: [...simulator.truth()].flatMap(({ id }) => id ?? []),
    relay: (...args) => {
      const running = start({ args: ['run', ...args], cwd: folder });
      onTestFinished(() => void running.child.kill('SIGKILL'));
      return running;
    },
  };
}

const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;

/** How far each sink is behind, by the command beside the relay or after it. */
async function behind(folder: string): Promise<readonly number[]> {
  const { out } = await run({ args: ['status', '--json'], cwd: folder });
  // As the command prints it.
  const { sinks = [] } = JSON.parse(out === '' ? '{}' : out) as { sinks?: readonly { readonly behind: number }[] };
  return sinks.map((sink) => sink.behind);
}

const WAIT = { timeout: 60_000, interval: 200 };

test('with every sink out of reach it is alive and ready, holds everything, and goes on by itself', async () => {
  const { folder, page, ports, ids, relay } = await world();
  const { child, seen } = relay();
  await seen(/"STARTED"/);
  await expect.poll(() => behind(folder), WAIT).toEqual([EVENTS, EVENTS]);
  expect(await statusOf(`${page}/livez`)).toBe(200);
  expect(await statusOf(`${page}/readyz`)).toBe(200);
  const held = await Promise.all(ports.map((port) => collector(port)));
  for (const those of held) await expect.poll(() => ids.filter((id) => !those.has(id)), WAIT).toEqual([]);
  expect(child.exitCode).toBeNull();
});

test('it ends at SIGTERM while a sink never answers, and the next start delivers what was on its way', async () => {
  const { folder, ports, ids, relay } = await world();
  const unanswered = await Promise.all(ports.map((port) => collector(port, false)));
  const first = relay('--grace', '1s');
  for (const those of unanswered) await expect.poll(() => those.size, WAIT).toBeGreaterThan(0);
  first.child.kill('SIGTERM');
  const { code, talk } = await first.ended;
  expect({ code, talk }).toEqual({ code: 0, talk: expect.stringContaining('"STOPPED"') });
  for (const left of await behind(folder)) expect(left).toBeGreaterThan(0);
  for (const port of ports) ends.get(port)?.();
  const held = await Promise.all(ports.map((port) => collector(port)));
  const second = relay();
  for (const those of held) await expect.poll(() => ids.filter((id) => !those.has(id)), WAIT).toEqual([]);
  expect(second.child.exitCode).toBeNull();
});

test('a new volume reads nothing of the past unless it is told to, and says so', async () => {
  const { folder } = await world();
  const file = join(folder, 'audit-relay.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(',"backfill_start_time":"2h"', ''));
  const { code, talk } = await run({ args: ['run', '--once'], cwd: folder });
  const said = /"JOURNAL_CREATED".*events from before now are not read unless backfill_start_time says so/;
  expect({ code, talk }).toEqual({ code: 0, talk: expect.stringMatching(said) });
  expect(await behind(folder)).toEqual([0, 0]);
});
