import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfigText } from '../config/read.ts';
import { demoConfig, PLAN_FILE, planOf } from './plan.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-demo-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const PLAN = { seed: 1, begunMs: 1_790_000_000_000, events: 10, spanMs: 60_000, rate: 2, sample: false };

test('the first plan of a folder is the one that stays', () => {
  expect(planOf(folder, PLAN)).toEqual(PLAN);
  expect(planOf(folder, { ...PLAN, begunMs: 0, events: 99 })).toEqual(PLAN);
  expect(readdirSync(folder)).toEqual([PLAN_FILE]);
});

test.each([
  ['no JSON', '{'],
  ['another file of that name', '{"a":1}'],
])('%s in its place is refused', (_, text) => {
  writeFileSync(join(folder, PLAN_FILE), text);
  expect(() => planOf(folder, PLAN)).toThrow(expect.objectContaining({ code: 'DEMO_FOLDER' }));
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
