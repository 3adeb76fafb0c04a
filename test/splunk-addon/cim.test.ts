/**
 * What an analyst has of each event in Splunk: the tags that the data models look for, and the fields of the Common
 * Information Model, whatever the format. The add-on’s own files are evaluated, over documents that the core renders.
 */
import { readFileSync } from 'node:fs';
import { known } from '@audit-relay/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { builtAddon, filesOf } from './archive.ts';
import { FORMATS, type Format, indexed, recordOf, type Sample, samplesIn } from './documents.ts';
import { type SearchHead, searchHead } from './search-time.ts';

interface Expected {
  readonly tags: readonly string[];
  /** Of `action`, `object_category`, `change_type`, `status`; an empty one is not there. */
  readonly values: Readonly<Record<string, string>>;
}

/** Written by hand, apart from the table that the add-on is made of. */
const EXPECTED: ReadonlyMap<string, Expected> = new Map(
  readFileSync(new URL(new URL('./__fixtures__/cim.csv', import.meta.url).href.replace('/dist/', '/')), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [type = '', tags = '', action = '', object_category = '', change_type = '', status = ''] = line.split(',');
      return [
        type,
        { tags: tags.split(' ').filter(Boolean), values: { action, object_category, change_type, status } },
      ];
    }),
);

/** An event as an analyst sees it. */
interface Seen extends Omit<Sample, 'fields'> {
  readonly tags: readonly string[];
  readonly eventTypes: readonly string[];
  /** Several values are joined by a line break; undefined: there is no such field. */
  get(field: string): string | undefined;
}

let head: SearchHead;
const samples = new Map<Format, readonly Seen[]>();

beforeAll(async () => {
  head = searchHead(filesOf((await builtAddon()).content));
  for (const format of FORMATS) samples.set(format, (await samplesIn(format)).map(look));
});

async function seen(records: readonly string[], format: Format): Promise<readonly Seen[]> {
  return (await indexed(records, format)).map(look);
}

function look(sample: Sample): Seen {
  const { fields, ...found } = head(sample);
  return { ...sample, ...found, get: (field) => fields.get(field)?.join('\n') };
}

/** Of one record, these fields; those that are not there are left out. */
async function fieldsOf(record: string, format: Format, names: readonly string[]): Promise<object> {
  const [event] = await seen([record], format);
  return Object.fromEntries(names.flatMap((name) => (event?.get(name) === undefined ? [] : [[name, event.get(name)]])));
}

test('the expectations are about every type that is known, and no other', () => {
  expect([...EXPECTED.keys()].toSorted()).toEqual(
    known
      .types()
      .map(([type]) => type)
      .toSorted(),
  );
});

describe.each(FORMATS)('%s: every event type', (format) => {
  test.each([...EXPECTED])('%s has its tags and values', (type, { tags, values }) => {
    const events = (samples.get(format) ?? []).filter((event) => event.type === type);
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) {
      const isOfGroup = event.get('object_category') === 'group' && values['object_category'] === 'user';
      expect(event.tags).toEqual(isOfGroup ? ['change'] : tags);
      expect(event.eventTypes).toContain('openai_audit');
      const found = ['action', 'object_category', 'change_type', 'status'].map((field) => [
        field,
        event.get(field) ?? '',
      ]);
      const expected = isOfGroup ? { ...values, object_category: 'group' } : values;
      // The data models leave these two to logins and changes: a logout has an outcome, and no place.
      const isLogin = values['change_type'] === '';
      expect(Object.fromEntries(found)).toEqual(
        isLogin ? { ...expected, status: event.get('status') ?? '' } : expected,
      );
    }
  });

  test('has what its data model cannot do without', () => {
    const both = ['event_id', 'event_action', 'app', 'dest', 'src', 'user', 'vendor_product', 'severity_id'];
    const needed: Readonly<Record<string, readonly string[]>> = {
      authentication: [...both, 'action', 'signature_id'],
      change: [...both, 'action', 'change_type', 'command', 'dvc', 'object', 'object_category'],
      account: [...both, 'src_user'],
    };
    for (const event of (samples.get(format) ?? []).filter(({ type }) => EXPECTED.has(type))) {
      const missing = event.tags.flatMap((tag) => needed[tag] ?? ['a tag that is not known']);
      expect(missing.filter((field) => (event.get(field) ?? '') === '')).toEqual([]);
      expect(event.get('event_id')).toBe(event.id);
      expect(event.get('event_action')).toBe(event.type);
      expect(event.get('command')).toBe(event.type);
      expect(event.get('signature_id')).toBe(event.type);
    }
  });
});

/** What a record itself does not say, or says in its own way: no organization, and countries as OpenAI spells them. */
const UNLIKE: Readonly<Record<'ocsf' | 'raw', readonly string[]>> = {
  ocsf: [],
  raw: ['vendor_account: undefined for org-abcdefghijklmnopqrstuvwx', 'src_country: USA for US'],
};

