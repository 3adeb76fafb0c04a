/**
 * What set-up puts at Datadog, held against the events themselves: samples of every type, rendered in every format, wrapped by the sink, and read by a model
 * of Datadog's search and processors. No rule and no monitor takes an event that was sent late for one that happens now.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { known } from '@audit-relay/core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Json } from './api-store.ts';
import { FORMATS, type Format, HAPPENED, heldOf } from './held-entries.ts';
import { type LogEntry, matches } from './log-model.ts';
import { type Content, inside, KINDS } from './setup-world.ts';

const SAMPLES = join(import.meta.dirname, '../../packages/core/src/normalize/__fixtures__/sample-events.jsonl');

let contents: readonly Content[];
let samples: readonly Json[];

beforeAll(async () => {
  contents = (await inside()).contentsFor('openai-audit', KINDS);
  const lines = readFileSync(SAMPLES, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  samples = lines
    .map((line) => JSON.parse(line) as Json)
    .filter(({ id, type }) => [id, type].every((text) => typeof text === 'string'));
});

/** What Datadog holds of these, after the pipeline. */
function heldAll(records: readonly Json[], format: Format, isLate = false): Promise<readonly LogEntry[]> {
  const pipeline = contents.find(({ kind }) => kind === 'log pipeline')!.body;
  return heldOf(records, { format, isLate, pipeline });
}

async function held(record: Json, format: Format, isLate = false): Promise<LogEntry> {
  return (await heldAll([record], format, isLate))[0]!;
}

/** Every search of a content; those of a monitor out of its query. */
function searchesOf({ kind, body }: Content): readonly string[] {
  if (kind === 'monitor')
    return [/^logs\("(.*)"\)\.index/.exec(String(body['query']))?.[1]?.replaceAll(/\\(.)/g, '$1') ?? ''];
  return (body['queries'] as readonly Json[]).map(({ query }) => String(query));
}

function alerting(): readonly Content[] {
  return contents.filter(({ kind }) => kind === 'detection rule' || kind === 'monitor');
}

/** A record of any type, by a user from an address. */
function recordOf(type: string, payload: object = {}): Json {
  const session = { user: { id: 'user-1', email: 'ada@example.com' }, ip_address: '192.0.2.1', user_agent: 'curl/8' };
  const actor = { type: 'session', session };
  return {
    object: 'organization.audit_log',
    id: `audit_log-${type}`,
    type,
    effective_at: 1_795_890_000,
    actor,
    [type]: payload,
  };
}

describe('late:true', () => {
  test('there are rules and monitors to speak of', () => {
    expect(alerting()).toHaveLength(25);
    for (const content of alerting()) expect(searchesOf(content).join()).not.toBe('');
  });

  test('is left out by each search of each of them, whatever the event', async () => {
    const entries = await heldAll(samples, 'ecs', true);
    expect(entries.length).toBe(samples.length);
    expect(entries.filter(({ tags }) => !tags.includes('late:true'))).toEqual([]);
    const found = alerting().flatMap((content) =>
      searchesOf(content).flatMap((search) => {
        const late = entries.filter((entry) => matches(entry, search));
        return [{ title: content.title, late: late.length, says: search.endsWith(' -late:true') }];
      }),
    );
    expect(found.filter(({ late, says }) => late > 0 || !says)).toEqual([]);
  });

  test('is what the dashboard counts apart', () => {
    const text = JSON.stringify(contents.find(({ kind }) => kind === 'dashboard')?.body);
    const searches = [...text.matchAll(/"(?:query|query_string)":"((?:\\.|[^"\\])*)"/g)].map(([, search]) =>
      JSON.parse(`"${search}"`),
    );
    expect(searches.filter((search) => !/ -?late:true \$actor$/.test(search))).toEqual([]);
    expect(searches.filter((search) => / late:true/.test(search))).toHaveLength(2);
  });
});

