/**
 * Anonymous memory of the relay's own command while it reads a backlog at the fastest rate that a configuration may ask for, by
 * the size of records, into one Elasticsearch sink with gzip. Simulator and peer are other processes; the command runs as it is,
 * and with the young generation that V8 has by itself.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sinksOf } from './floor/pairs.ts';
import { count } from './measure.ts';
import { withPeer } from './servers.ts';
import { withSimulator } from './simulator.ts';

const AGENT = fileURLToPath(new URL('../../packages/agent/bin/audit-relay.js', import.meta.url));
const SPAN_DAYS = 30;
const LOOK_MS = 50;
const STATUS_MS = 1_000;
const DAY_MS = 86_400_000;
/** V8's own size, which the command leaves alone once it is said. */
const V8_OPTION = '--max-semi-space-size=16';

interface Backlog {
  readonly name: string;
  readonly events: number;
  /** Added to every record. */
  readonly recordBytes: number;
  readonly aimMb: number;
}

const BACKLOGS: readonly Backlog[] = [
  { name: '0.7 kB', events: 100_000, recordBytes: 0, aimMb: 120 },
  { name: '20 kB', events: 10_000, recordBytes: 20_000, aimMb: 160 },
  { name: '1 MB', events: 500, recordBytes: 1_000_000, aimMb: 200 },
];

export async function recordSizes(): Promise<string> {
  const rows: string[] = [];
  for (const backlog of BACKLOGS) {
    const { events, recordBytes } = backlog;
    const more = recordBytes === 0 ? [] : ['--record-bytes', String(recordBytes)];
    await withSimulator({ events, span: `${SPAN_DAYS}d`, more }, (api) =>
      withPeer(async (peer) => {
        for (const flags of [[], [V8_OPTION]])
          rows.push(rowOf(backlog, flags, await measured({ api, peer, events, flags })));
      }),
    );
  }
  return [
    'record-sizes: RssAnon while a backlog is read at 100 requests a second into one Elasticsearch sink',
    ...rows,
  ].join('\n');
}

function rowOf({ name, events, aimMb }: Backlog, flags: readonly string[], seen: readonly number[]): string {
  const quarters = [0, 1, 2, 3].map((quarter) => {
    const part = seen.slice((quarter * seen.length) / 4, ((quarter + 1) * seen.length) / 4);
    return Math.max(...part).toFixed(0);
  });
  const peak = Math.max(...seen).toFixed(0);
  const how = flags.length === 0 ? 'as it is' : flags.join(' ');
  return `  ${count(events).padStart(7)} of ${name.padEnd(6)}  ${how.padEnd(25)} peak ${peak} MB, by quarters ${quarters.join(' ')} (aim: ${aimMb} MB with 1,000,000)`;
}

interface Order {
  readonly api: string;
  readonly peer: string;
  readonly events: number;
  readonly flags: readonly string[];
}

/** RssAnon in MB, look by look, until all is delivered. */
async function measured({ api, peer, events, flags }: Order): Promise<readonly number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-bench-'));
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const start = new Date(Date.now() - (SPAN_DAYS + 1) * DAY_MS).toISOString().replace(/\.\d+Z$/, 'Z');
  const source = { type: 'openai', api_key: 'sk-admin-simulator', base_url: api, backfill_start_time: start };
  const config = {
    sources: { bench: { ...source, requests_per_second: 100 } },
    journal: { path: join(folder, 'journal'), max_bytes: '4GiB' },
    sinks: sinksOf('elasticsearch', peer),
    http: { listen: `127.0.0.1:${port}` },
  };
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
  const child = spawn(process.execPath, [...flags, AGENT, 'run', '--config', join(folder, 'audit-relay.yaml')], {
    stdio: 'ignore',
  });
  try {
    return await looks(child, `http://127.0.0.1:${port}/status`, events);
  } finally {
    child.kill('SIGKILL');
    if (child.exitCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function looks({ pid = 0 }: ChildProcess, url: string, events: number): Promise<readonly number[]> {
  const seen: number[] = [];
  for (let askedMs = performance.now(), isOver = false; !isOver; await sleep(LOOK_MS)) {
    const anon = /RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (anon === undefined) throw new Error('the relay ended');
    seen.push(Number(anon) / 1000);
    if (performance.now() - askedMs < STATUS_MS) continue;
    askedMs = performance.now();
    isOver = (await acked(url)) >= events;
  }
  return seen;
}

/** 0 while it does not listen yet. */
async function acked(url: string): Promise<number> {
  try {
    // The relay's own, as its documentation has it.
    const { lanes } = (await (await fetch(url)).json()) as {
      readonly lanes: Readonly<Record<string, { readonly acked: number }>>;
    };
    return lanes['sink']?.acked ?? 0;
  } catch {
    return 0;
  }
}
