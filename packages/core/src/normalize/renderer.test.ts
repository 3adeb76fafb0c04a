import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import type { JsonObject, JsonValue } from '../event.ts';
import { ocsfFaults } from './__fixtures__/ocsf-schemas.ts';
import { entryOf, KNOWN_TYPES, sampleEntries } from './__fixtures__/synthetic-events.ts';
import type { DocumentShape } from './document.ts';
import { createRenderer } from './renderer.ts';

const identity = { name: 'relay-0', version: '0.1.0' };
const shapes: readonly DocumentShape[] = (['ecs', 'ocsf', 'raw'] as const).map((format) => ({
  format,
  dataset: 'openai.org_audit',
  namespace: 'default',
}));
const [ecs, ocsf] = shapes as [DocumentShape, DocumentShape, DocumentShape];

const login = {
  id: 'audit_log-1',
  type: 'login.failed',
  effective_at: 1_753_089_116,
  project: { id: 'proj_1', name: 'Café' },
  actor: {
    type: 'session',
    session: { user: { id: 'user-1', email: 'ada@example.com' }, ip_address: '192.0.2.1', user_agent: 'curl' },
  },
  'login.failed': { error_code: 'invalid', error_message: 'no' },
};

describe('an envelope', () => {
  test('has what a sink needs beside the text', () => {
    const envelope = createRenderer(identity)(entryOf(login), ecs);
    expect(envelope).toMatchObject({
      id: 'audit_log-1',
      type: 'login.failed',
      timeMs: 1_753_089_116_000,
      receivedMs: 1_753_089_150_500,
      bytes: Buffer.from(envelope.json).length,
    });
    expect(envelope.facts).toEqual({
      source: 'acme',
      feed: 'organization',
      summary: 'login.failed by ada@example.com from 192.0.2.1',
      severity: 2,
      outcome: 'failure',
      organization: { id: 'org-1', name: 'Acme' },
      project: { id: 'proj_1', name: 'Café' },
      actor: { id: 'user-1', name: 'ada@example.com', email: 'ada@example.com' },
      ip: '192.0.2.1',
      userAgent: 'curl',
    });
  });

  test('names the target in its facts, and leaves out what it does not know', () => {
    const entry = entryOf({ type: 'api_key.created', 'api_key.created': { id: 'key_1' } });
    const { facts } = createRenderer(identity)(entry, ocsf);
    expect(facts.target).toEqual({ type: 'api_key', id: 'key_1' });
    expect(Object.keys(facts)).toEqual(['source', 'feed', 'summary', 'severity', 'outcome', 'organization', 'target']);
  });

  test('cannot be changed by a sink: the others share it', () => {
    const envelope = createRenderer(identity)(entryOf(login), ecs);
    expect(envelope.facts.actor).toBeDefined();
    for (const part of [envelope, envelope.facts, ...Object.values(envelope.facts)])
      expect(Object.isFrozen(part)).toBe(true);
  });

  test('has the severity that the configuration gives to its type', () => {
    const render = createRenderer(identity, { original: false, severity: { 'login.failed': 6 } });
    expect(render(entryOf(login), ecs).facts.severity).toBe(6);
    expect(JSON.parse(render(entryOf(login), ocsf).json)).toMatchObject({ severity_id: 6, severity: 'Fatal' });
    expect(render(entryOf({ ...login, type: 'login.succeeded' }), ecs).facts.severity).toBe(1);
  });

  test('carries the record’s own text when it is asked to, and stays valid', () => {
    const render = createRenderer(identity, { original: true, severity: {} });
    const entry = entryOf(login, `${JSON.stringify(login)} `);
    expect(JSON.parse(render(entry, ecs).json).event.original).toBe(entry.raw);
    const document = JSON.parse(render(entry, ocsf).json);
    expect(document.raw_data).toBe(entry.raw);
    expect(ocsfFaults(document)).toBe('');
    expect(createRenderer(identity)(entry, ocsf).json).not.toContain('raw_data');
  });

  const ids: readonly [string, string, string][] = [
    ['of 512 bytes is kept', 'é'.repeat(256), 'é'.repeat(256)],
    ['of 513 bytes becomes a hash', `${'é'.repeat(256)}x`, sha256(`${'é'.repeat(256)}x`)],
  ];
  test.each(ids)('an id %s', (_, id, expected) => {
    expect(createRenderer(identity)(entryOf({ ...login, id }), ecs).id).toBe(expected);
  });
});

