import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import type { JsonObject, JsonValue } from '../event.ts';
import { entryOf } from './__fixtures__/synthetic-events.ts';
import type { NormalizationConfig, RedactRule } from './config.ts';
import { compact } from './json-text.ts';
import { createNormalizer } from './normalizer.ts';
import { createRedact, MASK } from './redact.ts';

const KEY = 'a secret key';

/** The text of a record after redaction, of one rule or several. */
function redacted(raw: string, ...redact: readonly RedactRule[]): string {
  return createRedact(redact, KEY)(entryOf({}, raw)).raw;
}

function hashOf(value: string): string {
  return createHmac('sha256', KEY).update(value).digest('hex');
}

const drop = (field: string): RedactRule => ({ field, with: 'drop' });
const mask = (field: string): RedactRule => ({ field, with: 'mask' });
const hash = (field: string): RedactRule => ({ field, with: 'hash' });

describe('the text of the record', () => {
  const cases: readonly [name: string, raw: string, rules: readonly RedactRule[], expected: string][] = [
    ['loses a first member with its comma', '{"a":1,"b":2}', [drop('a')], '{"b":2}'],
    ['loses a last member with its comma', '{ "a": 1, "b": 2 }', [drop('b')], '{ "a": 1 }'],
    [
      'loses members that stand side by side',
      '{"a":1,"b":2,"c":3,"d":4}',
      [drop('a'), drop('b'), drop('d')],
      '{"c":3}',
    ],
    ['loses every member', '{"a":1,"b":2}', [drop('a'), drop('b')], '{}'],
    ['keeps an object that is empty by now', '{"a":{"b":[1,{}]},"c":1}', [drop('a.b')], '{"a":{},"c":1}'],
    ['is masked', '{"a":{"b":"x","c":"x"}}', [mask('a.b')], `{"a":{"b":"${MASK}","c":"x"}}`],
    ['is hashed by the value of a string', '{"a":"\\u00e9"}', [hash('a')], `{"a":"${hashOf('é')}"}`],
    [
      'is hashed by the text of a number',
      '{"a":12345678901234567890}',
      [hash('a')],
      `{"a":"${hashOf('12345678901234567890')}"}`,
    ],
    ['is hashed whatever its white space', '{"a": { "b" : " c" } }', [hash('a')], `{"a": "${hashOf('{"b":" c"}')}" }`],
    [
      'has each element of a list redacted',
      '{"a":["x",["y", [ ]],2]}',
      [mask('a')],
      `{"a":["${MASK}",["${MASK}", [ ]],"${MASK}"]}`,
    ],
    [
      'has lists on the way',
      '{"a":[{"b":"x"},[{"b":"y"}],"z"]}',
      [mask('a.b')],
      `{"a":[{"b":"${MASK}"},[{"b":"${MASK}"}],"z"]}`,
    ],
    [
      'has keys with dots',
      '{"api_key.created":{"data":{"scopes":"x"}}}',
      [drop('api_key.created.data.scopes')],
      '{"api_key.created":{"data":{}}}',
    ],
    [
      'is redacted in every way that a path can be read',
      '{"a.b":{"c":1},"a":{"b.c":2,"b":{"c":3}}}',
      [drop('a.b.c')],
      '{"a.b":{},"a":{"b":{}}}',
    ],
    ['has keys with escapes', '{"\\u0061":"\\"\\\\"}', [mask('a')], `{"\\u0061":"${MASK}"}`],
    ['has keys twice', '{"a":"x","a":"y"}', [mask('a')], `{"a":"${MASK}","a":"${MASK}"}`],
    [
      'keeps null and the empty text, which hide nothing',
      '{"a":null,"b":""}',
      [hash('a'), mask('b')],
      '{"a":null,"b":""}',
    ],
    ['is dropped though it is null', '{"a":null}', [drop('a')], '{}'],
    ['obeys the first rule of a field', '{"a":1}', [drop('a'), mask('a')], '{}'],
    ['loses a field and all below it', '{"a":{"b":1}}', [mask('a.b'), drop('a')], '{}'],
    [
      'keeps all else as it was',
      '{"n":12345678901234567890,"2":1,"1":"\\/","a":1}',
      [drop('a')],
      '{"n":12345678901234567890,"2":1,"1":"\\/"}',
    ],
  ];
  test.each(cases)('%s', (_, raw, ...[rules, expected]) => {
    expect(redacted(raw, ...rules)).toBe(expected);
  });

  test('may be deeper than any stack', () => {
    const deep = `${'['.repeat(50_000)}{"b":"x"}${']'.repeat(50_000)}`;
    expect(redacted(`{"a":${deep}}`, mask('a.b'))).toContain(`{"b":"${MASK}"}`);
    expect(redacted(`{"a":{"c":${deep}}}`, hash('a'))).toMatch(/^\{"a":"[0-9a-f]{64}"\}$/);
  });

  test('gives the same entry where nothing is to be redacted, and makes one once', () => {
    const absent = entryOf({ actor: { session: null } });
    const present = entryOf({ actor: { session: { ip_address: '192.0.2.1' } } });
    const redact = createRedact([mask('actor.session.ip_address')]);
    expect(redact(absent)).toBe(absent);
    expect(redact(present)).toBe(redact(present));
    expect(createRedact([])(present)).toBe(present);
  });
});

