/**
 * Time from the start of the agent's process to its first request at the API, beside the floor: a Node process
 * that sends one request and does nothing else.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './measure.ts';

const ROUNDS = 9;
const BIN = fileURLToPath(new URL('../../packages/agent/bin/audit-relay.js', import.meta.url));

export async function start(): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"object":"list","data":[],"has_more":false}');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  // A server that listens has an address and a port.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const floors: number[] = [];
  const starts: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    floors.push(await untilRequest(server, ['-e', `fetch('${url}').then((answer) => answer.text())`]));
    starts.push(await withConfig(url, (config) => untilRequest(server, [BIN, 'run', '--config', config])));
  }
  server.close();
  return [
    `start: process start to first poll, median of ${ROUNDS}`,
    `  floor, a Node process with one fetch   ${median(floors).toFixed(0)} ms`,
    `  audit-relay run                        ${median(starts).toFixed(0)} ms (aim: under 700 ms)`,
  ].join('\n');
}

/** Milliseconds from spawn until the server sees a request; the process is ended then. */
async function untilRequest(server: ReturnType<typeof createServer>, args: readonly string[]): Promise<number> {
  const requested = once(server, 'request');
  const before = performance.now();
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  await requested;
  const took = performance.now() - before;
  child.kill('SIGKILL');
  if (child.exitCode === null) await once(child, 'exit');
  return took;
}

async function withConfig<T>(url: string, work: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-bench-'));
  const config = {
    sources: { bench: { type: 'openai', api_key: 'sk-admin-simulator', base_url: `${url}/v1` } },
    journal: { path: join(folder, 'journal') },
    sinks: { file: { type: 'file', path: join(folder, 'events.ndjson') } },
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