describe.each(FORMATS)('in documents of %s', (format) => {
  const CASES = [
    { key: 'admin-key-created', record: recordOf('tenant.admin_api_key.created') },
    { key: 'api-key-created', record: recordOf('api_key.created', { id: 'key_1', data: { scopes: ['api.all'] } }) },
    { key: 'owner-granted', record: recordOf('user.updated', { id: 'user-2', changes_requested: { role: 'owner' } }) },
    { key: 'owner-granted', record: recordOf('user.added', { id: 'user-2', data: { role: 'owner' } }) },
    {
      key: 'owner-granted',
      record: recordOf('invite.sent', { id: 'invite-1', data: { email: 'b@example.com', role: 'owner' } }),
    },
    { key: 'owner-granted', record: recordOf('service_account.created', { id: 'svc_1', data: { role: 'owner' } }) },
    {
      key: 'owner-granted',
      record: recordOf('service_account.updated', { id: 'svc_1', changes_requested: { role: 'owner' } }),
    },
    {
      key: 'owner-granted',
      record: recordOf('role.assignment.created', {
        id: 'role_assignment_role-api-organization-owner__api-organization__org-1_user-2',
        principal_id: 'user-2',
        principal_type: 'user',
      }),
    },
    { key: 'role-changed', record: recordOf('role.updated', { id: 'role_1' }) },
    {
      key: 'allowlist-weakened',
      record: recordOf('ip_allowlist.config.deactivated', { configs: [{ id: 'a', name: 'b' }] }),
    },
    { key: 'allowlist-changed', record: recordOf('ip_allowlist.updated', { id: 'a' }) },
    {
      key: 'call-logging-disabled',
      record: recordOf('organization.updated', { id: 'org-1', changes_requested: { api_call_logging: 'disabled' } }),
    },
    { key: 'certificate-removed', record: recordOf('certificates.deactivated', { certificates: [{ id: 'cert_1' }] }) },
    { key: 'identity-provider-removed', record: recordOf('scim.disabled', { id: 'org-1' }) },
    { key: 'policy-removed', record: recordOf('tenant.policy.detached') },
    { key: 'data-control-removed', record: recordOf('external_key.removed', { id: 'ek_1' }) },
    { key: 'workload-identity-trusted', record: recordOf('tenant.workload_identity.provider.created') },
    { key: 'workload-identity-trusted', record: recordOf('workload_identity_provider.updated', { id: 'wip_1' }) },
    { key: 'shared-outside', record: recordOf('checkpoint.permission.created', { id: 'cp_1' }) },
    { key: 'project-deleted', record: recordOf('project.deleted', { id: 'proj_1' }) },
    { key: 'sessions-revoked', record: recordOf('tenant.session_revocation.started') },
    { key: 'sign-in-failures', record: recordOf('login.failed', { error_code: 'invalid', error_message: 'no' }) },
    { key: 'sign-in-spray', record: recordOf('login.failed', {}) },
    { key: 'sign-in-after-failures', record: recordOf('login.succeeded') },
    { key: 'sign-in-new-country', record: recordOf('login.succeeded') },
    { key: 'sign-in-impossible-travel', record: recordOf('login.succeeded') },
    { key: 'mass-deletion', record: recordOf('api_key.deleted', { id: 'key_1' }) },
    { key: 'monitor-silent', record: recordOf('login.succeeded') },
    { key: 'monitor-severe', record: recordOf('ip_allowlist.deleted', { id: 'a' }) },
    { key: 'monitor-sign-in-failures', record: recordOf('login.failed', {}) },
    {
      key: 'monitor-owner-granted',
      record: recordOf('user.updated', { id: 'user-2', changes_requested: { role: 'owner' } }),
    },
  ] as const;

  test.each(CASES.map((each) => ({ ...each, type: each.record['type'] })))(
    '$key finds $type, and never a late one',
    async ({ key, record }) => {
      const content = contents.find((each) => each.key === key)!;
      const [onTime, late] = [await held(record, format), await held(record, format, true)];
      expect(searchesOf(content).some((search) => matches(onTime, search))).toBe(true);
      expect(searchesOf(content).some((search) => matches(late, search))).toBe(false);
    },
  );

  test('every rule and monitor is among these cases', () => {
    expect(new Set(CASES.map(({ key }) => key))).toEqual(new Set(alerting().map(({ key }) => key)));
  });

  test.each([
    { key: 'owner-granted', record: recordOf('user.updated', { id: 'user-2', changes_requested: { role: 'reader' } }) },
    {
      key: 'owner-granted',
      record: recordOf('role.assignment.deleted', { id: 'role_assignment_role-api-organization-owner__x' }),
    },
    {
      key: 'monitor-owner-granted',
      record: recordOf('role.assignment.deleted', { id: 'role_assignment_role-api-organization-owner__x' }),
    },
    {
      key: 'call-logging-disabled',
      record: recordOf('organization.updated', { changes_requested: { api_call_logging: 'enabled_for_all_projects' } }),
    },
    { key: 'monitor-severe', record: recordOf('login.succeeded') },
    { key: 'workload-identity-trusted', record: recordOf('workload_identity_provider.deleted', { id: 'wip_1' }) },
    { key: 'mass-deletion', record: recordOf('project.updated', { id: 'proj_1' }) },
  ])('$key does not find $record.type of another content', async ({ key, record }) => {
    const content = contents.find((each) => each.key === key)!;
    const entry = await held(record, format);
    expect(searchesOf(content).some((search) => matches(entry, search))).toBe(false);
  });

  test('each event of severity medium or above is looked for by a rule, and by the monitor of such events', async () => {
    const types = [...known.types()].filter(([, { severity }]) => severity >= 3).map(([type]) => type);
    expect(types.length).toBeGreaterThan(10);
    const rules = contents.filter(
      ({ kind, body }) => kind === 'detection rule' && JSON.stringify(body['cases']).includes('a > 0'),
    );
    const monitor = contents.find(({ key }) => key === 'monitor-severe')!;
    const entries = await heldAll(
      types.map((type) => recordOf(type)),
      format,
    );
    const overlooked = entries.filter((entry) => {
      const isRuled = rules.some((rule) => searchesOf(rule).some((search) => matches(entry, search)));
      return !isRuled || !searchesOf(monitor).some((search) => matches(entry, search));
    });
    expect(overlooked).toEqual([]);
  });
});

