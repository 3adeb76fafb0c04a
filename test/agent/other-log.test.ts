/** The log under a source's name changes between two runs of the command: nothing is hidden by what is read already. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultKey, type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run, start } from './command.ts';

const HOUR_MS = 3_600_000;
const args = ['run', '--config', 'relay.yaml'];
let folder: string;
let simulators: Simulator[];
let begunMs: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-other-log-'));
  begunMs = Date.now();
  simulators = await Promise.all([1, 2].map((seed) => startSimulator({ seed, begunMs, events: 50, spanMs: HOUR_MS })));
});
afterEach(async () => {
  for (const simulator of simulators) await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

function configure(simulator: Simulator | undefined, { name = 'acme', ...change }: Record<string, unknown> = {}): void {
  const backfill_start_time = new Date(Date.now() - 2 * HOUR_MS).toISOString();
  const source = {
    type: 'openai',
    api_key: defaultKey,
    base_url: simulator?.url,
    poll_interval: '1s',
    backfill_start_time,
  };
  const config = {
    sources: { [String(name)]: { ...source, ...change } },
    sinks: { disk: { type: 'file', path: join(folder, 'out.ndjson') } },
    journal: { path: join(folder, 'journal') },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'relay.yaml'), JSON.stringify(config));
}

/** Runs until the log says this, or the sink's file holds so many events. */
async function runUntil(until: RegExp | number): Promise<void> {
  const { child, ended, seen } = start({ args, cwd: folder });
  if (typeof until === 'number') await expect.poll(delivered, { timeout: 30_000 }).toBe(until);
  else await seen(until);
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0 });
}

function delivered(): number {
  const file = join(folder, 'out.ndjson');
  if (!existsSync(file)) return 0;
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return new Set(lines.map((line) => JSON.parse(line).event.id)).size;
}

test('another API under the same name is not read as if it were read already; under its own name all of it is', async () => {
  const [first, second] = simulators;
  configure(first);
  await runUntil(50);
  configure(second);
  await runUntil(/"SOURCE_OTHER_LOG"/);
  expect(delivered()).toBe(50);
  configure(second, { name: 'globex' });
  await runUntil(100);
});

test('a new place of the same log is found out, and what happened meanwhile is read', async () => {
  const [first] = simulators;
  configure(first);
  await runUntil(50);
  // The same log, as the same plan makes the same events, and one more.
  const moved = await startSimulator({ seed: 1, begunMs, events: 50, spanMs: HOUR_MS });
  simulators.push(moved);
  const second = Math.floor(Date.now() / 1000) - 2;
  moved.add([
    {
      record: { object: 'organization.audit_log', id: 'audit_log-new', type: 'login.succeeded', effective_at: second },
    },
  ]);
  configure(moved);
  await runUntil(/"SOURCE_ADOPTED"/);
  await runUntil(51);
});

test('another organization is refused at the start; a person may say that it is the same', async () => {
  const [first] = simulators;
  configure(first, { organization: { id: 'org-a' } });
  await runUntil(50);
  configure(first, { organization: { id: 'org-b' } });
  const refused = await run({ args, cwd: folder });
  expect(refused.code).toBe(1);
  expect(refused.talk).toContain('"SOURCE_CHANGED"');
  const adopt = ['journal', 'adopt', '--source', 'acme', '--config', 'relay.yaml'];
  expect(await run({ args: adopt, cwd: folder })).toMatchObject({ code: 0 });
  expect(await run({ args: ['journal', 'restored', '--config', 'relay.yaml'], cwd: folder })).toMatchObject({
    code: 0,
  });
  await runUntil(/"STARTED"/);
  expect(delivered()).toBe(50);
  expect(
    await run({ args: ['journal', 'adopt', '--source', 'acne', '--config', 'relay.yaml'], cwd: folder }),
  ).toMatchObject({
    code: 2,
    talk: expect.stringContaining('did you mean acme?'),
  });
});
