/** What stands around a document, and that the document stands there as it came. */
import type { Envelope } from '@audit-relay/sink';
import { envelopes } from '@audit-relay/sink-testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Body } from './body.ts';
import { workerEntries } from './emulator/worker.ts';
import { type Entry, wrapOf } from './entry.ts';

const [GOOD] = envelopes(1) as readonly [Envelope];
const METADATA = { service: 'openai', source: 'openai-audit', tags: [], receiver: 'intake' } as const;
const STAMP = { atMs: 1_772_366_400_123 };

const textOf = ({ before, document }: Entry): string => `${before}${document}}`;

function bodyOf(entries: readonly Entry[], likely = 0): Body {
  const body = new Body(likely);
  for (const entry of entries) body.add(entry);
  return body;
}

/** What stands at the top of the entry. */
function wrapped(envelope: Envelope, more: object = {}, stamp: object = {}): Record<string, unknown> {
  const entry = wrapOf({ ...METADATA, ...more })(envelope, { ...STAMP, ...stamp });
  return JSON.parse(textOf(entry)) as Record<string, unknown>;
}

test('every attribute that Datadog knows by name, from the facts', () => {
  expect(wrapped(GOOD, { tags: ['env:prod', 'team:security'], hostname: 'h' })).toEqual({
    ddsource: 'openai-audit',
    service: 'openai',
    hostname: 'h',
    ddtags: 'env:prod,team:security',
    timestamp: 1_772_366_400_123,
    status: 'info',
    message: GOOD.facts.summary,
    evt: { id: GOOD.id, name: 'api_key.created', outcome: 'success' },
    usr: GOOD.facts.actor,
    network: { client: { ip: '192.0.2.1' } },
    http: { useragent: 'Mozilla/5.0' },
    organization: { id: 'org-kit', name: 'Kit' },
    openai: {
      source: 'acme',
      feed: 'organization',
      effective_at: new Date(GOOD.timeMs).toISOString(),
      project: { id: 'proj_kit', name: 'Kit' },
      target: { type: 'api_key', id: 'key_1', name: 'ci' },
    },
    ecs: JSON.parse(GOOD.json),
  });
});

test('what the event does not say is not there, and no tag or host unless it was set', () => {
  const { source, feed, summary, severity, outcome } = GOOD.facts;
  const bare = { ...GOOD, facts: { source, feed, summary, severity, outcome } };
  const names = ['ddsource', 'service', 'timestamp', 'status', 'message', 'evt', 'openai', 'ecs'];
  expect(Object.keys(wrapped(bare))).toEqual(names);
});

test.each([
  { severity: 1, status: 'info' },
  { severity: 2, status: 'notice' },
  { severity: 3, status: 'warning' },
  { severity: 4, status: 'error' },
  { severity: 5, status: 'critical' },
  { severity: 6, status: 'emergency' },
] as const)('severity $severity is status $status', ({ severity, status }) => {
  expect(wrapped({ ...GOOD, facts: { ...GOOD.facts, severity } })['status']).toBe(status);
});

test.each(['ecs', 'ocsf', 'raw'] as const)('the document stands under %s', (format) => {
  const text = textOf(wrapOf(METADATA, format)(GOOD, STAMP));
  expect(text.endsWith(`,"${format}":${GOOD.json}}`)).toBe(true);
});

test('what is restamped has the time of sending as its date, its own beside it, and a tag', () => {
  const stamp = { atMs: GOOD.timeMs + 1e8, tag: 'late:true' };
  const { timestamp, ddtags, openai } = wrapped(GOOD, { tags: ['env:prod'] }, stamp);
  expect([timestamp, ddtags]).toEqual([GOOD.timeMs + 1e8, 'env:prod,late:true']);
  expect(openai).toMatchObject({ effective_at: new Date(GOOD.timeMs).toISOString() });
});

test('for a worker it has the keys of the Agent and no others, and the attributes in its message', () => {
  for (const more of [{}, { hostname: 'h', tags: ['env:prod'] }]) {
    const text = textOf(wrapOf({ ...METADATA, ...more, receiver: 'worker' })(GOOD, STAMP));
    expect(workerEntries(`[${text}]`)).toHaveLength(1);
    const { message } = JSON.parse(text) as { message: string };
    const {
      ddsource: _,
      service: __,
      hostname: ___,
      ddtags: ____,
      timestamp: _____,
      status: ______,
      ...attributes
    } = wrapped(GOOD);
    expect(JSON.parse(message)).toEqual(attributes);
    expect(message).toContain(`"ecs":${GOOD.json}}`);
  }
});

describe('whatever is in the event', () => {
  const texts = fc.record({ id: fc.string({ unit: 'binary' }), text: fc.string({ unit: 'binary' }) });
  const receivers = fc.constantFrom('intake' as const, 'worker' as const);

  test('the entry is valid UTF-8 of the length that it says, and the document is in it to the byte', () => {
    fc.assert(
      fc.property(texts, receivers, ({ id, text }, receiver) => {
        const json = JSON.stringify({ text });
        const facts = { ...GOOD.facts, summary: text, userAgent: text, actor: { name: text } };
        const envelope = { ...GOOD, id, json, bytes: Buffer.byteLength(json), facts };
        const entry = wrapOf({ ...METADATA, receiver }, 'raw')(envelope, STAMP);
        const whole = textOf(entry);
        expect(entry.bytes).toBe(Buffer.byteLength(whole));
        expect(bodyOf([entry, entry]).end().toString('utf8')).toBe(`[${whole},${whole}]`);
        const outer = JSON.parse(whole) as { message: string };
        const inner = receiver === 'worker' ? outer.message : whole;
        expect(inner.endsWith(`,"raw":${json}}`)).toBe(true);
        expect((JSON.parse(inner) as { evt: { id: string } }).evt.id).toBe(id);
      }),
    );
  });

  test('no key of it takes the place of one that Datadog knows by name', () => {
    const reserved = ['status', 'host', 'hostname', 'service', 'message', 'timestamp', 'ddsource', 'ddtags', 'date'];
    const json = JSON.stringify(Object.fromEntries(reserved.map((name) => [name, 'mine'])));
    const entry = wrapped({ ...GOOD, json });
    expect(Object.values(entry)).not.toContain('mine');
    expect(entry['ecs']).toEqual(JSON.parse(json));
  });
});

describe('a body', () => {
  const entry = wrapOf(METADATA)(GOOD, STAMP);

  test.each([0, 1, 2, 3, 100])('of %i entries is a list of them, however long it was taken to be', (count) => {
    for (const likely of [0, 1, entry.bytes, entry.bytes + 2, count * (entry.bytes + 1) + 1, 1e6]) {
      const body = bodyOf(Array(count).fill(entry), likely);
      const { bytes } = body;
      expect(body.end().toString('utf8')).toBe(`[${Array(count).fill(textOf(entry)).join(',')}]`);
      expect(bytes).toBe(body.end().length);
    }
  });

  test.each([-3, -1, 1, 3])('is none where an entry has %i bytes more than it says', (more) => {
    expect(() => bodyOf([{ ...entry, bytes: entry.bytes - more }])).toThrow('were counted');
  });
});
