import { describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import { type JsonObject, LiveEntry } from '../event.ts';
import type { DriftStatus } from '../status.ts';
import { entryOf, sampleEntries } from './__fixtures__/synthetic-events.ts';
import type { RedactRule } from './config.ts';
import { Drift, isFamiliar, MOST_NAMES, ODD, OTHERS } from './drift.ts';
import { createRedact } from './redact.ts';

interface Line {
  readonly level: string;
  readonly code: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What is counted and logged of some entries. */
function seen(entries: readonly Entry[], rules: readonly RedactRule[] = []): DriftStatus & { readonly lines: Line[] } {
  const lines: Line[] = [];
  const drift = new Drift({
    log: (level, code, ...[, fields = {}]) => lines.push({ level, code, fields }),
    redact: createRedact(rules),
  });
  for (const entry of entries) drift.see([entry]);
  return { ...drift.status(), lines };
}

const known = { id: 'audit_log-1', type: 'user.added', effective_at: 1, object: 'organization.audit_log' };

describe('a record', () => {
  const cases: readonly [name: string, record: JsonObject, status: DriftStatus][] = [
    [
      'of a known type with known fields is nothing new',
      { ...known, 'user.added': { id: 'u', data: { role: 'r' } } },
      { types: {}, fields: {} },
    ],
    ['may have no actor and no payload', { ...known, actor: null, project: null }, { types: {}, fields: {} }],
    [
      'of an unknown type counts as that',
      { ...known, type: 'quantum.entangled' },
      { types: { 'quantum.entangled': 1 }, fields: {} },
    ],
    [
      'of an unknown type has no unknown payload',
      { ...known, type: 'a.b', 'a.b': { c: 1 } },
      { types: { 'a.b': 1 }, fields: {} },
    ],
    [
      'may have a type that every object has',
      { ...known, type: 'constructor' },
      { types: { constructor: 1 }, fields: {} },
    ],
    ['may have a new member', { ...known, region: 'eu' }, { types: {}, fields: { region: 1 } }],
    [
      'may have a new kind of actor',
      { ...known, actor: { system: { component: 'x' } } },
      { types: {}, fields: { 'actor.system': 1 } },
    ],
    [
      'may say more of a session',
      { ...known, actor: { session: { device: 'd', user: { phone: 1 } } } },
      { types: {}, fields: { 'actor.session.device': 1, 'actor.session.user.phone': 1 } },
    ],
    [
      'may have more in its payload',
      { ...known, 'user.added': { extra: null, data: { title: 't' } } },
      { types: {}, fields: { 'user.added.extra': 1, 'user.added.data.title': 1 } },
    ],
    [
      'may have its payload where others put it',
      { ...known, user_added: { extra: 1 } },
      { types: {}, fields: { 'user.added.extra': 1 } },
    ],
    [
      'may have more in a list of its payload',
      {
        ...known,
        type: 'certificates.activated',
        'certificates.activated': { certificates: [{ id: 'c', serial: 1 }, 'x'] },
      },
      { types: {}, fields: { 'certificates.activated.certificates.serial': 1 } },
    ],
    [
      'may hold anything where nothing is documented',
      { ...known, type: 'external_key.registered', 'external_key.registered': { data: { any: { thing: 1 } } } },
      { types: {}, fields: {} },
    ],
    [
      'of a type without documented payload has no unknown one',
      { ...known, type: 'tenant.user.added', 'tenant.user.added': { any: 1 } },
      { types: {}, fields: {} },
    ],
    [
      'in the older dialect has no unknown type',
      { id: 'l', event: 'files.list', created_at: 1, actor: { type: 'user', shoe: 1 } },
      { types: {}, fields: { 'actor.shoe': 1 } },
    ],
  ];
  test.each(cases)('%s', (_, record, status) => {
    expect(seen([entryOf(record)])).toMatchObject(status);
    expect(Object.keys(seen([entryOf(record)]).fields)).toEqual(Object.keys(status.fields));
  });
});

test('the published samples hold what is known, but for what was put into them to be odd', () => {
  const { types, fields } = seen(sampleEntries);
  expect(Object.keys(types).sort()).toEqual([
    'Tenant.Weird-Type.v2',
    'checkpoint_permission.created',
    'checkpoint_permission.deleted',
    'model_policy.bulk_updated',
    'quantum.entangled',
  ]);
  expect(fields).toEqual({
    source: 2,
    'actor.system': 1,
    'api_key.updated.data': 1,
    'organization.updated.changes_requested.settings': 1,
  });
});

describe('the log', () => {
  const drifted = { ...known, actor: { device: { name: 'secret-name', 'ada@example.com': [1, 2] } } };

  test('names a field once, with an example of its form and no letter of what it says', () => {
    const { lines, fields } = seen([entryOf(drifted), entryOf({ ...drifted, id: 'audit_log-2' })]);
    const sample = `{"name":"text","${ODD}":["number"]}`;
    const where = { source: 'acme', feed: 'organization', event: 'audit_log-1' };
    expect(lines).toEqual([
      { level: 'warn', code: 'UNKNOWN_FIELD', fields: { field: 'actor.device', ...where, sample } },
    ]);
    expect(fields).toEqual({ 'actor.device': 2 });
  });

  test('shows of a redacted field not even its form', () => {
    const inside = seen([entryOf(drifted)], [{ field: 'actor.device.name', with: 'drop' }]);
    expect(inside.lines[0]?.fields['sample']).toBe(`{"${ODD}":["number"]}`);
    const whole = seen([entryOf(drifted)], [{ field: 'actor.device', with: 'drop' }]);
    expect(whole.lines[0]?.fields).toMatchObject({ field: 'actor.device', sample: undefined });
  });

  test('names a type once, and cuts a long example', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`key_${index}`, index]));
    const entry = entryOf({ ...known, type: 'widget.spun', 'widget.spun': many });
    const { lines } = seen([entry, entry]);
    expect(lines.map(({ code }) => code)).toEqual(['UNKNOWN_TYPE']);
    expect(String(lines[0]?.fields['sample'])).toMatch(/^\{"id":"text","type":"text".{200,300}…$/);
  });

  test('survives an example that is deeper than any stack', () => {
    const raw = `{"id":"x","type":"user.added","new":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    expect(seen([entryOf(known, raw)]).lines[0]?.fields['sample']).toBe('[[[["…"]]]]');
  });
});

test('what is no plain name is counted without being shown', () => {
  const { types, fields } = seen([
    entryOf({ ...known, type: 'ada lovelace', 'b@example.com': 1, ['x'.repeat(101)]: 2 }),
  ]);
  expect({ types, fields }).toEqual({ types: { [ODD]: 1 }, fields: { [ODD]: 2 } });
});

test('names are bounded; what comes later is counted and logged under one', () => {
  const entries = Array.from({ length: MOST_NAMES + 50 }, (_, index) => entryOf({ ...known, [`field_${index}`]: 1 }));
  const { fields, lines } = seen([...entries, ...entries.slice(0, 1)]);
  expect(Object.keys(fields)).toHaveLength(MOST_NAMES + 1);
  expect(fields).toMatchObject({ field_0: 2, field_199: 1, [OTHERS]: 50 });
  expect(lines).toHaveLength(MOST_NAMES + 1);
});

describe('what the source has looked at while it was parsed', () => {
  test.each([...sampleEntries.map((entry) => entry.type), 'user.added', 'quantum.entangled'])(
    'of type %s is familiar where drift would find nothing',
    (type) => {
      const records = [
        { ...known, type },
        { ...known, type, region: 'eu' },
        { ...known, type, [type]: { extra: 1 } },
      ];
      for (const record of records) {
        const { types, fields } = seen([entryOf(record)]);
        expect(isFamiliar(type, record)).toBe(Object.keys(types).length + Object.keys(fields).length === 0);
      }
    },
  );

  test('is not looked at again when it is familiar', () => {
    const entry = entryOf({ ...known, region: 'eu' });
    expect(seen([new LiveEntry(entry, true)]).fields).toEqual({});
    expect(seen([new LiveEntry(entry)]).fields).toEqual({ region: 1 });
  });
});