describe.each(['ocsf', 'raw'] as const)('%s: a sample event has the values that it has in ECS', (format) => {
  const fields = [
    'action',
    'user',
    'user_id',
    'src_user',
    'src_user_id',
    'src',
    'src_ip',
    'src_country',
    'user_agent',
    'user_type',
  ];
  const others = [
    'object',
    'object_id',
    'object_category',
    'object_attrs',
    'status',
    'reason',
    'project_id',
    'project_name',
  ];
  const more = ['authentication_method', 'api_key_id', 'vendor_account', 'change_type', 'severity_id'];

  test.each([...fields, ...others, ...more])('of %s', (field) => {
    const ecs = samples.get('ecs') ?? [];
    const unlike = (samples.get(format) ?? []).flatMap((event, index) => {
      const [here, there] = [event.get(field), ecs[index]?.get(field)];
      return here === there ? [] : [`${field}: ${here} for ${there}`];
    });
    expect([...new Set(unlike)]).toEqual(UNLIKE[format].filter((line) => line.startsWith(`${field}:`)));
  });
});

const ADA = { user: 'ada@example.com', user_id: 'user-1', src: '192.0.2.1', src_ip: '192.0.2.1', src_country: 'BR' };
const SYSTEM = { app: 'openai', dest: 'openai', dvc: 'openai', vendor_product: 'OpenAI API Platform' };
const PLACE = { project_id: 'proj_1', project_name: 'Payments' };
const WHO = ['user', 'user_id', 'src_user', 'src_user_id', 'user_type', 'authentication_method', 'api_key_id'];
const WHAT = ['object', 'object_id', 'object_category', 'object_attrs'];
const service = {
  type: 'api_key',
  api_key: { id: 'key_1', type: 'service_account', service_account: { id: 'svc_1' } },
};

const CASES: readonly (readonly [
  name: string,
  record: string,
  fields: Readonly<Record<string, string>>,
  asked: readonly string[],
])[] = [
  [
    'a login',
    recordOf('login.succeeded', {}),
    { ...ADA, ...SYSTEM, action: 'success', user_agent: 'curl/8.9.1', user_type: 'session', severity_id: '1' },
    [...Object.keys({ ...ADA, ...SYSTEM }), 'action', 'user_agent', 'severity_id', ...WHO, ...WHAT],
  ],
  [
    'a login that failed says why',
    recordOf('login.failed', { error_code: 'mfa', error_message: 'second factor missing' }),
    { action: 'failure', reason: 'second factor missing', result: 'second factor missing', severity_id: '2' },
    ['action', 'reason', 'result', 'change_type', 'object', 'severity_id'],
  ],
  [
    'a key made by a service account',
    recordOf('api_key.created', { id: 'key_2', data: { scopes: ['a'] } }, { actor: service }),
    {
      ...PLACE,
      user: 'svc_1',
      user_id: 'svc_1',
      src: 'unknown',
      user_type: 'api_key',
      authentication_method: 'api_key',
      api_key_id: 'key_1',
      object: 'key_2',
      object_id: 'key_2',
      object_category: 'api_key',
    },
    ['src', 'src_ip', ...Object.keys(PLACE), ...WHO, ...WHAT],
  ],
  [
    'a change by a key that names nobody',
    recordOf(
      'project.updated',
      { id: 'proj_9', changes_requested: { title: 'New', other: [1] } },
      { actor: { type: 'api_key', api_key: { id: 'key_3' } } },
    ),
    {
      user: 'key_3',
      user_type: 'api_key',
      authentication_method: 'api_key',
      api_key_id: 'key_3',
      object: 'proj_9',
      object_id: 'proj_9',
      object_category: 'project',
      object_attrs: 'title\nother',
    },
    [...WHO, ...WHAT],
  ],
  [
    'a change by nobody',
    recordOf('rate_limit.updated', { id: 'rl_1' }, { actor: null, project: null }),
    { user: 'unknown', src: 'unknown', object: 'rl_1', object_id: 'rl_1', object_category: 'rate_limit' },
    ['src', 'src_ip', ...Object.keys(PLACE), ...WHO, ...WHAT],
  ],
  [
    'a change of an account: the user is whom it was done to',
    recordOf('user.updated', { id: 'user-2', changes_requested: { role: 'owner' } }),
    {
      user: 'user-2',
      user_id: 'user-2',
      src_user: 'ada@example.com',
      src_user_id: 'user-1',
      user_type: 'session',
      object: 'user-2',
      object_id: 'user-2',
      object_category: 'user',
      object_attrs: 'role',
    },
    [...WHO, ...WHAT],
  ],
  [
    'a change of an account that is not named',
    recordOf('user.deleted', {}),
    {
      user: 'unknown',
      src_user: 'ada@example.com',
      src_user_id: 'user-1',
      user_type: 'session',
      object: 'unknown',
      object_category: 'user',
    },
    [...WHO, ...WHAT],
  ],
  [
    'a role given to a user',
    recordOf('role.assignment.created', { id: 'role_assignment_r__x', principal_id: 'user-3', principal_type: 'user' }),
    {
      user: 'user-3',
      user_id: 'user-3',
      src_user: 'ada@example.com',
      object: 'user-3',
      object_id: 'user-3',
      object_category: 'user',
    },
    ['user', 'user_id', 'src_user', ...WHAT],
  ],
  [
    'a role given to a group, which is no account',
    recordOf('role.assignment.created', { id: 'ra_1', principal_id: 'group-1', principal_type: 'group' }),
    { user: 'ada@example.com', user_id: 'user-1', object: 'group-1', object_id: 'group-1', object_category: 'group' },
    ['user', 'user_id', 'src_user', ...WHAT],
  ],
  [
    'an invitation is for an address',
    recordOf('invite.sent', { id: 'invite-1', data: { email: 'bob@example.com', role: 'reader' } }),
    { user: 'ada@example.com', object: 'bob@example.com', object_id: 'invite-1', object_category: 'invite' },
    ['user', 'src_user', ...WHAT],
  ],
  [
    'a group has a name',
    recordOf('group.created', { id: 'group-2', data: { group_name: 'Ops' } }),
    { object: 'Ops', object_id: 'group-2', object_category: 'group' },
    WHAT,
  ],
];

