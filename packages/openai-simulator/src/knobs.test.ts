import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { answer, auditLogsPath } from './answer.ts';
import type { AnswerContext } from './answer-context.ts';
import { AuditLog } from './audit-log.ts';
import { History } from './history.ts';
import { at } from './json.ts';
import { defaultKnobs, type Knobs } from './knobs.ts';

const startMs = 1_790_000_000_000;
const startS = startMs / 1000;
const key = 'sk-admin-test';

/** e1 is the oldest, 100 s ago; one second apart. */
const records = ['e1', 'e2', 'e3', 'e4', 'e5', 'e6', 't1', 't2'].map((id, index) => ({
  id,
  type: id.startsWith('t') ? 'tenant.group.created' : index % 2 === 0 ? 'user.added' : 'invite.sent',
  effective_at: startS - 100 + index,
}));

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  /** Undefined when it is no JSON. */
  readonly body: unknown;
  readonly ids: readonly unknown[];
}

/** A log with the records above under a clock that a test moves, asked with the knobs turned so. */
function open(knobs: Partial<Knobs>): {
  readonly log: AuditLog;
  readonly clock: { ms: number };
  ask(query: string): Answered;
} {
  const clock = { ms: startMs };
  const now = (): number => clock.ms;
  const late = { share: 0, maxS: 0 };
  const log = new AuditLog({ seed: 1, events: 0, spanMs: 60_000, rate: 0, late, records: [], now });
  log.add(records.map((record) => ({ record })));
  const context: AnswerContext = { log, knobs: { ...defaultKnobs, ...knobs }, key, now, history: new History() };
  let number = 0;
  const ask = (query: string): Answered => {
    number += 1;
    const headers = { authorization: `Bearer ${key}` };
    const request = { method: 'GET', path: auditLogsPath, query: new URLSearchParams(query), headers, number };
    const reply = answer(request, context);
    if (reply.body instanceof Readable) throw new Error('expected bytes, not a stream');
    const bytes = Buffer.from(reply.body);
    const isJson = reply.headers?.['content-type'] === 'application/json';
    const body: unknown = isJson ? JSON.parse(bytes.toString()) : undefined;
    const data = at(body, 'data');
    const ids = Array.isArray(data) ? data.map((event) => at(event, 'id')) : [];
    return { status: reply.status, headers: reply.headers ?? {}, bytes, body, ids };
  };
  return { log, clock, ask };
}

describe('how a request is read', () => {
  const everything = ['e6', 'e5', 'e4', 'e3', 'e2', 'e1'];
  const window = `effective_at[gte]=${startS - 97}`;
  const cases: readonly {
    readonly name: string;
    readonly knobs: Partial<Knobs>;
    readonly query: string;
    readonly ids: readonly string[];
  }[] = [
    { name: 'before walks on', knobs: { cursor_swap: true }, query: 'before=e4', ids: ['e3', 'e2', 'e1'] },
    { name: 'after walks back', knobs: { cursor_swap: true }, query: 'after=e2&limit=2', ids: ['e4', 'e3'] },
    { name: 'a cursor has no effect', knobs: { repeat_page: true }, query: 'after=e5&limit=2', ids: ['e6', 'e5'] },
    {
      name: 'the window holds for the first page',
      knobs: { ignore_window_with_after: true },
      query: window,
      ids: ['e6', 'e5', 'e4'],
    },
    {
      name: 'the window is dropped with after',
      knobs: { ignore_window_with_after: true },
      query: `${window}&after=e4`,
      ids: ['e3', 'e2', 'e1'],
    },
    {
      name: 'the window is dropped with the cursor that walks on, swapped or not',
      knobs: { ignore_window_with_after: true, cursor_swap: true },
      query: `${window}&before=e4`,
      ids: ['e3', 'e2', 'e1'],
    },
    {
      name: 'tenant_only has no effect',
      knobs: { ignore_filters: ['tenant_only'] },
      query: 'tenant_only=true',
      ids: everything,
    },
    {
      name: 'event_types has no effect',
      knobs: { ignore_filters: ['event_types'] },
      query: `event_types[]=invite.sent&${window}`,
      ids: ['e6', 'e5', 'e4'],
    },
    {
      name: 'neither bound has an effect',
      knobs: { ignore_filters: ['effective_at', 'project_ids'] },
      query: `${window}&effective_at%5Blt%5D=5&project_ids[]=p`,
      ids: everything,
    },
  ];
  test.each(cases)('$name', ({ knobs, query, ids }) => {
    expect(open(knobs).ask(query)).toMatchObject({ status: 200, ids });
  });

  test('an unknown parameter is ignored, or refused by its name', () => {
    expect(open({}).ask('order=asc&event_types=x').status).toBe(200);
    const refused = open({ ignore_unknown_params: false }).ask('limit=5&order=asc');
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ error: { param: 'order' } });
    const known = `limit=5&tenant_only=false&${window}&event_types%5B%5D=x&actor_emails[]=a&after=e3`;
    expect(open({ ignore_unknown_params: false }).ask(known).status).toBe(200);
  });
});