/** What the rules mean, on objects whose keys hold no dots. */
function model(value: JsonValue, path: readonly string[], how: 'mask' | 'drop'): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => model(item, path, how));
  const [key, ...rest] = path;
  if (key === undefined) return value === null || value === '' ? value : MASK;
  if (typeof value !== 'object' || value === null) return value;
  const isDropped = rest.length === 0 && how === 'drop';
  // An object by now: arrays and null are gone.
  const members = Object.entries(value as JsonObject).flatMap(([name, item = null]): [string, JsonValue][] => {
    if (name !== key) return [[name, item]];
    return isDropped ? [] : [[name, model(item, rest, how)]];
  });
  return Object.fromEntries(members);
}

// As text: what Node 24 and 26 parse (V8 13.6 and 14.6) is not always what stands there. Once they have read an object
// with the key "\\", they read the key "\"" in its place as that one.
test('any JSON is redacted as if it had been parsed', () => {
  const key = fc.constantFrom('a', 'b', '"', '\\', 'é');
  const { tree: value } = fc.letrec<{ tree: JsonValue }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<JsonValue>(null, '', 'text', '"],}\\', -1.5e-7, true, [], {}),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  const record = fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true });
  const path = fc.array(key, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(record, path, fc.constantFrom('mask', 'drop'), fc.constantFrom(0, 1), (of, at, ...[how, indent]) => {
      const raw = redacted(JSON.stringify(of, undefined, indent), { field: at.join('.'), with: how });
      expect(indent === 0 ? raw : compact(raw)).toBe(JSON.stringify(model(of, at, how)));
    }),
    { numRuns: 2_000 },
  );
});

const FORMATS = ['ecs', 'ocsf', 'raw'] as const;

/** Every byte that leaves the relay for an event, in all formats, with its facts. */
function everything(entry: Entry, config: NormalizationConfig): string {
  const { render } = createNormalizer({ name: 'relay-0', version: '0.1.0' }, config);
  return JSON.stringify(FORMATS.map((format) => render(entry, { format, dataset: 'd', namespace: 'n' })));
}

/** Every path of a record with a text in it, and the record with a canary in that place alone. */
function* planted(record: JsonValue, canary: string): Generator<readonly [path: string, planted: JsonValue]> {
  if (typeof record === 'string') yield ['', canary];
  if (typeof record !== 'object' || record === null) return;
  for (const [key, value] of Object.entries(record)) {
    for (const [path, item] of planted(value ?? null, canary)) {
      if (Array.isArray(record)) yield [path, record.with(Number(key), item)];
      else yield [path === '' ? key : `${key}.${path}`, { ...Object(record), [key]: item }];
    }
  }
}

