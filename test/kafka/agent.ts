/** The command that operators run, with the simulated API on one side and a real broker on the other. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { RelayStatus } from '@audit-relay/core';
import { defaultKey } from '@audit-relay/openai-simulator';
import { expect, onTestFinished } from 'vitest';
import { start } from '../agent/command.ts';

/** A folder with the configuration of a relay, which the running test removes; `sink` has the keys of `type: kafka`. */
export function folderWith(apiUrl: string, sink: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-kafka-agent-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const openai = { type: 'openai', api_key: defaultKey, base_url: apiUrl, poll_interval: '1s' };
  const config = {
    sources: { acme: { ...openai, backfill_start_time: '60d', requests_per_second: 100 } },
    journal: { path: './journal' },
    http: { listen: '127.0.0.1:0' },
    sinks: { lake: { type: 'kafka', ...sink } },
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
  return folder;
}

/** Runs the relay in `folder` until all of so many events are read and delivered, then ends it as an operator does. */
export async function deliver(folder: string, events: number): Promise<void> {
  const { child, ended, seen } = start({ args: ['run'], cwd: folder });
  const [, url = ''] = await seen(/status at (http:[^ "]+)/);
  while (child.exitCode === null && !(await isDone(url, events))) await setTimeout(100);
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0 });
}

/** Whether the relay whose status is at `url` has nothing left to read or to deliver. */
export async function isDone(url: string, events: number): Promise<boolean> {
  const status: Pick<RelayStatus, 'journal'> = Object(await (await fetch(url)).json());
  const { entries, lanes } = status.journal;
  return entries === events && Object.values(lanes).every(({ behindEntries }) => behindEntries === 0);
}
