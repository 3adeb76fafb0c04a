/**
 * Synthetic records: every type, and some that no version knows, by seven kinds of actor, with no,
 * an empty, an odd and a full payload. Each text in a full payload is found nowhere else.
 */
import { readFileSync } from 'node:fs';
import type { Entry } from '../../entry.ts';
import { type JsonObject, type JsonValue, LiveEntry } from '../../event.ts';
import { EVENT_TYPES } from '../data/event-types.ts';

export const KNOWN_TYPES: readonly string[] = EVENT_TYPES.trim()
  .split('\n')
  .map((line) => line.split('|')[0]?.trim() ?? '')
  .filter((type) => !/[* ]/.test(type));

export const UNKNOWN_TYPES: readonly string[] = ['widget.created', 'Tenant.Weird-Type.v2', 'constructor'];

const details = {
  country: 'BRA',
  city: 'São Paulo',
  region: 'São Paulo',
  region_code: 'SP',
  asn: 'AS64499',
  latitude: '-23.55052',
  longitude: '-46.63331',
};
const odd = {
  country: 'Atlantis',
  city: ' ',
  region: 7,
  region_code: '?',
  asn: 'n/a',
  latitude: '91',
  longitude: [],
};

const ACTORS: Readonly<Record<string, JsonValue>> = {
  none: null,
  session: {
    type: 'session',
    session: {
      user: { id: 'user-1', email: 'ada@example.com' },
      ip_address: '2001:db8::1',
      user_agent: 'curl/8.9.1',
      ja3: 'ja3-1',
      ja4: 'ja4-1',
      ip_address_details: details,
    },
  },
  'odd session': {
    type: 'session',
    session: { user: { id: null, email: 'no address' }, ip_address: 'fe80::1%eth0', ja3: 'ja3-2', ip_address_details: odd },
  },
  'session behind proxies': {
    type: 'session',
    session: { user: { id: 'user-1' }, ip_address: '[2001:db8::2]:52144, 10.0.0.1' },
  },
  'empty session': { type: 'session', session: { user: {}, ip_address: '', ip_address_details: details } },
  'key of a user': { type: 'api_key', api_key: { id: 'key_1', type: 'user', user: { id: 'user-2', email: 'a b@example.com' } } },
  'key of a service account': {
    type: 'api_key',
    api_key: { id: 'key_2', type: 'service_account', service_account: { id: 'svc_acct_1' } },
  },
  'key alone': { type: 'api_key', api_key: { id: 'key_3' } },
};

const PAYLOADS: Readonly<Record<string, JsonValue | undefined>> = {
  no: undefined,
  empty: {},
  odd: { id: [], name: 5, data: 'p-text', changes_requested: ['p-change'], configs: {}, principal_type: 'GROUP', scopes: [] },
  list: ['p-one', { two: 'p-two' }],
  single: { id: 'p-id', configs: [{ id: 'p-config' }], certificates: [{ name: 'p-certificate' }], principal_id: 'p-user' },
  changes: { id: 'p-id', changes_requested: { title: 'p-title', role: 'p-role', numbers: [0, false] } },
  full: {
    id: 'role_assignment_role-1__org__p-id',
    name: 'p-name',
    role_name: 'p-role-name',
    principal_id: 'p-principal',
    principal_type: 'user',
    resource_id: 'p-resource',
    resource_type: 'p-resource-type',
    permissions: ['p-permission'],
    error_code: 'p-code',
    error_message: 'p-error',
    certificate: 'p-pem',
    configs: [{ id: 'p-config-1', name: 'p-config-name-1' }, { id: 'p-config-2', extra: 'p-extra' }],
    certificates: [{ id: 'p-cert-1' }, { name: 'p-cert-2' }],
    data: { email: 'p-email@example.com', role: 'p-role', group_name: 'p-group', scopes: [] },
    changes_requested: { role: 'p-new-role', group_name: 'p-new-group', enabled: true, limit: 12.5 },
  },
};

const SAMPLES = readFileSync(new URL('./sample-events.jsonl', import.meta.url), 'utf8').trim().split('\n');

/** The sample events as they stand in their file. */
export const sampleEntries: readonly Entry[] = SAMPLES.map((raw) => entryOf(JSON.parse(raw), raw));

/** Each of 152 types by each actor with each payload. */
export const syntheticEntries: readonly Entry[] = [...KNOWN_TYPES, ...UNKNOWN_TYPES].flatMap((type) =>
  Object.values(ACTORS).flatMap((actor) =>
    Object.values(PAYLOADS).map((payload) => entryOf({ type, actor, project: { id: 'proj_1' }, [type]: payload })),
  ),
);

/** An entry as the source makes it of a record. */
export function entryOf(record: JsonObject, raw: string = JSON.stringify(record)): Entry {
  const { id, type, effective_at: seconds } = record;
  return new LiveEntry({
    id: typeof id === 'string' ? id : 'audit_log-1',
    type: typeof type === 'string' ? type : 'unknown',
    timeMs: Number.isInteger(seconds) ? Number(seconds) * 1000 : 1_753_089_116_000,
    receivedMs: 1_753_089_150_500,
    source: 'acme',
    feed: 'organization',
    dialect: 'audit_logs',
    organization: { id: 'org-1', name: 'Acme' },
    raw,
  });
}

/** Every value in a document that is no object and no list, as text, with the path to it. */
export function leavesOf(value: JsonValue | undefined, path = ''): readonly (readonly [path: string, leaf: JsonValue])[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null) return [[path, value]];
  if (Array.isArray(value)) return value.flatMap((item) => leavesOf(item, path));
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item, path === '' ? key : `${path}.${key}`));
}