describe('a cursor', () => {
  test('that names nothing is refused, or gives an empty page that looks like the end', () => {
    expect(open({}).ask('after=gone').status).toBe(400);
    for (const query of ['after=gone', 'before=t1']) {
      const { status, body } = open({ after_unknown: 'empty' }).ask(query);
      expect(status).toBe(200);
      expect(body).toEqual({ object: 'list', data: [], first_id: null, last_id: null, has_more: false });
    }
  });

  test('expires so many seconds after it was handed out, and lives anew when it is handed out again', () => {
    const { ask, clock } = open({ cursor_expires_s: 10 });
    ask('limit=2');
    clock.ms += 10_000;
    expect(ask('limit=2&after=e5').ids).toEqual(['e4', 'e3']);
    clock.ms += 1;
    expect(ask('after=e5')).toMatchObject({ status: 400, body: { error: { param: 'after' } } });
    ask('limit=2');
    expect(ask('limit=2&after=e5').status).toBe(200);
  });

  test('that has expired can look like the end too', () => {
    const { ask, clock } = open({ cursor_expires_s: 10, after_unknown: 'empty' });
    ask('limit=2');
    clock.ms += 10_001;
    expect(ask('after=e5')).toMatchObject({ status: 200, ids: [] });
  });
});

describe('events that arrive during a walk', () => {
  test('stand on both sides of its cursor; the walk meets those ahead and the truth holds all', () => {
    const { ask, log } = open({ insert_during_walk: 4 });
    const first = ask('limit=3');
    expect([...log.truth()]).toHaveLength(8);
    const second = ask('limit=100&after=e4');
    const walked = new Set([...first.ids, ...second.ids]);
    const truth = [...log.truth('audit_logs')].filter(({ feed }) => feed === 'organization');
    expect(truth).toHaveLength(10);
    const missed = truth.filter(({ id }) => !walked.has(id));
    expect(missed.length).toBe(2);
    for (const { effectiveAt, visibleAtMs } of missed) {
      expect(effectiveAt).toBeGreaterThan(startS - 97);
      expect(visibleAtMs).toBe(startMs);
    }
    expect(ask('limit=100').ids).toEqual(expect.arrayContaining(truth.map(({ id }) => id)));
  });

  test('never lie ahead of the clock', () => {
    const { ask, log } = open({ insert_during_walk: 6 });
    log.add([{ record: { id: 'now', type: 'user.added', effective_at: startS } }]);
    ask('after=now');
    expect(Math.max(...[...log.truth()].map(({ effectiveAt }) => effectiveAt))).toBe(startS);
  });

  test('are of the feed that is walked', () => {
    const { ask, log } = open({ insert_during_walk: 3 });
    ask('tenant_only=true&after=t2');
    expect([...log.truth()].filter(({ feed }) => feed === 'tenant')).toHaveLength(5);
  });
});

