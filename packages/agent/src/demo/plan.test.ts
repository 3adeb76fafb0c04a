import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfigText } from '../config/read.ts';
import { demoConfig, PLAN_FILE, planOf, type WantedPlan } from './plan.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-demo-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const BEGUN_MS = 1_790_000_000_000;
const WANTED = { seed: 7, events: 10, spanMs: 60_000, rate: 3, sample: true };
const PLAN = { ...WANTED, begunMs: BEGUN_MS };

test('the first plan of a folder is the one that stays', () => {
  expect(planOf(folder, WANTED, BEGUN_MS)).toEqual(PLAN);
  expect(planOf(folder, {}, 0)).toEqual(PLAN);
  expect(planOf(folder, { events: 10, sample: true }, 0)).toEqual(PLAN);
  expect(readdirSync(folder)).toEqual([PLAN_FILE]);
});

test('what is not said is 2,000 events of a week, and two a second', () => {
  const plan = { seed: 1, events: 2_000, spanMs: 604_800_000, rate: 2, sample: false, begunMs: BEGUN_MS };
  expect(planOf(folder, {}, BEGUN_MS)).toEqual(plan);
});

test.each<[flags: string, wanted: WantedPlan]>([
  ['--seed', { seed: 8 }],
  ['--events', { events: 99, rate: 3 }],
  ['--span', { spanMs: 1 }],
  ['--rate', { rate: 0 }],
  ['--sample', { sample: false }],
  ['--seed, --events', { seed: 0, events: 0 }],
])('%s of another demo than the folder’s is refused and not ignored', (flags, wanted) => {
  planOf(folder, WANTED, BEGUN_MS);
  const message = expect.stringContaining(`was begun with another ${flags}: leave that out`);
  expect(() => planOf(folder, wanted, BEGUN_MS)).toThrow(expect.objectContaining({ code: 'DEMO_FOLDER', message }));
});

test.each([
  ['no JSON', '{'],
  ['another file of that name', '{"a":1}'],
])('%s in its place is refused', (_, text) => {
  writeFileSync(join(folder, PLAN_FILE), text);
  expect(() => planOf(folder, WANTED, BEGUN_MS)).toThrow(expect.objectContaining({ code: 'DEMO_FOLDER' }));
});

test('the demo’s configuration is one that a user could have written', async () => {
  const source = { apiKey: '${KEY}', baseUrl: 'http://127.0.0.1:1/v1', from: '2026-01-01', pollInterval: '1s' };
  const { config, problems } = await readConfigText({
    file: 'demo',
    text: demoConfig(folder, '127.0.0.1:0', source),
    env: { KEY: 'k' },
  });
  expect(problems).toEqual([]);
  expect(config?.sinks).toMatchObject({
    ecs: { config: { path: join(folder, 'events.ecs.ndjson') }, lane: { format: 'ecs' } },
    ocsf: { config: { path: join(folder, 'events.ocsf.ndjson') }, lane: { format: 'ocsf' } },
  });
  expect(config?.sources['demo']?.backfill_start_time).toBe(1_767_225_600);
});

test.each([
  ['127.0.0.1:0', {}],
  ['0.0.0.0:8080', { allow_unauthenticated: true }],
])('at %s the simulated log is open to whoever reaches it', async (listen, open) => {
  const source = { apiKey: 'k', baseUrl: 'http://127.0.0.1:1/v1', pollInterval: '1s' };
  const { config } = await readConfigText({ file: 'demo', text: demoConfig(folder, listen, source), env: {} });
  const [host, port] = listen.split(':');
  expect(config?.http).toEqual({ listen: { host, port: Number(port) }, ...open });
});