const OLD = { id: 'log_1', created_at: 1_697_059_200, actor: { type: 'user', id: 'user_a', name: 'ada@example.com' } };

describe.each(FORMATS)('%s: what is in no table, or under another name', (format) => {
  const target = { type: 'user', id: 'user_b', name: 'bob@example.com' };
  const cases: readonly (readonly [string, string, readonly string[], Readonly<Record<string, string>>])[] = [
    [
      'a type that ends in a known word',
      recordOf('widget.created', { id: 'w_1' }),
      ['change'],
      { action: 'created', change_type: 'configuration' },
    ],
    [
      'one that says that something was begun',
      recordOf('widget.started', { id: 'w_1' }),
      ['change'],
      { action: 'modified' },
    ],
    ['one that says nothing', recordOf('quantum.entangled', { id: 'q_1' }), [], { severity_id: '1' }],
    ['one that looks like a login', recordOf('login.pondered', {}), [], {}],
    [
      'an account in the older dialect',
      JSON.stringify({ ...OLD, event: 'organization.user.created', target, success: true }),
      ['account', 'change'],
      {
        action: 'created',
        user_id: 'user_b',
        object_id: 'user_b',
        object_category: 'user',
        change_type: 'AAA',
        status: 'success',
      },
    ],
    [
      'a call of the API, which changes nothing here',
      JSON.stringify({ ...OLD, event: 'chat.completions.create', target: { type: 'chat_completion', id: 'c_1' } }),
      [],
      { user: 'ada@example.com', object_id: 'c_1' },
    ],
  ];

  test.each(cases)('%s', async (_, record, ...[tags, expected]) => {
    const [event] = await seen([record], format);
    expect(event?.tags).toEqual(tags);
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, event?.get(name)]))).toEqual(expected);
    if (tags.length === 0) expect([event?.get('action'), event?.get('change_type')]).toEqual([undefined, undefined]);
  });

  test.each([
    ['user', ['account', 'change']],
    ['GROUP', ['change']],
    [undefined, ['account', 'change']],
  ])('a role given to a principal of the type %s has the tags %j', async (principal_type, tags) => {
    for (const type of ['role.assignment.created', 'tenant.role_assignment.deleted']) {
      const [event] = await seen([recordOf(type, { principal_id: 'p_1', principal_type })], format);
      expect(event?.tags).toEqual(tags);
    }
  });

  test('an event that came by a file, without indexed fields, has them from its document', async () => {
    const [sample] = await indexed([recordOf('api_key.created', { id: 'key_1' })], format);
    if (sample === undefined) throw new Error('no event');
    const { fields, tags } = head({ ...sample, fields: {} });
    expect(tags).toEqual(['change']);
    expect(['event_id', 'event_action', 'project_id'].map((name) => fields.get(name))).toEqual([
      [sample.id],
      ['api_key.created'],
      ['proj_1'],
    ]);
  });
});

describe.each(FORMATS)('%s: the fields of', (format) => {
  test.each(CASES)('%s', async (_, record, ...[expected, asked]) => {
    expect(await fieldsOf(record, format, asked)).toEqual(expected);
  });
});