function sha256(id: string): string {
  return `sha256:${createHash('sha256').update(id).digest('hex')}`;
}

describe('the time', () => {
  const times: readonly [string, Partial<Entry>][] = [
    ['guessed by the source', { timeGuessed: true, timeMs: 1_753_089_150_500 }],
    ['after the year 9999', { timeMs: 253_402_300_800_000 }],
    ['that no calendar has', { timeMs: -9e18 }],
  ];
  test.each(times)('%s is that of receipt, and tagged', (_, times) => {
    const entry = { ...entryOf(login), ...times };
    const render = createRenderer(identity);
    expect(JSON.parse(render(entry, ecs).json)).toMatchObject({
      '@timestamp': '2025-07-21T09:12:30.500Z',
      tags: ['forwarded', 'openai-audit', 'time-guessed'],
    });
    const document = JSON.parse(render(entry, ocsf).json);
    expect(document).toMatchObject({ time: 1_753_089_150_500, metadata: { labels: ['time-guessed'] } });
    expect(document.metadata).not.toHaveProperty('original_time');
  });
});

test('a payload too deep to be written again goes as text', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const raw = `{"type":"x","x":${deep}}`;
  const document = JSON.parse(createRenderer(identity)(entryOf({ type: 'x' }, raw), ecs).json);
  expect(document.openai.audit.details).toEqual({ text: raw });
});

describe('whatever the record holds', () => {
  const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>;
  const types = fc.oneof(fc.constantFrom(...KNOWN_TYPES), fc.string(), fc.constantFrom('__proto__', 'toString', 'id'));
  const anything = fc
    .tuple(types, fc.dictionary(fc.string(), json), json, json)
    .map(([type, others, actor, payload]): JsonObject => ({ ...others, type, actor, [type]: payload }));
  const mutated = fc
    .tuple(fc.constantFrom(...sampleEntries), fc.array(fc.tuple(fc.nat(), json), { minLength: 1, maxLength: 4 }))
    .map(([entry, changes]) =>
      changes.reduce<JsonObject>((record, change) => mutate(record, ...change), JSON.parse(entry.raw)),
    );

  test.each([
    ['any object', anything],
    ['a sample with members replaced', mutated],
  ])('%s gives one line of JSON in each format, the same each time, and valid OCSF', (_, records) => {
    fc.assert(
      fc.property(records, fc.maxSafeInteger(), (record, timeMs) => {
        const entry = { ...entryOf(record), timeMs };
        for (const shape of shapes) {
          const { json: line, bytes } = createRenderer(identity)(entry, shape);
          expect(createRenderer(identity)({ ...entry }, shape).json).toBe(line);
          expect(line).not.toMatch(/[\r\n]/);
          expect(bytes).toBe(Buffer.from(line).length);
          const document = JSON.parse(line);
          if (shape.format === 'ocsf') expect(ocsfFaults(document)).toBe('');
        }
      }),
      { numRuns: 1_000, verbose: 1 },
    );
  });
});

/** Replaces the n-th member, counted through the whole record. */
function mutate(record: JsonObject, n: number, value: JsonValue): JsonObject {
  const paths = pathsOf(record);
  const path = paths[n % paths.length] ?? [];
  return replace(record, path, value) as JsonObject;
}

function pathsOf(value: JsonValue | undefined, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [[...path, key], ...pathsOf(item, [...path, key])]);
}

function replace(object: JsonValue | undefined, [key, ...rest]: readonly string[], value: JsonValue): JsonValue {
  if (key === undefined || typeof object !== 'object' || object === null) return value;
  if (Array.isArray(object))
    return object.map((item, index) => (String(index) === key ? replace(item, rest, value) : item));
  return Object.fromEntries(
    Object.entries(object).map(([name, item]) => [name, name === key ? replace(item, rest, value) : item]),
  );
}
