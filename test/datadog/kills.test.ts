/**
 * The command that operators run delivers into the emulator of the intake while it is killed again and again: counted by id every
 * event is there, none is dropped, and only what was in flight at a kill is there twice.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { defaultKey, startSimulator } from '@audit-relay/openai-simulator';
import { type IntakeEmulator, startIntakeEmulator } from '@audit-relay/sink-datadog/emulator';
import { expect, onTestFinished, test } from 'vitest';
import { start } from '../agent/command.ts';
import { KEY, until } from './relay.ts';

const EVENTS = 3_000;
const MAX_EVENTS = 100;

function folderWith(apiUrl: string, { url }: IntakeEmulator): string {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-datadog-kills-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const openai = { type: 'openai', api_key: defaultKey, base_url: apiUrl, poll_interval: '1s' };
  const config = {
    sources: { acme: { ...openai, backfill_start_time: '2d', requests_per_second: 100 } },
    journal: { path: './journal' },
    sinks: { siem: { type: 'datadog', url, api_key: KEY, batch: { max_events: MAX_EVENTS }, concurrency: 2 } },
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
  return folder;
}

/** Runs the relay in `folder` until `step` is seen for the `occurrence`th time, and kills it there. */
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

const ids = ({ logs }: IntakeEmulator) => logs.map(({ attributes }) => String(attributes['evt.id']));

test(`all of ${EVENTS} events are there, killed before and after what the intake has taken`, async () => {
  const simulator = await startSimulator({ events: EVENTS, spanMs: 10 * 3_600_000, seed: 13 });
  const emulator = await startIntakeEmulator({ keys: [KEY] });
  onTestFinished(async () => {
    await Promise.all([simulator.close(), emulator.close()]);
  });
  const folder = folderWith(simulator.url, emulator);
  const kills = [
    ['BATCH_SENDING', 3],
    ['BATCH_SETTLED', 2],
    ['CURSOR_SAVED', 2],
    ['BATCH_SENDING', 6],
  ] as const;
  for (const [step, occurrence] of kills) await runUntil(folder, step, occurrence);
  const last = start({ args: ['run'], cwd: folder });
  const truth = [...simulator.truth()].map(({ id }) => String(id)).sort();
  await until(() => new Set(ids(emulator)).size >= EVENTS);
  last.child.kill('SIGTERM');
  expect(await last.ended).toMatchObject({ code: 0 });
  const held = ids(emulator);
  expect([...new Set(held)].sort()).toEqual(truth);
  expect(emulator.dropped).toEqual([]);
  // Two slots of a batch each at a kill, and no more.
  expect(held.length - EVENTS).toBeLessThanOrEqual(kills.length * 2 * MAX_EVENTS);
});
