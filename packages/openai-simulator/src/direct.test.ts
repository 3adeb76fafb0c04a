/** What a direct question gets is what the same question gets over HTTP. */
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
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
  { name: 'a page of large records', knobs: { record_bytes: 5_000 } },
  { name: 'a date in an older form', knobs: { refuse: '429', retry_after: 'date', date_form: 'asctime' } },
  { name: 'the time of another backend', knobs: { clock_flap_s: 3_600 } },
  { name: 'a new event without its time', knobs: { unsettled_s: 86_400 } },
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
  test.each(['before_head', 'before_body', 'mid_body', 'end_mid_body'] as const)(
    'a break %s leaves no response',
    (reset) => {
      expect(ask({ reset })).toEqual({ afterMs: 0 });
    },
  );

  test('latency and a slow body add up, and nothing waits for them', () => {
    expect(ask({ latencyMs: 40, slow_body_ms: 2_000 }).afterMs).toBe(2_040);
  });

  test('a body that trickles takes the longer the more it is', () => {
    const { afterMs, response } = ask({ body_bytes_per_s: 100 });
    expect(afterMs).toBe(Math.ceil((response?.body.length ?? 0) * 10));
  });

  test('a body under a wrong label is what goes over the line', () => {
    const plain = textOf(ask());
    const told = (knobs: Partial<Knobs>): readonly [unknown, DirectAnswer] => {
      const answer = ask(knobs);
      return [answer.response?.headers['content-encoding'], answer];
    };
    const [mislabelled, unlabelled] = [told({ gzip: 'mislabelled' }), told({ gzip: 'unlabelled' })];
    expect([mislabelled[0], textOf(mislabelled[1])]).toEqual(['gzip', plain]);
    expect([unlabelled[0], gunzipSync(unlabelled[1].response?.body ?? '').toString()]).toEqual([undefined, plain]);
    const [label, { response }] = told({ gzip: 'truncated' });
    expect(label).toBe('gzip');
    expect(() => gunzipSync(response?.body ?? '')).toThrow('unexpected end of file');
  });

  test('an answer without a Date has none', () => {
    expect(ask({ date_form: 'absent' }).response?.headers).not.toHaveProperty('date');
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
