/** What is asked for, and what passes as asked for. */
import { expect, test } from 'vitest';
import { type Filters, filterParameters, mayHold, standing } from './filters.ts';

const types = { event_types: ['login.failed', 'tenant.role.created', 'widget.made', 'tenant.widget.made'] };

test.for<{ name: string; filters: Filters; feed: 'organization' | 'tenant'; asked: readonly (readonly string[])[] }>([
  { name: 'no filter asks nothing', filters: {}, feed: 'organization', asked: [] },
  {
    name: 'every value is a parameter of its own',
    filters: { project_ids: ['proj_1', 'proj_2'], actor_emails: ['a@b.example'] },
    feed: 'organization',
    asked: [
      ['project_ids[]', 'proj_1'],
      ['project_ids[]', 'proj_2'],
      ['actor_emails[]', 'a@b.example'],
    ],
  },
  {
    name: 'the organization feed is asked for its own types, unknown ones by their name',
    filters: types,
    feed: 'organization',
    asked: [
      ['event_types[]', 'login.failed'],
      ['event_types[]', 'widget.made'],
    ],
  },
  {
    name: 'the tenant feed is asked for those of a tenant alone, as it refuses others',
    filters: types,
    feed: 'tenant',
    asked: [
      ['event_types[]', 'tenant.role.created'],
      ['event_types[]', 'tenant.widget.made'],
    ],
  },
])('$name', ({ filters, feed, asked }) => {
  expect(filterParameters(filters, feed)).toEqual(asked);
});

test('a feed without any of the types is not read', () => {
  expect(mayHold({ event_types: ['login.failed'] }, 'tenant')).toBe(false);
  expect(mayHold({ event_types: ['role.bound_to_resource'] }, 'tenant')).toBe(true);
  expect(mayHold({ project_ids: ['proj_1'] }, 'tenant')).toBe(true);
});

const record = {
  id: 'audit_log-1',
  type: 'api_key.created',
  project: { id: 'proj_1', name: 'One' },
  actor: { type: 'session', session: { user: { id: 'user-1', email: 'Ann@b.example' } } },
  'api_key.created': { id: 'key_1', data: { scopes: ['x'], owner: 'svc_acct_1' } },
};
const byKey = {
  ...record,
  actor: { type: 'api_key', api_key: { id: 'key_2', service_account: { id: 'svc_acct_2' } } },
};

test.for<{ name: string; record: object; filters: Filters; passes: ReturnType<typeof standing> }>([
  { name: 'all of them', record, filters: {}, passes: 'asked' },
  { name: 'its type', record, filters: { event_types: ['x', 'api_key.created'] }, passes: 'asked' },
  { name: 'another type', record, filters: { event_types: ['api_key.deleted'] }, passes: 'out_of_filter' },
  { name: 'its project', record, filters: { project_ids: ['proj_1'] }, passes: 'asked' },
  { name: 'another project', record, filters: { project_ids: ['proj_2'] }, passes: 'out_of_filter' },
  {
    name: 'a record without a project',
    record: { ...record, project: undefined },
    filters: { project_ids: ['proj_2'] },
    passes: 'asked',
  },
  { name: 'its address in another case', record, filters: { actor_emails: ['ann@B.example'] }, passes: 'asked' },
  { name: 'another address', record, filters: { actor_emails: ['bob@b.example'] }, passes: 'out_of_filter' },
  {
    name: 'a record without an actor',
    record: { ...record, actor: null },
    filters: { actor_emails: ['bob@b.example'] },
    passes: 'asked',
  },
  { name: 'its user', record, filters: { actor_ids: ['user-1'] }, passes: 'asked' },
  { name: 'its key', record: byKey, filters: { actor_ids: ['key_2'] }, passes: 'asked' },
  { name: 'its service account', record: byKey, filters: { actor_ids: ['svc_acct_2'] }, passes: 'asked' },
  { name: 'another actor', record: byKey, filters: { actor_ids: ['user-1'] }, passes: 'out_of_filter' },
  { name: 'its target', record, filters: { resource_ids: ['key_1'] }, passes: 'asked' },
  { name: 'a resource anywhere in the payload', record, filters: { resource_ids: ['svc_acct_1'] }, passes: 'asked' },
  { name: 'another target', record, filters: { resource_ids: ['key_9'] }, passes: 'doubtful' },
  {
    name: 'a record without a payload',
    record: { id: 'x', type: 'tenant.x' },
    filters: { resource_ids: ['key_9'] },
    passes: 'asked',
  },
  {
    name: 'one filter of two',
    record,
    filters: { project_ids: ['proj_1'], actor_ids: ['user-2'] },
    passes: 'out_of_filter',
  },
])('$name: $passes', ({ record: given, filters, passes }) => {
  // Any JSON object is a record here.
  expect(standing(given as Parameters<typeof standing>[0], filters)).toBe(passes);
});