describe('the pipeline', () => {
  test('gives every known type an area, and one that is not known yet `other`', async () => {
    const types = [...known.types()].map(([type]) => type);
    const entries = await heldAll(
      types.map((type) => recordOf(type)),
      'ecs',
    );
    const areas = new Map(types.map((type, index) => [type, entries[index]?.attributes.get('evt.category')?.[0]]));
    expect([...areas].filter(([, area]) => area === undefined || area === 'other')).toEqual([]);
    expect((await held(recordOf('moon.landed'), 'ecs')).attributes.get('evt.category')).toEqual(['other']);
    const examples = {
      'login.failed': 'sign-in',
      'api_key.created': 'credentials',
      'user.added': 'access',
      'scim.disabled': 'identity provider',
    };
    expect(Object.fromEntries(Object.keys(examples).map((type) => [type, areas.get(type)]))).toEqual(examples);
    expect(areas.get('tenant.policy.deleted')).toBe('policy');
    expect(areas.get('ip_allowlist.updated')).toBe('network');
    expect(areas.get('project.created')).toBe('organization');
  });

  test('takes from where some event of some format has it: no source is a slip of the pen', async () => {
    const { processors } = contents.find(({ kind }) => kind === 'log pipeline')!.body;
    const keyAlone = {
      ...recordOf('api_key.created', {}),
      actor: { type: 'api_key', api_key: { id: 'key_1', type: 'user' } },
    };
    const paths = new Set<string>();
    for (const format of FORMATS) {
      for (const { attributes } of await heldAll([...samples, keyAlone], format)) {
        for (const path of attributes.keys()) paths.add(path);
      }
    }
    const sources = (processors as readonly Json[]).flatMap(({ type, sources: all }) =>
      type === 'attribute-remapper' ? (all as readonly string[]) : [],
    );
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.filter((path) => !paths.has(path))).toEqual([]);
  });

  test('gives the same names the same values in each format', async () => {
    const targets = [
      'openai.actor.type',
      'openai.role',
      'openai.scopes',
      'openai.api_call_logging',
      'error.kind',
      'error.message',
    ];
    const records = [
      recordOf('user.updated', { id: 'user-2', changes_requested: { role: 'owner' } }),
      recordOf('api_key.created', { id: 'key_1', data: { scopes: ['api.files.read', 'api.model.request'] } }),
      recordOf('organization.updated', { id: 'org-1', changes_requested: { api_call_logging: 'disabled' } }),
      recordOf('login.failed', { error_code: 'invalid_credentials', error_message: 'No.' }),
    ];
    const namedIn = async (format: Format) => {
      const entries = await heldAll(records, format);
      return entries.map(({ attributes }) => targets.map((target) => attributes.get(target)));
    };
    const named = await namedIn('ecs');
    expect(await namedIn('ocsf')).toEqual(named);
    expect(await namedIn('raw')).toEqual(named);
    const values = named.flat().flatMap((found) => found ?? []);
    expect(values).toEqual(expect.arrayContaining(['owner', 'api.files.read', 'disabled', 'invalid_credentials']));
  });

  test('takes the date from the sink alone: the event’s own time would have a late one dropped', async () => {
    const { processors } = contents.find(({ kind }) => kind === 'log pipeline')!.body;
    const dates = (processors as readonly Json[]).filter(({ type }) => type === 'date-remapper');
    expect(dates.map(({ sources }) => sources)).toEqual([['timestamp']]);
    const { attributes } = await held(recordOf('login.failed'), 'ecs', true);
    expect(Number(attributes.get('timestamp')?.[0])).toBeGreaterThan(HAPPENED * 1_000 + 18 * 3_600_000);
    expect(attributes.get('openai.effective_at')).toEqual([new Date(HAPPENED * 1_000).toISOString()]);
  });
});