const SESSION = {
  user: { id: 'user-1', email: 'ada@example.com' },
  ip_address: '192.0.2.1',
  user_agent: 'curl',
  ja3: 'j3',
  ja4: 'j4',
  ip_address_details: { country: 'BRA', city: 'Recife', region: 'Pernambuco', region_code: 'PE', asn: 'AS1' },
};
const RECORDS: Readonly<Record<string, JsonObject>> = {
  'a session that changes a role': {
    id: 'audit_log-1',
    type: 'user.updated',
    effective_at: 1_753_089_116,
    project: { id: 'proj_1', name: 'Web' },
    actor: { type: 'session', session: SESSION },
    'user.updated': { id: 'user-2', changes_requested: { role: 'owner' } },
  },
  'a key that invites': {
    id: 'audit_log-2',
    type: 'invite.sent',
    effective_at: 1_753_089_116,
    actor: { type: 'api_key', api_key: { id: 'key_1', type: 'user', user: { id: 'user-3', email: 'b@example.com' } } },
    'invite.sent': { id: 'invite-1', data: { email: 'c@example.com', role: 'reader' } },
  },
  'a service account that activates certificates': {
    id: 'audit_log-3',
    type: 'certificates.activated',
    actor: { type: 'api_key', api_key: { id: 'key_2', type: 'service_account', service_account: { id: 'svc_1' } } },
    'certificates.activated': {
      certificates: [
        { id: 'cert_1', name: 'one' },
        { id: 'cert_2', name: 'two' },
      ],
    },
  },
  'a call in the older dialect': {
    id: 'log-1',
    event: 'chat.completions.create',
    created_at: 1_753_089_116,
    actor: { type: 'user', id: 'user-4', name: 'd@example.com' },
    target: { type: 'chat_completion', id: 'chatcmpl-1', name: 'a chat' },
    api_request: {
      id: 'req_1',
      model: 'gpt-4',
      error: { code: 'c', message: 'm', type: 't' },
      response: { model: 'gpt-4-1', choices: [{ finish_reason: 'stop' }] },
    },
  },
};
const CANARY = 'canary7f3a@canary.example';
const UNTOUCHED = ['id', 'type', 'effective_at', 'event', 'created_at'];

describe.each(Object.entries(RECORDS))('of %s', (_, record) => {
  const places = [...planted(record, CANARY)].filter(([path]) => !UNTOUCHED.includes(path));

  test.each(['hash', 'mask', 'drop'] as const)('no redacted field is seen in any byte after %s', (how) => {
    for (const [field, holding] of places) {
      const config: NormalizationConfig = {
        redact: [{ field, with: how }],
        redact_key: KEY,
        normalize: { original: true, severity: {} },
      };
      const entry = entryOf(holding as JsonObject);
      expect(everything(entry, { ...config, redact: [] }), `${field} is seen when it is not redacted`).toContain(
        'canary7f3a',
      );
      expect(everything(entry, config), field).not.toContain('canary7f3a');
      expect(entry.raw).toContain(CANARY);
    }
  });
});

test('a filter sees the redacted value, too', () => {
  const entry = entryOf({
    type: 'login.succeeded',
    actor: { session: { user: { id: 'user-1', email: 'a@example.com' } } },
  });
  const config: NormalizationConfig = {
    redact: [hash('actor.session.user.email')],
    redact_key: KEY,
    normalize: { original: false, severity: {} },
  };
  const { when } = createNormalizer({ name: 'relay-0', version: '0.1.0' }, config);
  expect(when('user.email == "a@example.com"')(entry)).toBe('exclude');
  expect(when(`user.email == "${hashOf('a@example.com')}"`)(entry)).toBe('pass');
});
