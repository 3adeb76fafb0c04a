/** A sink that leaves old events out by a rule of its own, in the command: what is said before, after, and counted across a restart. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Ended, run } from './command.ts';

const DAY_MS = 86_400_000;

/** Keeps the ids of what is younger than a day when received in a file, as a peer would. */
const SINK = `
import { appendFileSync } from 'node:fs';
const isYoung = ({ timeMs, receivedMs }) => receivedMs - timeMs <= ${DAY_MS};
const failure = { kind: 'excluded', rule: 'old', reason: 'older than a day' };
export const young = {
  type: 'young',
  configSchema: { safeParse: (data) => ({ success: true, data }) },
  limits: () => ({ maxEvents: 50, maxBytes: 1e6, maxEventBytes: 1e5, maxInFlight: 1, sendMs: 5000 }),
  exclusions: () => [{ name: 'old', events: 'events older than a day (old_events: exclude)', maxAgeMs: ${DAY_MS} }],
  open: async ({ path }) => ({
    send: async ({ envelopes }) => {
      const taken = envelopes.filter(isYoung);
      appendFileSync(path, taken.map(({ id }) => id + '\\n').join(''));
      const failures = envelopes.flatMap((one, index) => (isYoung(one) ? [] : [{ index, failure }]));
      return { kind: 'partial', acked: taken.length, failures };
    },
    check: async () => [{ name: 'file', verdict: 'ok', detail: 'is there' }],
    close: async () => {},
  }),
};`;

let folder = '';
let simulator: Simulator;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-exclusions-'));
  simulator = await startSimulator({ events: 400, spanMs: 10 * DAY_MS, key: 'sk-right' });
  writeFileSync(join(folder, 'young.mjs'), SINK);
  const source = { type: 'openai', api_key: 'sk-right', base_url: simulator.url, requests_per_second: 100 };
  const config = {
    sources: { acme: { ...source, poll_interval: '1s' } },
    sinks: { siem: { type: './young.mjs', path: join(folder, 'ids') } },
    journal: { path: join(folder, 'journal') },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
});
afterEach(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true });
});

const command = (...args: readonly string[]): Promise<Ended> => run({ args, cwd: folder });
const RULE = { sink: 'siem', name: 'old', events: 'events older than a day (old_events: exclude)', maxAgeMs: DAY_MS };

test('is said before a backfill, counted in it, and still known to a journal on which nothing runs', async () => {
  const validated = await command('validate');
  expect(validated).toMatchObject({ code: 0, out: expect.stringContaining(`sink siem excludes ${RULE.events}\n`) });
  expect(JSON.parse((await command('validate', '--json')).out)).toMatchObject({ valid: true, exclusions: [RULE] });
  const findings = JSON.parse((await command('doctor', '--json', '--sink', 'siem')).out);
  expect(findings).toContainEqual(
    expect.objectContaining({
      of: 'siem',
      name: 'exclusions',
      verdict: 'ok',
      detail: expect.stringContaining(RULE.events),
    }),
  );

  const past = ['backfill', '--from', '11d', '--json'];
  const dry = await command(...past, '--dry-run');
  expect(dry.talk).toMatch(/sink siem excludes what happened before \S+Z: events older than a day/);
  expect(JSON.parse(dry.out)).toMatchObject({ outcome: 'planned', exclusions: [RULE] });

  const done = await command(...past);
  const report = JSON.parse(done.out);
  const ids = readFileSync(join(folder, 'ids'), 'utf8').trim().split('\n');
  const { old } = report.excluded.siem;
  expect(report.outcome).toBe('delivered');
  // Both feeds' events are there in equal parts of ten days, so that most of them are old and some are not.
  expect([old > 300, ids.length > 0]).toEqual([true, true]);
  expect(done.talk).toContain(`sink siem excluded ${old} event(s) by its rule old, they were not sent`);

  const { sinks } = JSON.parse((await command('status', '--json')).out);
  expect(sinks).toMatchObject([
    {
      behind: 0,
      deadLetters: 0,
      exclusions: [{ name: 'old' }],
      law: { journaled: old + ids.length, acked: ids.length, deadLettered: 0, excluded: { old }, held: 0 },
    },
  ]);
  expect((await command('status')).out).toContain(`+ ${old} excluded (${old} by old) + 0 held`);
});
