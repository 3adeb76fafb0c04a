import type { Envelope, Facts } from '@audit-relay/sink';
import { envelopes } from '@audit-relay/sink-testkit';
import { describe, expect, test } from 'vitest';
import { openSink } from '../__fixtures__/world.ts';
import type { RecordKey } from '../config.ts';
import { Cluster } from '../emulator/cluster.ts';
import { outgoing } from './record.ts';
import { schemaVersionOf } from './schema-version.ts';

const [base] = envelopes(1);

function event(facts: Partial<Facts> = {}): Envelope {
  if (base === undefined) throw new Error('no envelope');
  return { ...base, facts: { ...base.facts, ...facts } };
}

function recordOf(envelope: Envelope, config: { readonly key?: RecordKey; readonly cloudevents?: boolean } = {}) {
  const options = { key: 'event.id', cloudevents: false, ...config } as const;
  return outgoing(envelope, 0, { config: options, schemaVersion: 'ecs/9.2.0', timestampOf: (timeMs) => timeMs }).record;
}

describe('the key', () => {
  const cases: readonly [name: string, key: RecordKey, facts: Partial<Facts>, expected: string | null][] = [
    ['is the id of the event', 'event.id', {}, 'audit_log-0'],
    ['is the actor’s id', 'actor', {}, 'user-1'],
    [
      'is the actor’s address where there is no id',
      'actor',
      { actor: { email: 'ada@example.com' } },
      'ada@example.com',
    ],
    ['is none where there is no actor', 'actor', { actor: {} }, null],
    ['is the project’s id', 'project', {}, 'proj_kit'],
    ['is none where there is no project', 'project', { project: {} }, null],
    ['is the organization’s id', 'organization', {}, 'org-kit'],
    ['is the source’s name where no organization is told', 'organization', { organization: {} }, 'acme'],
    ['is none', 'none', {}, null],
  ];
  test.each(cases)('%s', (_, key, ...[facts, expected]) => {
    expect(recordOf(event(facts), { key }).key?.toString() ?? null).toBe(expected);
  });
});

describe('headers', () => {
  test('say what the value is', () => {
    expect(recordOf(event()).headers).toEqual({
      'content-type': 'application/json',
      'openai-event-id': 'audit_log-0',
      'openai-event-type': 'api_key.created',
      'schema-version': 'ecs/9.2.0',
    });
  });

  test('are those of a CloudEvent in binary mode as well, on request', () => {
    expect(recordOf(event(), { cloudevents: true, key: 'actor' }).headers).toEqual({
      'content-type': 'application/json',
      'openai-event-id': 'audit_log-0',
      'openai-event-type': 'api_key.created',
      'schema-version': 'ecs/9.2.0',
      ce_specversion: '1.0',
      ce_id: 'audit_log-0',
      ce_source: 'openai:org-kit',
      ce_type: 'com.openai.audit_log.api_key.created',
      ce_time: '2026-03-01T11:59:00.000Z',
      ce_subject: 'key_1',
      ce_partitionkey: 'user-1',
    });
  });

  test('of a CloudEvent leave out what the event has not', () => {
    const { headers } = recordOf(event({ target: {}, organization: {} }), { cloudevents: true, key: 'none' });
    expect(headers['ce_source']).toBe('openai:acme');
    expect(Object.keys(headers)).not.toContain('ce_subject');
    expect(Object.keys(headers)).not.toContain('ce_partitionkey');
  });
});

describe('the version of the schema', () => {
  test.each([
    ['ecs', '{"@timestamp":"2026-03-01T11:59:00.000Z","ecs":{"version":"9.2.0"},"event":{}}', 'ecs/9.2.0'],
    ['ocsf', '{"class_uid":3004,"metadata":{"product":"x","version":"1.8.0"}}', 'ocsf/1.8.0'],
    ['raw', '{"id":"audit_log-0"}', 'raw'],
    ['ecs', '{"message":"\\"ecs\\":{\\"version\\":\\"0.0.0\\"}"}', 'ecs'],
    [undefined, '{"ecs":{"version":"9.2.0"}}', 'ecs/9.2.0'],
  ] as const)('of %s in %s is %s', (format, json, expected) => {
    expect(schemaVersionOf({ json }, format)).toBe(expected);
  });
});

test('its size is never less than what goes out', async () => {
  const cluster = await Cluster.start({ partitions: 1 });
  const sink = await openSink(cluster, { compression: 'none', cloudevents: true });
  const list = envelopes(50, { id: (index) => 'é'.repeat(index * 4) + index });
  const call = { signal: new AbortController().signal, accepted: () => undefined };
  await sink.send({ envelopes: list, bytes: 1, replay: false }, call);
  const config = { key: 'event.id', cloudevents: true } as const;
  const bytes = list.map(
    (envelope, index) => outgoing(envelope, index, { config, schemaVersion: 'ecs', timestampOf: (at) => at }).bytes,
  );
  const sent = cluster.produces[0]?.batches.get(0)?.bytes ?? 0;
  const bound = bytes.reduce((sum, each) => sum + each, 512);
  expect(sent).toBeGreaterThan(10_000);
  expect(sent).toBeLessThanOrEqual(bound);
  expect(sent).toBeGreaterThan(bound * 0.8);
  await sink.close();
  await cluster.stop();
});
