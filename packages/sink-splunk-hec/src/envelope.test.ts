/** What stands around a document, and that the document stands there as it came. */
import type { Envelope } from '@audit-relay/sink';
import { envelopes } from '@audit-relay/sink-testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBody } from './emulator/envelopes.ts';
import { bodyOf, wrapOf } from './envelope.ts';

const [GOOD] = envelopes(1) as readonly [Envelope];
const METADATA = { source: 's' };
const wrapped = (envelope: Envelope, format?: 'ecs' | 'ocsf' | 'raw') =>
  JSON.parse(wrapOf(METADATA, format)(envelope)) as Record<string, unknown>;

test.each([
  { timeMs: 1_711_471_187_123, text: '1711471187.123' },
  { timeMs: 1_711_471_187_000, text: '1711471187.000' },
  { timeMs: 1_711_471_187_001, text: '1711471187.001' },
  { timeMs: 0, text: '0.000' },
  { timeMs: 999, text: '0.999' },
])('$timeMs ms are $text s', ({ timeMs, text }) => {
  expect(wrapOf(METADATA)({ ...GOOD, timeMs })).toContain(`"time":${text},`);
});

test('every millisecond comes out as it went in', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (timeMs) => {
      const { time } = wrapped({ ...GOOD, timeMs });
      expect(Math.round(Number(time) * 1_000)).toBe(timeMs);
    }),
  );
});

test.each(['ecs', 'ocsf', 'raw'] as const)('the sourcetype says the format %s', (format) => {
  expect(wrapped(GOOD, format)['sourcetype']).toBe(`openai:audit:${format}`);
});

test('the host is the organization, or else the name of the source', () => {
  const { organization: _, ...rest } = GOOD.facts;
  expect(wrapped(GOOD)['host']).toBe('openai:org-kit');
  expect(wrapped({ ...GOOD, facts: rest })['host']).toBe('openai:acme');
});

test('an event without a project has no field of it, and no index stands there unless it was set', () => {
  const { project: _, ...rest } = GOOD.facts;
  expect(wrapped({ ...GOOD, facts: rest })['fields']).toEqual({ event_id: GOOD.id, event_action: GOOD.type });
  expect(wrapped(GOOD)).not.toHaveProperty('index');
});

describe('a body', () => {
  const texts = fc.array(fc.record({ id: fc.string({ unit: 'binary' }), text: fc.string({ unit: 'binary' }) }), {
    minLength: 1,
  });

  test('whatever is in ids and documents, each comes out by itself and to the byte', () => {
    fc.assert(
      fc.property(texts, (list) => {
        const sent = list.map(({ id, text }): Envelope => ({ ...GOOD, id, json: JSON.stringify({ text }) }));
        const { events, wrong } = readBody(bodyOf(sent, wrapOf({ ...METADATA, host: '"}{' })), {
          defaultIndex: 'main',
        });
        expect(wrong).toBeUndefined();
        expect(events.map(({ fields }) => fields['event_id'])).toEqual(list.map(({ id }) => id));
        for (const [at, { json }] of sent.entries()) expect(events[at]?.text.endsWith(`"event":${json}}`)).toBe(true);
      }),
    );
  });
});
