/**
 * What one source more costs a relay that has little to do: the same process with few and with many organizations, each
 * polled every 30 seconds. From the differences: CPU a request, memory a source, disk a source.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cpuMsOf, mb, memoryOf } from './process.ts';
import { benchSink, withRelay } from './relays.ts';
import { withSimulator } from './simulator.ts';

const COUNTS = [1, 100, 1_000];
/** The first looks back are done by then. */
const SETTLE_MS = 90_000;
const LOOK_MS = 180_000;
const EVENTS = 50_000;
const BIN = fileURLToPath(new URL('../../packages/agent/bin/audit-relay.js', import.meta.url));

interface Cost {
  readonly sources: number;
  readonly cpuMs: number;
  readonly requests: number;
  readonly anon: number;
  readonly disk: number;
}

export async function sources(): Promise<string> {
  const costs: Cost[] = [];
  for (const count of COUNTS) costs.push(await costOf(count));
  const rows = costs.map(
    ({ sources: count, cpuMs, requests, anon, disk }) =>
      `  ${String(count).padStart(5)} sources   CPU ${((100 * cpuMs) / LOOK_MS).toFixed(2)} % of a core   ${requests} requests   RssAnon ${mb(anon)}   journal ${mb(disk)}`,
  );
  const [one, many] = [costs.at(0), costs.at(-1)];
  if (one === undefined || many === undefined) throw new Error('no measurements');
  const more = many.sources - one.sources;
  const event = await eventBytes();
  return [
    `sources: quiet organizations, polls every 30 s, over ${LOOK_MS / 1_000} s after ${SETTLE_MS / 1_000} s`,
    ...rows,
    `  one request more    ${((many.cpuMs - one.cpuMs) / (many.requests - one.requests)).toFixed(2)} ms CPU`,
    `  one source more     ${((many.anon - one.anon) / more / 1_000).toFixed(0)} kB RssAnon, ${((many.disk - one.disk) / more / 1_000).toFixed(1)} kB of the journal`,
    `  one event more      ${event.toFixed(0)} bytes of the journal, of ${EVENTS} events of about 680 bytes`,
  ].join('\n');
}

/** What the journal holds of an event, ids and all. */
async function eventBytes(): Promise<number> {
  let bytes = Number.NaN;
  await withSimulator({ events: EVENTS, span: '10d' }, (url) =>
    withRelay({ url, start: '11d', sink: benchSink({ kind: 'acked' }) }, async (relay) => {
      const empty = relay.status().journal.bytes;
      await relay.caughtUp(new AbortController().signal);
      const { journal } = relay.status();
      bytes = (journal.bytes - empty) / journal.entries;
    }),
  );
  return bytes;
}

async function costOf(count: number): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-sources-'));
  try {
    let cost: Cost | undefined;
    await withSimulator({ events: 0, span: '1d' }, async (api) => {
      cost = await run(folder, api, count);
    });
    if (cost === undefined) throw new Error('no measurement');
    return cost;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(folder: string, api: string, count: number): Promise<Cost> {
  const journal = join(folder, 'journal');
  mkdirSync(journal);
  const source = { type: 'openai', api_key: 'sk-admin-simulator', base_url: api };
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const config = {
    sources: Object.fromEntries(Array.from({ length: count }, (_, index) => [`org-${index}`, source])),
    journal: { path: join(journal, 'data') },
    sinks: { file: { type: 'file', path: join(folder, 'events.ndjson') } },
    http: { listen: `127.0.0.1:${port}` },
    log: { level: 'error' },
  };
  const file = join(folder, 'audit-relay.yaml');
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(process.execPath, [BIN, 'run', '--config', file], { stdio: ['ignore', 'ignore', 'inherit'] });
  const pid = child.pid ?? 0;
  try {
    await setTimeout(SETTLE_MS);
    const before = { cpuMs: cpuMsOf(pid), requests: await requestsAt(api) };
    await setTimeout(LOOK_MS);
    return {
      sources: count,
      cpuMs: cpuMsOf(pid) - before.cpuMs,
      requests: (await requestsAt(api)) - before.requests,
      anon: memoryOf(pid).anon,
      disk: statSync(join(journal, 'data/data.mdb')).size,
    };
  } finally {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}

/** How many questions the simulator has had, of both feeds. */
async function requestsAt(api: string): Promise<number> {
  const stats = await (await fetch(new URL('/simulator/stats', api))).json();
  const requests: readonly { readonly count: number }[] = Object(stats).requests;
  return requests.reduce((sum, { count }) => sum + count, 0);
}
