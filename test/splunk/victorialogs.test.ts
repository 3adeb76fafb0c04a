/**
 * A receiver that nobody here wrote: the command that operators run delivers into VictoriaLogs while it is killed again
 * and again, and by VictoriaLogs' own count every event is there and no other. Copies there may be: HEC holds nobody to
 * one. `SEED` repeats the kills of a run.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { defaultKey, startSimulator } from '@audit-relay/openai-simulator';
import { describe, expect, onTestFinished, test } from 'vitest';
import { run, start } from '../agent/command.ts';
import { needed } from '../services/needed.ts';
import { startVictoriaLogs } from '../services/victorialogs/victorialogs.ts';

const EVENTS = 20_000;
const KILLS = 5;
/** Steps of the data's path: one that is a batch has 200 of them. */
const STEPS = ['PAGE_READ', 'JOURNAL_COMMITTED', 'BATCH_SENDING', 'BATCH_SETTLED', 'CURSOR_SAVED'];

const victoriaLogs = needed({
  name: 'VictoriaLogs',
  get: startVictoriaLogs,
  giveBack: (server) => server.stop(),
});

/** A folder with the configuration of a relay into VictoriaLogs. */
function folderWith(apiUrl: string, keys: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-victorialogs-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const openai = { type: 'openai', api_key: defaultKey, base_url: apiUrl, poll_interval: '1s' };
  const config = {
    sources: { acme: { ...openai, backfill_start_time: '60d', requests_per_second: 100 } },
    journal: { path: './journal' },
    sinks: { siem: { type: 'splunk-hec', url: victoriaLogs().url, token: 'any', batch: { max_events: 100 }, ...keys } },
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
  return folder;
}

/** Runs the relay in `folder` until `occurrence` lines of `step` are seen, and kills it there. */
async function runUntil(folder: string, step: string, occurrence: number): Promise<void> {
  const { child, ended } = start({ args: ['run', '--log-level', 'debug'], cwd: folder });
  let seen = 0;
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.includes(step)) seen += 1;
    if (seen === occurrence) child.kill('SIGKILL');
  });
  const { code, talk } = await ended;
  if (code !== null) throw new Error(`ended with ${code} before ${step}, time ${occurrence}: ${talk.slice(-2_000)}`);
}

/** Whether the relay that runs in `folder` has nothing left to read or to deliver. */
async function isDone(folder: string): Promise<boolean> {
  const { out } = await run({ args: ['status', '--json'], cwd: folder });
  // As the command prints it.
  const { room, sinks } = JSON.parse(out) as { room: { entries: number }; sinks: readonly { behind: number }[] };
  return room.entries === EVENTS && sinks.every(({ behind }) => behind === 0);
}

test(`all of ${EVENTS} events are in VictoriaLogs, however often the relay is killed`, async () => {
  const simulator = await startSimulator({ events: EVENTS, spanMs: 2 * 86_400_000, seed: 13 });
  onTestFinished(() => simulator.close());
  const folder = folderWith(simulator.url, { receiver: 'other' });
  const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
  console.info(`SEED=${seed}`);
  for (const [step, occurrence] of kills(seed)) await runUntil(folder, step, occurrence);
  const last = start({ args: ['run'], cwd: folder });
  while (!(await isDone(folder))) await setTimeout(200);
  last.child.kill('SIGTERM');
  expect(await last.ended).toMatchObject({ code: 0 });

  // What has just come is shown a second later unless it is asked for.
  await fetch(`${victoriaLogs().url}/internal/force_flush`);
  const rows = await victoriaLogs().query('* | stats by (fields.event_id, event.event.id) count() copies');
  const held = new Map(rows.map((row) => [row['fields.event_id'] ?? '', row]));
  const truth = new Set([...simulator.truth()].map(({ id }) => String(id)));
  expect(truth.size).toBe(EVENTS);
  expect([...truth].filter((id) => !held.has(id))).toEqual([]);
  expect([...held.keys()].filter((id) => !truth.has(id))).toEqual([]);
  expect(rows.filter((row) => row['fields.event_id'] !== row['event.event.id'])).toEqual([]);
  const copies = rows.reduce((sum, row) => sum + Number(row['copies']), 0);
  console.info(`${copies - EVENTS} copies more than events`);
});

/** Steps at which to kill, each with which time it is seen: by a small generator, so that a printed seed repeats them. */
function kills(seed: number): readonly (readonly [step: string, occurrence: number])[] {
  let state = seed;
  const next = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  return Array.from({ length: KILLS }, () => [STEPS[next(STEPS.length)] ?? '', 1 + next(20)] as const);
}

describe('the doctor', () => {
  async function doctor(keys: object, ...args: readonly string[]): Promise<readonly string[]> {
    const folder = folderWith('http://127.0.0.1:1', keys);
    const { out } = await run({ args: ['doctor', '--sink', 'siem', '--json', ...args], cwd: folder });
    // As the command prints it.
    const findings = JSON.parse(out) as readonly { about: string; name: string; verdict: string; detail: string }[];
    const ofSink = findings.filter(({ about }) => about === 'sink');
    return ofSink.map(({ name, verdict, detail }) => `${verdict} ${name}${name === 'test event' ? `: ${detail}` : ''}`);
  }
  const count = async (query: string): Promise<number> => {
    await fetch(`${victoriaLogs().url}/internal/force_flush`);
    const [row] = await victoriaLogs().query(`${query} | stats count() n`);
    return Number(row?.['n']);
  };

  test('finds it well as another receiver, and as Splunk says that it is another; nothing is stored', async () => {
    const before = await count('*');
    expect(await doctor({ receiver: 'other' })).toEqual(['ok tls', 'ok health', 'ok clock', 'ok token']);
    expect(await doctor({ index: 'sec' })).toEqual(['ok tls', 'warn health', 'ok clock', 'warn token']);
    expect(await count('*')).toBe(before);
  });

  test('sends an event that is found by what it says', async () => {
    const findings = await doctor({ receiver: 'other' }, '--send-test-event');
    const [, id = ''] = /^ok test event: delivered; to find it: event_id=(\S+)$/.exec(findings.at(-1) ?? '') ?? [];
    expect(await count(`fields.event_id:="${id}" fields.event_action:="audit_relay.test"`)).toBe(1);
  });
});
