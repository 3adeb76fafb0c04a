/** What a direct question gets is what the same question gets over HTTP. */
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { type DirectAnswer, defaultKey, directSimulator, type Knobs, startSimulator } from './index.ts';

const startMs = 1_790_000_000_000;
const question = 'organization/audit_logs?limit=3';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

function ask(knobs: Partial<Knobs> = {}): DirectAnswer {
  return directSimulator({ now: () => startMs, events: 50, knobs }).ask(question);
}

function textOf({ response }: DirectAnswer): string {
  return Buffer.from(response?.body ?? []).toString();
}

test.each<{ name: string; knobs: Partial<Knobs> }>([
  { name: 'a page', knobs: {} },
  { name: 'a refusal with advice', knobs: { refuse: '429', retry_after: 'date', clock_skew_s: 30 } },
  { name: 'two documents in one body', knobs: { several_documents: true } },
  { name: 'a truncated page', knobs: { truncated_json: true } },
  { name: 'the answer of a fault plan', knobs: { faults: [{ rate: 1, kinds: ['502_html'] }] } },
])('$name is the same as over HTTP', async ({ knobs }) => {
  const simulator = await startSimulator({ now: () => startMs, events: 50, knobs });
  opened.push(() => simulator.close());
  const response = await fetch(`${simulator.url}/${question}`, { headers: { authorization: `Bearer ${defaultKey}` } });
  const direct = ask(knobs);
  expect(direct.response?.status).toBe(response.status);
  expect(textOf(direct)).toBe(await response.text());
  for (const name of ['date', 'retry-after', 'content-type'])
    expect(direct.response?.headers[name] ?? null).toBe(response.headers.get(name));
});

describe('what a network would do is told', () => {
  test.each(['before_head', 'before_body', 'mid_body'] as const)('a reset %s leaves no response', (reset) => {
    expect(ask({ reset })).toEqual({ afterMs: 0 });
  });

  test('latency and a slow body add up, and nothing waits for them', () => {
    expect(ask({ latencyMs: 40, slow_body_ms: 2_000 }).afterMs).toBe(2_040);
  });
});

test('numbers, counts and faults go by the order of questions', () => {
  const simulator = directSimulator({
    now: () => startMs,
    knobs: { faults: [{ rate: 1, kinds: ['500'], from: 2, to: 2 }] },
  });
  const statuses = [1, 2, 3].map(() => simulator.ask(question).response?.status);
  expect(statuses).toEqual([200, 500, 200]);
  expect(simulator.stats().faults).toEqual({ '500': 1 });
});

test('a stream cannot be handed over', () => {
  expect(() => ask({ intercept: () => ({ status: 200, body: Readable.from(['{}']) }) })).toThrow(TypeError);
});
