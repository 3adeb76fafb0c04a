import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { answer } from './answer.ts';
import { AuditLog } from './audit-log.ts';
import { History } from './history.ts';
import { at } from './json.ts';
import { defaultKnobs, type Knobs } from './knobs.ts';

const startMs = 1_790_000_000_000;
const key = 'sk-admin-test';

const records = ['e1', 'e2', 'e3', 'e4', 'e5', 't1', 't2'].map((id, index) => ({
  id,
  type: id.startsWith('t') ? 'tenant.group.created' : 'user.added',
  effective_at: startMs / 1000 - 100 + index,
}));

interface Asked {
  readonly knobs?: Partial<Knobs>;
  readonly method?: string;
  readonly authorization?: string | undefined;
  readonly events?: number;
}

/** What a log with the records above answers. */
function ask(
  query: string,
  asked: Asked = {},
): { readonly status: number; readonly body: unknown; readonly ids: readonly unknown[] } {
  const late = { share: 0, maxS: 0 };
  const past = { seed: 1, events: asked.events ?? 0, spanMs: 60_000, rate: 0, late, records: [], now: () => startMs };
  const log = new AuditLog(past);
  log.add(records.map((record) => ({ record })));
  const { method = 'GET', authorization = `Bearer ${key}` } = asked;
  const headers = 'authorization' in asked && asked.authorization === undefined ? {} : { authorization };
  const request = {
    method,
    path: '/v1/organization/audit_logs',
    query: new URLSearchParams(query),
    headers,
    number: 1,
  };
  const { status, body: bytes } = answer(request, {
    log,
    knobs: { ...defaultKnobs, ...asked.knobs },
    key,
    now: () => startMs,
    history: new History(),
  });
  if (bytes instanceof Readable) throw new Error('expected a page, not a stream');
  const body: unknown = JSON.parse(Buffer.from(bytes).toString());
  const data = at(body, 'data');
  return { status, body, ids: Array.isArray(data) ? data.map((event) => at(event, 'id')) : [] };
}

describe('a page', () => {
  test('says what it is, where it begins and ends, and whether more follows', () => {
    const data = [records[4], records[3]];
    expect(ask('limit=2').body).toEqual({ object: 'list', data, first_id: 'e5', last_id: 'e4', has_more: true });
    expect(ask('limit=3&after=e4').body).toMatchObject({ last_id: 'e1', has_more: false });
  });

  test('that is empty has null for its ends', () => {
    expect(ask('after=e1').body).toEqual({ object: 'list', data: [], first_id: null, last_id: null, has_more: false });
  });

  test('has 20 events when nothing is said, and at most 100', () => {
    expect(ask('', { events: 300 }).ids).toHaveLength(20);
    expect(ask('limit=101', { events: 300 }).ids).toHaveLength(100);
  });
});

describe('an error', () => {
  const badKey = { param: null, code: 'invalid_api_key' };
  const other = { param: null, code: null };
  const badValue = (param: string): object => ({ param, code: 'invalid_value' });
  const twoTypes = 'event_types[]=tenant.group.created&event_types[]=user.added';
  const cases: readonly {
    readonly name: string;
    readonly query?: string;
    readonly asked?: Asked;
    readonly status: number;
    readonly error: object;
  }[] = [
    { name: 'for a request without a key', asked: { authorization: undefined }, status: 401, error: other },
    { name: 'for a wrong admin key', asked: { authorization: 'Bearer sk-admin-x' }, status: 401, error: badKey },
    { name: 'for a key without the scope', asked: { authorization: 'Bearer sk-proj-x' }, status: 401, error: other },
    { name: 'for another scheme', asked: { authorization: `Basic ${key}` }, status: 401, error: other },
    { name: 'for another method', asked: { method: 'POST' }, status: 405, error: other },
    { name: 'for a limit of 0', query: 'limit=0', status: 400, error: badValue('limit') },
    { name: 'for a limit that is no number', query: 'limit=all', status: 400, error: badValue('limit') },
    {
      name: 'for a limit over 100 when that is asked for',
      query: 'limit=101',
      asked: { knobs: { limit_above_max: 'error' } },
      status: 400,
      error: badValue('limit'),
    },
    {
      name: 'for a time that is no integer',
      query: 'effective_at[gte]=2026-01-01',
      status: 400,
      error: badValue('effective_at[gte]'),
    },
    { name: 'for a flag that is none', query: 'tenant_only=1', status: 400, error: badValue('tenant_only') },
    {
      name: 'for a type of the other feed with tenant_only',
      query: `tenant_only=true&${twoTypes}`,
      status: 400,
      error: badValue('event_types'),
    },
    { name: 'for a cursor that names nothing', query: 'after=e9', status: 400, error: badValue('after') },
    { name: 'for a cursor of the other feed', query: 'before=t1', status: 400, error: badValue('before') },
    {
      name: 'for an organization that never switched logging on, when that is asked for',
      asked: { knobs: { logging_off: '403' } },
      status: 403,
      error: other,
    },
    {
      name: 'for the tenant feed of an organization without a tenant',
      query: 'tenant_only=true',
      asked: { knobs: { tenant_unavailable: 403 } },
      status: 403,
      error: { param: 'tenant_only', code: null },
    },
  ];
  test.each(cases)('$name has its status and the documented body', ({ query = '', asked = {}, status, error }) => {
    const answered = ask(query, asked);
    expect(answered.status).toBe(status);
    expect(answered.body).toEqual({ error: { message: expect.any(String), type: 'invalid_request_error', ...error } });
  });
});

describe('a knob', () => {
  test('leaves members of the envelope out', () => {
    const data = [records[6], records[5]];
    const nulls = { envelope: { object: 'absent', ids: 'null' } } as const;
    expect(ask('tenant_only=true', { knobs: nulls }).body).toEqual({
      data,
      first_id: null,
      last_id: null,
      has_more: false,
    });
    const absent = { envelope: { object: 'present', ids: 'absent' } } as const;
    expect(ask('tenant_only=true', { knobs: absent }).body).toEqual({ object: 'list', data, has_more: false });
  });

  test('turns the order round, cursors too', () => {
    const knobs = { order: 'asc' } as const;
    expect(ask('limit=2', { knobs }).ids).toEqual(['e1', 'e2']);
    expect(ask('after=e2', { knobs }).ids).toEqual(['e3', 'e4', 'e5']);
    expect(ask('before=e4&limit=2', { knobs }).ids).toEqual(['e2', 'e3']);
  });

  test('empties both feeds while logging is off', () => {
    const knobs = { logging_off: 'empty' } as const;
    expect(ask('', { knobs })).toMatchObject({ status: 200, ids: [] });
    expect(ask('tenant_only=true', { knobs })).toMatchObject({ status: 200, ids: [] });
  });

  test('leaves the organization’s feed alone when there is no tenant', () => {
    const knobs = { tenant_unavailable: 400 } as const;
    expect(ask('', { knobs }).status).toBe(200);
    expect(ask('tenant_only=true', { knobs }).status).toBe(400);
  });
});
