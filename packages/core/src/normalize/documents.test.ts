/**
 * Every type, actor and payload against the real schemas: OCSF's own, and the field list of ECS. What
 * the schemas leave open (sums of ids, text beside numbers, nothing lost) is asserted here.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import type { JsonObject, JsonValue } from '../event.ts';
import { ocsfFaults } from './__fixtures__/ocsf-schemas.ts';
import { entryOf, KNOWN_TYPES, leavesOf, sampleEntries, syntheticEntries } from './__fixtures__/synthetic-events.ts';
import { classify } from './event-types.ts';
import { FILTER_FIELDS } from './filter-fields.ts';
import { createReadEntry } from './read-entry.ts';
import { createRenderer } from './renderer.ts';

const renderer = createRenderer({ name: 'relay-0', version: '0.1.0' });
const entries = [...sampleEntries, ...syntheticEntries, ...oldDialect()];

type Ecs = JsonObject & { readonly event: { readonly category: readonly string[]; readonly type: readonly string[] } };
type Ocsf = JsonObject & {
  readonly [member in 'class_uid' | 'activity_id' | 'severity_id' | 'status_id']: number;
} & { readonly [member in 'class_name' | 'activity_name' | 'time_dt']: string };

function render(entry: Entry, format: 'ecs'): Ecs;
function render(entry: Entry, format: 'ocsf'): Ocsf;
function render(entry: Entry, format: 'ecs' | 'ocsf'): JsonObject;
function render(entry: Entry, format: 'ecs' | 'ocsf'): JsonObject {
  return JSON.parse(renderer(entry, { format, dataset: 'openai.org_audit', namespace: 'default' }).json);
}

/** Calls and administration in the `organization_logs` dialect, by each kind of actor. */
function oldDialect(): readonly Entry[] {
  const events = [
    'chat.completions.create',
    'embeddings.create',
    'files.list',
    'odd',
    'organization.user.updated',
    'organization.api_key.created',
  ];
  const actors = ['user', 'organization', 'api_key', 'system'].map((type) => ({
    type,
    id: `${type}-1`,
    name: ' ada@example.com',
  }));
  const requests: readonly JsonValue[] = [
    null,
    { id: 'req_1', model: 'gpt-4', success: false, error: { code: 403, message: 'no', type: 'denied' } },
    {
      response: {
        model: 'gpt-4-1',
        usage: { prompt_tokens: 5, completion_tokens: 4, total_tokens: 9 },
        choices: [{ finish_reason: 'stop' }, 7],
      },
      model: 'm',
    },
  ];
  return events.flatMap((event) =>
    actors.flatMap((actor) =>
      requests.map((api_request) =>
        entryOf({ event, actor, api_request, target: { type: 'chat_completion', id: 't-1' } }),
      ),
    ),
  );
}

describe('OCSF', () => {
  test(`all ${entries.length} documents are valid under the schema of their class`, () => {
    const all = entries.flatMap((entry) => {
      const faults = ocsfFaults(render(entry, 'ocsf'));
      return faults === '' ? [] : [`${faults}: ${entry.raw}`];
    });
    expect(all.slice(0, 3)).toEqual([]);
  });

  test('what the schemas leave open adds up', () => {
    for (const entry of entries) {
      const ocsf = render(entry, 'ocsf');
      expect(ocsf).toMatchObject({
        type_uid: ocsf.class_uid * 100 + ocsf.activity_id,
        type_name: `${ocsf.class_name}: ${ocsf.activity_name}`,
        category_uid: Math.floor(ocsf.class_uid / 1000),
        severity: ['Unknown', 'Informational', 'Low', 'Medium'][ocsf.severity_id],
        status: ['Unknown', 'Success', 'Failure'][ocsf.status_id],
        time: Date.parse(ocsf.time_dt),
        metadata: { original_event_uid: entry.id, original_time: String(entry.timeMs / 1000) },
      });
    }
  });

  test('an entity that is an organization, a policy or a user has that object in it, and in its result', () => {
    const objects: Readonly<Record<number, string>> = { 2: 'user', 4: 'org', 5: 'policy' };
    const seen = new Set<string>();
    for (const entry of entries) {
      const ocsf = render(entry, 'ocsf');
      for (const member of ['entity', 'entity_result']) {
        const { type_id: typeId, ...entity } = Object(ocsf[member]);
        const object = objects[typeId];
        const there = Object.values(objects).filter((name) => entity[name] !== undefined);
        expect(there, entry.raw).toEqual(object === undefined ? [] : [object]);
        if (object !== undefined) seen.add(`${member}.${object}`);
      }
    }
    expect([...seen].toSorted()).toEqual([
      'entity.org',
      'entity.policy',
      'entity.user',
      'entity_result.org',
      'entity_result.policy',
      'entity_result.user',
    ]);
  });

  test('a user is unknown by type exactly where nothing of it is known', () => {
    for (const entry of entries) {
      const { user, entity } = render(entry, 'ocsf');
      for (const one of [user, Object(entity).user].filter((it) => it !== undefined)) {
        const { uid, name, type_id: typeId } = Object(one);
        expect(typeId === 0, entry.raw).toBe(uid === undefined && name === 'unknown');
      }
    }
  });

  test('a known type has one class, whatever its payload and actor, but for the two documented splits', () => {
    const classes = new Map<string, Set<number>>();
    for (const entry of syntheticEntries) {
      const seen = classes.get(entry.type) ?? new Set();
      classes.set(entry.type, seen.add(render(entry, 'ocsf').class_uid));
    }
    const split = KNOWN_TYPES.filter((type) => classes.get(type)?.size !== 1);
    expect(
      split.filter((type) => !/(role_assignment|role\.assignment|^user\.updated|^service_account\.updated)/.test(type)),
    ).toEqual([]);
    expect(split).toHaveLength(8);
  });
});