describe('what is told of a page', () => {
  test('has more for ever, on an empty page too, or never', () => {
    const always = open({ has_more_lies: 'true' });
    expect(always.ask('after=e1').body).toMatchObject({ data: [], last_id: null, has_more: true });
    expect(open({ has_more_lies: 'false' }).ask('limit=1').body).toMatchObject({ last_id: 'e6', has_more: false });
  });

  test('lacks last_id alone', () => {
    const { body } = open({ no_last_id: true }).ask('limit=2');
    expect(Object.keys(Object(body))).toEqual(['object', 'data', 'first_id', 'has_more']);
  });

  test('has a first record that is larger by so many bytes and otherwise itself', () => {
    const plain = open({}).ask('limit=2');
    const large = open({ big_record_bytes: 100_000 }).ask('limit=2');
    expect(large.bytes.length - plain.bytes.length).toBeGreaterThan(100_000);
    expect(at(large.body, 'data')).toMatchObject([records[5], records[4]]);
    expect(open({ big_record_bytes: 100_000 }).ask('after=e1').ids).toEqual([]);
  });

  test('holds bytes that are no UTF-8, in a record that is otherwise itself', () => {
    const { bytes, body } = open({ bad_utf8: true }).ask('limit=1');
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes)).toThrow(TypeError);
    expect(at(body, 'data')).toMatchObject([records[5]]);
  });

  test.each(['{}', '{ }', '[1]', '42', '"}"'])('stays JSON when its first record is %s', (record) => {
    const { log, ask } = open({ big_record_bytes: 5, bad_utf8: true });
    log.add([{ record }]);
    expect(at(ask('limit=1').body, 'data')).toHaveLength(1);
  });
});

describe('a refusal', () => {
  const cases: readonly {
    readonly name: string;
    readonly knobs: Partial<Knobs>;
    readonly status: number;
    readonly headers?: object;
    readonly body?: unknown;
  }[] = [
    { name: 'with an object', knobs: { refuse: '401_object' }, status: 401, body: { error: expect.any(Object) } },
    { name: 'with a bare string', knobs: { refuse: '401_text' }, status: 401, body: { error: expect.any(String) } },
    { name: 'for the place', knobs: { refuse: '403' }, status: 403, body: { error: expect.any(Object) } },
    { name: 'by the server', knobs: { refuse: '500' }, status: 500, body: { error: expect.any(Object) } },
    { name: 'by a gateway', knobs: { refuse: '502_html' }, status: 502, headers: { 'content-type': 'text/html' } },
    { name: 'for a second', knobs: { refuse: '429' }, status: 429, headers: { 'retry-after': '1' } },
    {
      name: 'for no time',
      knobs: { refuse: '429', retry_after: 'zero' },
      status: 429,
      headers: { 'retry-after': '0' },
    },
    {
      name: 'for an hour',
      knobs: { refuse: '503', retry_after: 'hour' },
      status: 503,
      headers: { 'retry-after': '3600' },
    },
    {
      name: 'until a date by the server’s clock',
      knobs: { refuse: '429', retry_after: 'date', clock_skew_s: 60 },
      status: 429,
      headers: { 'retry-after': new Date(startMs + 62_000).toUTCString() },
    },
    {
      name: 'for milliseconds',
      knobs: { refuse: '429', retry_after: 'ms' },
      status: 429,
      headers: { 'retry-after-ms': '250' },
    },
    {
      name: 'that is to be tried again against its status',
      knobs: { refuse: '400', should_retry: 'true' },
      status: 400,
      headers: { 'x-should-retry': 'true' },
    },
    {
      name: 'that is not to be tried again against its status',
      knobs: { refuse: '500', should_retry: 'false' },
      status: 500,
      headers: { 'x-should-retry': 'false' },
    },
  ];
  test.each(cases)('$name', ({ knobs, status, headers = {}, body }) => {
    const answered = open(knobs).ask('');
    expect(answered).toMatchObject({ status, headers });
    if (body !== undefined) expect(answered.body).toEqual(body);
  });

  test('without a time, and of another kind, says nothing of when', () => {
    for (const knobs of [{ refuse: '429', retry_after: 'absent' }, { refuse: '500' }] as const) {
      const names = Object.keys(open(knobs).ask('').headers);
      expect(names.filter((name) => /retry/.test(name))).toEqual([]);
    }
  });

  test('meets what is above the rate, and leaves the next second alone', () => {
    const { ask, clock } = open({ rate_limit: 2, retry_after: 'zero' });
    expect([ask(''), ask(''), ask('')].map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(ask('').headers['retry-after']).toBe('0');
    clock.ms += 1_000;
    expect([ask(''), ask(''), ask('')].map(({ status }) => status)).toEqual([200, 200, 429]);
  });
});

test('knobs go together', () => {
  const { ask } = open({
    cursor_swap: true,
    has_more_lies: 'true',
    no_last_id: true,
    order: 'asc',
    envelope: { object: 'absent', ids: 'null' },
    big_record_bytes: 10,
  });
  const { body, ids } = ask('before=e2&limit=2');
  expect(ids).toEqual(['e3', 'e4']);
  expect(body).toEqual({ data: expect.any(Array), first_id: null, has_more: true });
});
