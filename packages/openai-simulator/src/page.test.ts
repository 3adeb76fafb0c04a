import { describe, expect, test } from 'vitest';
import { AuditLog } from './audit-log.ts';
import { defaultKnobs } from './knobs.ts';
import { readQuery } from './query.ts';

const startMs = 1_790_000_000_000;
const second = startMs / 1000;

/** Five events of the organization's feed, e5 the newest, and two of the tenant's. */
const records = [
  {
    id: 'e1',
    type: 'project.created',
    effective_at: second - 500,
    project: { id: 'p1' },
    'project.created': { id: 'p9' },
  },
  {
    id: 'e2',
    type: 'user.added',
    effective_at: second - 400,
    project: { id: 'p2' },
    actor: session('u1', 'a@example.com'),
  },
  { id: 'e3', type: 'user.added', effective_at: second - 300, actor: userKey('k1', 'u2', 'b@example.com') },
  { id: 'e4', type: 'group.created', effective_at: second - 200, actor: serviceKey('k2', 's1'), details: { id: 'g1' } },
  { id: 'e5', type: 'login.succeeded', effective_at: second - 100, actor: null },
  { id: 't1', type: 'role.bound_to_resource', effective_at: second - 90, 'role.bound_to_resource': { id: 'w__c' } },
  { id: 't2', type: 'tenant.group.created', effective_at: second - 80 },
];

function session(id: string, email: string): object {
  return { type: 'session', session: { user: { id, email } } };
}

function userKey(keyId: string, id: string, email: string): object {
  return { type: 'api_key', api_key: { id: keyId, type: 'user', user: { id, email } } };
}

function serviceKey(keyId: string, id: string): object {
  return { type: 'api_key', api_key: { id: keyId, type: 'service_account', service_account: { id } } };
}

/** The ids on the page of the log that a query string asks for. */
function askedIds(query: string, inLog: readonly object[] = records): readonly (string | undefined)[] {
  const late = { share: 0, maxS: 0 };
  const log = new AuditLog({ seed: 1, events: 0, spanMs: 0, rate: 0, late, records: [], now: () => startMs });
  log.add(inLog.map((record) => ({ record })));
  const page = log.page(readQuery(new URLSearchParams(query), defaultKnobs), 'desc');
  return page.events.map((event) => log.id(event));
}

describe('a page', () => {
  const everything = ['e5', 'e4', 'e3', 'e2', 'e1'];
  const cases: readonly { readonly name: string; readonly query: string; readonly ids: readonly string[] }[] = [
    { name: 'without parameters has the newest first', query: '', ids: everything },
    { name: 'with tenant_only has the other feed', query: 'tenant_only=true', ids: ['t2', 't1'] },
    { name: 'with gt leaves the bound out', query: `effective_at[gt]=${second - 300}`, ids: ['e5', 'e4'] },
    { name: 'with gte takes the bound in', query: `effective_at[gte]=${second - 300}`, ids: ['e5', 'e4', 'e3'] },
    { name: 'with lt leaves the bound out', query: `effective_at[lt]=${second - 300}`, ids: ['e2', 'e1'] },
    { name: 'with lte takes the bound in', query: `effective_at[lte]=${second - 300}`, ids: ['e3', 'e2', 'e1'] },
    { name: 'reads encoded brackets too', query: `effective_at%5Bgte%5D=${second - 200}`, ids: ['e5', 'e4'] },
    {
      name: 'holds both bounds',
      query: `effective_at[gte]=${second - 400}&effective_at[lt]=${second - 200}`,
      ids: ['e3', 'e2'],
    },
    {
      name: 'of a window that ends before it begins is empty',
      query: 'effective_at[gte]=9&effective_at[lt]=5',
      ids: [],
    },
    {
      name: 'narrowed to types has those',
      query: 'event_types[]=user.added&event_types%5B%5D=group.created',
      ids: ['e4', 'e3', 'e2'],
    },
    { name: 'narrowed to a type of the other feed is empty', query: 'event_types[]=tenant.group.created', ids: [] },
    { name: 'narrowed to projects has those', query: 'project_ids[]=p1&project_ids[]=p2', ids: ['e2', 'e1'] },
    { name: 'narrowed to a user has those', query: 'actor_ids[]=u1&actor_ids[]=u2', ids: ['e3', 'e2'] },
    { name: 'narrowed to a key has those', query: 'actor_ids[]=k1', ids: ['e3'] },
    { name: 'narrowed to a service account has those', query: 'actor_ids[]=s1', ids: ['e4'] },
    {
      name: 'narrowed to emails has those',
      query: 'actor_emails[]=a%40example.com&actor_emails[]=b%40example.com',
      ids: ['e3', 'e2'],
    },
    { name: 'narrowed to targets has those', query: 'resource_ids[]=p9&resource_ids[]=g1', ids: ['e4', 'e1'] },
    { name: 'narrowed to a connector role has those', query: 'tenant_only=true&resource_ids[]=w__c', ids: ['t1'] },
    { name: 'fulfils all filters at once', query: 'event_types[]=user.added&project_ids[]=p2', ids: ['e2'] },
    {
      name: 'ignores names that nobody knows',
      query: 'order=asc&start_time=5&event_types=user.added',
      ids: everything,
    },
    { name: 'after an event has what is older', query: 'after=e4', ids: ['e3', 'e2', 'e1'] },
    { name: 'after an event stays within the filter', query: 'after=e4&event_types[]=project.created', ids: ['e1'] },
    { name: 'before an event has what is next to it', query: 'before=e2&limit=2', ids: ['e4', 'e3'] },
    { name: 'between two events has what lies between', query: 'after=e5&before=e2', ids: ['e4', 'e3'] },
  ];
  test.each(cases)('$name', ({ query, ids }) => {
    expect(askedIds(query)).toEqual(ids);
  });

  test('has an event between two seconds in the earlier one', () => {
    const between = [{ id: 'b1', type: 'project.created', effective_at: second - 300.5 }];
    expect(askedIds(`effective_at[gte]=${second - 301}&effective_at[lt]=${second - 300}`, between)).toEqual(['b1']);
    expect(askedIds(`effective_at[gte]=${second - 300}`, between)).toEqual([]);
  });
});