interface EcsField {
  readonly type: string;
  readonly array?: true;
  readonly allowed_values?:
    | readonly string[]
    | Readonly<Record<string, { readonly expected_event_types: readonly string[] }>>;
}

describe('ECS', () => {
  const file = new URL('./__fixtures__/ecs-fields.json', import.meta.url);
  const fields: Readonly<Record<string, EcsField>> = JSON.parse(readFileSync(file, 'utf8')).fields;

  test(`every leaf of all ${entries.length} documents is a field of ECS and fits it`, () => {
    const faults = entries.flatMap((entry) => faultsOf(render(entry, 'ecs'), ''));
    expect([...new Set(faults)]).toEqual([]);
  });

  function faultsOf(value: JsonValue | undefined, path: string): readonly string[] {
    const field = fields[path];
    if (path.startsWith('openai.')) return path.startsWith('openai.audit') ? [] : [path];
    if (field !== undefined && path !== '') return fits(value, field) ? [] : [`${path}: ${JSON.stringify(value)}`];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no field`];
    if (Object.keys(value).length === 0) return [`${path} is empty`];
    return Object.entries(value).flatMap(([key, item]) => faultsOf(item, path === '' ? key : `${path}.${key}`));
  }

  function fits(value: JsonValue | undefined, field: EcsField): boolean {
    if (field.array === true)
      return Array.isArray(value) && value.length > 0 && value.every((item) => fitsOne(item, field));
    return fitsOne(value, field);
  }

  function fitsOne(value: JsonValue | undefined, { type, allowed_values: allowed }: EcsField): boolean {
    if (allowed !== undefined) return (Array.isArray(allowed) ? allowed : Object.keys(allowed)).includes(textOf(value));
    if (type === 'long' || type === 'integer') return Number.isSafeInteger(value);
    if (type === 'geo_point') return leavesOf(value).every(([, leaf]) => typeof leaf === 'number');
    if (type === 'ip') return typeof value === 'string' && isIP(value) > 0;
    if (type === 'date') return typeof value === 'string' && new Date(value).toISOString() === value;
    return typeof value === 'string' && value.trim() === value && value !== '';
  }

  test('every event type is expected in its category', () => {
    // Of this field alone the values come with the types they allow.
    const categories = fields['event.category']?.allowed_values as Record<string, { expected_event_types: string[] }>;
    for (const entry of entries) {
      const { event } = render(entry, 'ecs');
      const expected = event.category.flatMap((category) => categories[category]?.expected_event_types ?? []);
      expect(expected, entry.type).toEqual(expect.arrayContaining([...event.type]));
    }
  });

  test('every leaf but the agent and the time can be named in a when', () => {
    const written = new Set(entries.flatMap((entry) => leavesOf(render(entry, 'ecs')).map(([path]) => path)));
    const unnamed = [...written].filter((path) => !/^(agent\.|@timestamp$)/.test(path) && !isDeclared(path));
    expect(unnamed).toEqual([]);
  });

  test('every field that a when may name is written at times', () => {
    const written = new Set(entries.flatMap((entry) => leavesOf(render(entry, 'ecs')).map(([path]) => path)));
    const declared = pathsOf(FILTER_FIELDS).filter((path) => path !== 'openai.audit.details');
    expect(declared.filter((path) => !written.has(path))).toEqual([]);
  });
});

function textOf(leaf: JsonValue | undefined): string {
  return typeof leaf === 'string' ? leaf : JSON.stringify(leaf);
}

function isDeclared(path: string): boolean {
  return pathsOf(FILTER_FIELDS).some((declared) => path === declared || path.startsWith('openai.audit.details.'));
}

function pathsOf(fields: JsonValue, path = ''): readonly string[] {
  return leavesOf(fields, path).map(([leaf]) => leaf);
}

describe('nothing is lost', () => {
  test.each(['ecs', 'ocsf'] as const)('every value of every payload is in the %s document', (format) => {
    const lost = entries.flatMap((entry) => {
      // Of its own: an entry of the type `constructor` would else find what every object inherits.
      const details = new Map(Object.entries(JSON.parse(entry.raw) as JsonObject)).get(entry.type);
      const written = new Set(leavesOf(render(entry, format)).map(([, leaf]) => leaf));
      return leavesOf(details)
        .filter(([, leaf]) => leaf !== null && leaf !== '' && !written.has(leaf) && !written.has(textOf(leaf).trim()))
        .map(([path, leaf]) => `${entry.type} ${path}: ${textOf(leaf)}`);
    });
    expect(lost.slice(0, 5)).toEqual([]);
  });

  test('a payload that is there is found, under each of its three keys', () => {
    for (const key of ['role.updated', 'role_updated', 'details']) {
      const event = createReadEntry()(entryOf({ type: 'role.updated', [key]: { id: 'role_1' } }));
      expect(event.payload.details).toEqual({ id: 'role_1' });
    }
  });

  test('the record as it came is the raw document, its large numbers and the order of its keys too', () => {
    const raw = '{"type":"x",\r\n "b":9007199254740993,\n"a":1.0}';
    const envelope = renderer(entryOf({ type: 'x' }, raw), { format: 'raw', dataset: 'd', namespace: 'n' });
    expect(envelope.json).toBe('{"type":"x", "b":9007199254740993,"a":1.0}');
  });
});

test('149 types are known, and nothing else is', () => {
  expect(KNOWN_TYPES).toHaveLength(149);
  expect(KNOWN_TYPES.every((type) => classify(type).known)).toBe(true);
  expect(['widget.created', 'constructor', '', 'role.updated.'].some((type) => classify(type).known)).toBe(false);
});
