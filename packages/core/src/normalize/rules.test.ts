/** The rules one by one, each on the smallest record that shows it. */
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../event.ts';
import { entryOf } from './__fixtures__/synthetic-events.ts';
import { createRenderer } from './renderer.ts';

function documentsOf(record: JsonObject): { readonly ecs: JsonObject; readonly ocsf: JsonObject } {
  const render = createRenderer({ name: 'relay-0', version: '0.1.0' });
  const [ecs, ocsf] = (['ecs', 'ocsf'] as const).map(
    (format): JsonObject => JSON.parse(render(entryOf(record), { format, dataset: 'd', namespace: 'n' }).json),
  );
  return { ecs: ecs ?? {}, ocsf: ocsf ?? {} };
}

function session(members: JsonObject): JsonObject {
  return { type: 'login.succeeded', actor: { type: 'session', session: members } };
}

const assignment = {
  id: 'role_assignment_role-1__org__x',
  principal_id: 'p-1',
  resource_id: 'r-1',
  resource_type: 'org',
};

const NOBODY = { name: 'unknown', type_id: 0, type: 'Unknown' };

type Rule = readonly [string, JsonObject, { readonly ecs?: JsonObject; readonly ocsf?: JsonObject }];

const rules: readonly Rule[] = [
  [
    'an address that is none is an address, not an ip',
    session({ ip_address: 'fe80::1%eth0' }),
    { ecs: { source: { address: 'fe80::1%eth0' } }, ocsf: { src_endpoint: { name: 'fe80::1%eth0' } } },
  ],
  ...(
    [
      ['an address with a port', '203.0.113.5:52144', '203.0.113.5', 52_144],
      ['an IPv6 address with a port', '[2001:db8::1]:443', '2001:db8::1', 443],
      ['an IPv6 address in brackets', '[2001:db8::1]', '2001:db8::1', undefined],
      ['an IPv6 address that ends like a port', '2001:db8::1:443', '2001:db8::1:443', undefined],
      ['a list', '203.0.113.5, 10.0.0.1', '203.0.113.5', undefined],
      ['a list with ports', ' [2001:db8::1]:443 ,10.0.0.1:80', '2001:db8::1', 443],
      ['the least and the most of a port', '203.0.113.5:65535,203.0.113.5:0', '203.0.113.5', 65_535],
    ] as const
  ).map(
    ([name, address, ip, port]): Rule => [
      `${name} gives the first address, and its port`,
      session({ ip_address: address }),
      {
        ecs: {
          source: { address: address.trim(), ip, ...(port === undefined ? {} : { port }) },
          related: { ip: [ip] },
        },
        ocsf: { src_endpoint: { ip, ...(port === undefined ? {} : { port }) } },
      },
    ],
  ),
  ...[
    '203.0.113.5:65536',
    '203.0.113.5:',
    '[203.0.113.5]:80',
    '[2001:db8::1]x',
    'host:80',
    ', 203.0.113.5',
    '::1%eth0',
  ].map(
    (address): Rule => [
      `${address} is an address, and no ip`,
      session({ ip_address: address }),
      { ecs: { source: { address } }, ocsf: { src_endpoint: { name: address } } },
    ],
  ),
  [
    'coordinates out of range are left out, both',
    session({ ip_address: '192.0.2.1', ip_address_details: { latitude: '90.1', longitude: '1', city: 'X' } }),
    { ecs: { source: { address: '192.0.2.1', ip: '192.0.2.1', geo: { city_name: 'X' } } } },
  ],
  [
    'a country of unknown code is a name, and its region has no code',
    session({ ip_address: '192.0.2.1', ip_address_details: { country: 'Atlantis', region: 'R', region_code: 'AB' } }),
    {
      ecs: { source: { address: '192.0.2.1', ip: '192.0.2.1', geo: { country_name: 'Atlantis', region_name: 'R' } } },
      ocsf: { src_endpoint: { ip: '192.0.2.1', location: { region: 'R' } } },
    },
  ],
  [
    'a role is assigned to a user',
    { type: 'role.assignment.created', 'role.assignment.created': assignment },
    {
      ecs: { user: { target: { id: 'p-1', roles: ['role-1'] } } },
      ocsf: {
        class_uid: 3005,
        user: { uid: 'p-1', name: 'p-1', type_id: 1, type: 'User' },
        privileges: ['role-1'],
        resources: [{ uid: 'r-1', type: 'org', role_id: 1 }],
      },
    },
  ],
  [
    'a role is assigned to a group',
    { type: 'tenant.role_assignment.deleted', details: { ...assignment, principal_type: 'group' } },
    {
      ecs: { group: { id: 'p-1' }, event: expect.objectContaining({ type: ['group', 'change'] }) },
      ocsf: {
        class_uid: 3006,
        activity_id: 2,
        group: { uid: 'p-1' },
        privileges: ['role-1'],
        resource: { uid: 'r-1', type: 'org', role_id: 1 },
      },
    },
  ],
  [
    'a user is given a role',
    { type: 'user.updated', 'user.updated': { id: 'u-1', changes_requested: { role: 'owner' } } },
    {
      ecs: { user: { target: { id: 'u-1' }, changes: { roles: ['owner'] } } },
      ocsf: { class_uid: 3005, privileges: ['owner'] },
    },
  ],
  [
    'a service account is changed in another way',
    { type: 'service_account.updated', 'service_account.updated': { id: 's-1' } },
    { ocsf: { class_uid: 3001, activity_id: 99, user: { uid: 's-1', name: 's-1', type_id: 4, type: 'Service' } } },
  ],
  [
    'somebody is invited',
    { type: 'invite.sent', 'invite.sent': { id: 'i-1', data: { email: 'bob@example.com', role: 'reader' } } },
    {
      ecs: {
        user: { target: { email: 'bob@example.com', roles: ['reader'] } },
        related: { user: ['bob@example.com'] },
      },
      ocsf: { entity: { type: 'Invite', type_id: 99, uid: 'i-1', data: { email: 'bob@example.com', role: 'reader' } } },
    },
  ],
  [
    'a change keeps the old name unless it gives a new one',
    { type: 'project.updated', 'project.updated': { id: 'p-1', changes_requested: { title: 'New' } } },
    {
      ocsf: {
        entity: { type: 'Project', type_id: 99, uid: 'p-1' },
        entity_result: { type: 'Project', type_id: 99, uid: 'p-1', name: 'New', data: { title: 'New' } },
      },
    },
  ],
  [
    'a policy is an entity with a policy in it',
    { type: 'tenant.policy.created', 'tenant.policy.created': { id: 'p-1', name: 'P' } },
    { ocsf: { entity: { type: 'Policy', type_id: 5, uid: 'p-1', name: 'P', policy: { uid: 'p-1', name: 'P' } } } },
  ],
  [
    'a change of an organization has an organization in it, by its new name',
    { type: 'organization.updated', 'organization.updated': { id: 'org-9', changes_requested: { name: 'New' } } },
    {
      ocsf: {
        entity: { type: 'Organization', type_id: 4, uid: 'org-9', org: { uid: 'org-9' } },
        entity_result: {
          type: 'Organization',
          type_id: 4,
          uid: 'org-9',
          name: 'New',
          data: { name: 'New' },
          org: { uid: 'org-9', name: 'New' },
        },
      },
    },
  ],
  [
    'a policy that nobody knows is one all the same',
    { type: 'tenant.policy.created' },
    { ocsf: { entity: { type: 'Policy', type_id: 5, name: 'unknown', policy: { name: 'unknown' } } } },
  ],
  [
    'so is a user that is looked up, of unknown type',
    { type: 'tenant.user.looked_up' },
    {
      ocsf: {
        entity: { type: 'User', type_id: 2, name: 'unknown', user: { name: 'unknown', type_id: 0, type: 'Unknown' } },
      },
    },
  ],
  ['who logged in and is not named is of unknown type', { type: 'login.failed' }, { ocsf: { user: NOBODY } }],
  ['an account that is not named too', { type: 'tenant.user.added' }, { ocsf: { user: NOBODY } }],
  [
    'what the class demands and nobody knows is unknown',
    { type: 'api_key.deleted' },
    { ocsf: { entity: { type: 'API Key', type_id: 99, name: 'unknown' }, actor: { app_name: 'unknown' } } },
  ],
  [
    'a key without a user is a session of a credential',
    { type: 'api_key.deleted', actor: { type: 'api_key', api_key: { id: 'key_1' } } },
    { ocsf: { actor: { session: { credential_uid: 'key_1' } } } },
  ],
  [
    'an inherited name is no payload',
    { type: 'constructor' },
    { ecs: { event: expect.objectContaining({ type: ['info'], outcome: 'unknown' }), openai: undefined } },
  ],
  [
    'a name with line ends stays on one line of the message',
    { type: 'role.deleted', 'role.deleted': { name: 'a\r\nb' } },
    { ecs: { message: 'role.deleted by unknown on a b' } },
  ],
];

describe('rules', () => {
  test.each(rules)('%s', (_, record, expected) => {
    const { ecs, ocsf } = documentsOf(record);
    for (const [member, value] of Object.entries(expected.ecs ?? {})) expect(ecs[member], member).toEqual(value);
    for (const [member, value] of Object.entries(expected.ocsf ?? {})) expect(ocsf[member], member).toEqual(value);
  });
});
