/**
 * Time from the start of the agent's process to its first request at the API, beside the floor: a Node process
 * that sends one request and does nothing else.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './measure.ts';

const ROUNDS = 9;
const BIN = fileURLToPath(new URL('../../packages/agent/bin/audit-relay.js', import.meta.url));

export async function start(): Promise<string> {
  const floors: number[] = [];
  const starts: number[] = [];
  await withEmptyLog(async ({ server, url }) => {
    const file: Sinks = (folder) => ({ file: { type: 'file', path: join(folder, 'events.ndjson') } });
    for (let round = 0; round < ROUNDS; round++) {
      const floor = await untilRequest(server, ['-e', `fetch('${url}').then((answer) => answer.text())`]);
      floors.push(floor.ms);
      starts.push((await untilFirstPoll({ server, url }, file)).ms);
    }
  });
  return [
    `start: process start to first poll, median of ${ROUNDS}`,
    `  floor, a Node process with one fetch   ${median(floors).toFixed(0)} ms`,
    `  audit-relay run                        ${median(starts).toFixed(0)} ms (aim: under 700 ms)`,
  ].join('\n');
}

/** An API whose log is empty. */
interface EmptyLog {
  readonly server: Server;
  readonly url: string;
}

export async function withEmptyLog(work: (log: EmptyLog) => Promise<void>): Promise<void> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"object":"list","data":[],"has_more":false}');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  // A server that listens has an address and a port.
  await work({ server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  server.close();
}

/** Sinks as in YAML, for a folder of their own. */
export type Sinks = (folder: string) => object;

/** From the start of a process to its first request. */
export interface StartTime {
  readonly ms: number;
  /** CPU time of all its threads, which what else the machine does changes little. */
  readonly cpuMs: number;
}

/** Until the first request of `audit-relay run` at the API. */
export function untilFirstPoll({ server, url }: EmptyLog, sinks: Sinks): Promise<StartTime> {
  return withConfig(url, sinks, (config) => untilRequest(server, [BIN, 'run', '--config', config]));
}

/** From spawn until the server sees a request; the process is ended then. */
async function untilRequest(server: Server, args: readonly string[]): Promise<StartTime> {
  const requested = once(server, 'request');
  const before = performance.now();
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  await requested;
  const ms = performance.now() - before;
  const cpuMs = cpuMsOf(child.pid ?? 0);
  child.kill('SIGKILL');
  if (child.exitCode === null) await once(child, 'exit');
  return { ms, cpuMs };
}

/** From Linux's /proc: nanoseconds on a CPU stand first. */
function cpuMsOf(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const nanoseconds = readdirSync(tasks).map((task) =>
    Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
}

async function withConfig<T>(url: string, sinks: Sinks, work: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-bench-'));
  const config = {
    sources: { bench: { type: 'openai', api_key: 'sk-admin-simulator', base_url: `${url}/v1` } },
    journal: { path: join(folder, 'journal') },
    sinks: sinks(folder),
    http: { listen: '127.0.0.1:0' },
  };
  const path = join(folder, 'audit-relay.yaml');
  writeFileSync(path, JSON.stringify(config));
  try {
    return await work(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
