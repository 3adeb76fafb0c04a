/**
 * Two agents whose `file` sinks have one path, as real processes: each notices the other by what it writes, says so, and
 * no event is lost or written twice. Neither knows of the other beforehand.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Agents } from './agents.ts';
import type { Running } from './command.ts';

const HOUR_MS = 3_600_000;
const KEY = 'sk-right';

let folder: string;
let simulator: Simulator;
const agents = new Agents({ KEY });
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-writers-'));
  simulator = await startSimulator({ key: KEY, events: 3_000, spanMs: HOUR_MS });
});
afterEach(async () => {
  await agents.end();
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

/** An agent in a folder of its own, with a journal of its own. */
function agent(name: string): Running {
  const cwd = join(folder, name);
  mkdirSync(cwd);
  const source = { type: 'openai', api_key: '${KEY}', base_url: simulator.url, poll_interval: '1s' };
  const config = {
    sources: {
      acme: {
        ...source,
        requests_per_second: 50,
        backfill_start_time: new Date(Date.now() - 2 * HOUR_MS).toISOString(),
      },
    },
    sinks: { shared: { type: 'file', path: join(folder, 'shared.ndjson'), batch: { max_events: 20 } } },
    journal: { path: join(cwd, 'journal') },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(cwd, 'relay.yaml'), JSON.stringify(config));
  return agents.begin(cwd, 'run', '--config', 'relay.yaml', '--grace', '1s');
}

function ids(): string[] {
  const file = join(folder, 'shared.ndjson');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  return lines.map((line) => String(Object(Object(JSON.parse(line)).event).id));
}

test('one of them is blocked with the reason, and each event is in the file once', async () => {
  const truth = new Set([...simulator.truth()].map(({ id }) => id));
  const first = agent('first');
  await first.seen(/"STARTED"/);
  const second = agent('second');
  const reason = /another process writes to this file/;
  await Promise.race([first.seen(reason), second.seen(reason)]);
  while (new Set(ids()).size < truth.size) await setTimeout(50);
  for (const { child, ended } of [first, second]) {
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0 });
  }
  expect([ids().length, new Set(ids())]).toEqual([truth.size, truth]);
});
