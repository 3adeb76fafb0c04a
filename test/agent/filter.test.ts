/** A `when` in a whole relay: what it decides, and what is said where it cannot. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run, start } from './command.ts';

let folder = '';
let simulator: Simulator;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-filter-'));
  const file = join(folder, 'records.jsonl');
  writeFileSync(file, RECORDS.map((record) => `${JSON.stringify(record)}\n`).join(''));
  simulator = await startSimulator({ key: 'sk-right', files: [file] });
});
afterEach(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true });
});

/** `limit` is absent, a number, and a text twice. */
const RECORDS = [undefined, 5, 'many', 'few'].map((limit, index) => ({
  id: `audit_log-${index}`,
  type: 'project.updated',
  effective_at: 1_764_000_000 + index,
  actor: null,
  'project.updated': limit === undefined ? {} : { limit },
}));

function configured(): void {
  const source = { type: 'openai', api_key: '${KEY}', base_url: simulator.url, poll_interval: '1s' };
  const file = (name: string, when?: string): object => ({
    type: 'file',
    path: join(folder, name),
    format: 'raw',
    ...(when === undefined ? {} : { when }),
  });
  const config = {
    sources: { acme: { ...source, feeds: ['organization'], backfill_start_time: '2020-01-01T00:00:00Z' } },
    sinks: { all: file('all'), small: file('small', 'openai.audit.details.limit < 10') },
    journal: { path: join(folder, 'journal') },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'relay.yaml'), JSON.stringify(config));
}

function ids(name: string): readonly string[] {
  const path = join(folder, name);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  return lines.map((line) => JSON.parse(line).id);
}

test('what lacks the field is left out, and what has it as another type passes, is counted and said once', async () => {
  configured();
  const options = { args: ['run', '--config', 'relay.yaml'], cwd: folder, env: { KEY: 'sk-right' } };
  const { child, ended, seen } = start(options);
  await seen(/^\{.*"STARTED".*$/m);
  await expect.poll(() => [ids('all').length, ids('small').length], { timeout: 60_000 }).toEqual([4, 3]);
  const { out } = await run({ ...options, args: ['status', '--config', 'relay.yaml'] });
  child.kill('SIGTERM');
  const { talk } = await ended;
  expect(ids('small')).toEqual(['audit_log-1', 'audit_log-2', 'audit_log-3']);
  expect(out).toMatch(/passed as `when` could not decide: 2;/);
  const said = talk.split('\n').filter((line) => line.includes('"WHEN_FAILED"'));
  expect(said.map((line) => JSON.parse(line))).toMatchObject([{ sink: 'small', field: 'openai.audit.details.limit' }]);
  expect(said.join()).not.toMatch(/many|few/);
});
