/** What the doctor says of a key, a server and its silence. How it reads lists is tested against the simulator. */
import type { Check } from '@audit-relay/sink';
import { describe, expect, test } from 'vitest';
import type { Reply } from '../api/client.ts';
import type { SourceConfig } from '../config.ts';
import { openSourceDoctor, type SourceDoctor } from './doctor.ts';

const NOW_MS = Date.parse('2026-01-01T00:00:10Z');

interface DoctorWorld {
  readonly doctor: SourceDoctor;
  readonly paths: string[];
  /** In milliseconds, in their order. */
  readonly sleeps: number[];
}

type Server = (query: URLSearchParams) => Reply;

/** A server, or its replies in their order, the last one for ever; each takes 30 ms. */
function world(server: Server | readonly Reply[], config: Partial<SourceConfig> = {}): DoctorWorld {
  const paths: string[] = [];
  const sleeps: number[] = [];
  let elapsedMs = 0;
  const doctor = openSourceDoctor({
    config: { ...CONFIG, ...config },
    runtime: {
      now: () => NOW_MS,
      elapsedMs: () => elapsedMs,
      random: () => 0,
      log: () => undefined,
      sleep: async (ms) => void sleeps.push(ms),
    },
    userAgent: 'test',
    proxyFor: () => undefined,
    openClient: () => ({
      get: async (path) => {
        paths.push(path);
        elapsedMs += 30;
        if (typeof server === 'function') return server(new URLSearchParams(path.replace(/^.*\?/, '')));
        return server[Math.min(paths.length, server.length) - 1] ?? page();
      },
      close: async () => undefined,
    }),
  });
  return { doctor, paths, sleeps };
}

const CONFIG: SourceConfig = {
  type: 'openai',
  api_key: 'sk-admin-canary',
  base_url: 'https://user:canary@api.example.com/v1/',
  dialect: 'audit_logs',
  feeds: ['organization'],
  poll_interval: 30_000,
  overlap: 1_800_000,
  sweep: 86_400_000,
  requests_per_second: 5,
};

function reply(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { kind: 'response', status, body: new TextEncoder().encode(body), header: (name) => headers[name] };
}

/** An empty list, by a clock that agrees unless it is said otherwise. */
function page(headers: Readonly<Record<string, string>> = {}): Reply {
  return reply(200, '{"data":[],"has_more":false}', { date: new Date(NOW_MS).toUTCString(), ...headers });
}

/** A page with an event at each of these seconds, called by its place and second. */
function list(seconds: readonly number[], hasMore = false): Reply {
  const data = seconds.map((at, index) => ({ id: `${index}-${at}`, effective_at: at }));
  return reply(200, JSON.stringify({ data, has_more: hasMore }), { date: new Date(NOW_MS).toUTCString() });
}

async function checksOf({ doctor }: DoctorWorld): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for await (const check of doctor.examine(new AbortController().signal)) checks.push(check);
  expect(JSON.stringify(checks)).not.toContain('canary');
  return checks;
}

/** `warn clock: this host is 9 s ahead of the server`, of the check with this name. */
async function said(
  name: string,
  server: Server | readonly Reply[],
  config: Partial<SourceConfig> = {},
): Promise<string> {
  const check = (await checksOf(world(server, config))).find((one) => one.name === name);
  expect(check?.fix === undefined).toBe(check?.verdict === 'ok');
  return `${check?.verdict}: ${check?.detail}`;
}

describe('a key', () => {
  const cases: readonly [name: string, key: string, said: string][] = [
    ['with the prefix of an admin key is one', 'sk-admin-x', 'ok: an admin key, by its prefix'],
    ['of a project is told', 'sk-proj-x', 'warn: a project key, by its prefix'],
    ['of a service account is told', 'sk-svcacct-x', 'warn: a service account’s key, by its prefix'],
    ['of the older kind is told', 'sk-x', 'warn: a key of the older kind, by its prefix'],
    ['of something else is told', 'Bearer', 'warn: no key of this API, by its prefix'],
    ['with a line break in it cannot be sent', 'sk-admin-x\ny', 'fail: it holds blanks'],
    ['in typographic quotes cannot be sent', '“sk-admin-x”', 'fail: it holds blanks'],
  ];
  test.each(cases)('%s', async (_, key, expected) => {
    expect(await said('key', [page()], { api_key: key })).toContain(expected);
  });

  test('that cannot be sent is not sent', async () => {
    const unsendable = world([page()], { api_key: 'sk admin' });
    expect(await checksOf(unsendable)).toHaveLength(1);
    expect(unsendable.paths).toEqual([]);
  });
});

describe('of a server is said', () => {
  const date = (seconds: number): string => new Date(NOW_MS + seconds * 1000).toUTCString();
  const limit = (requests: string): Readonly<Record<string, string>> => ({
    'x-ratelimit-limit-requests': requests,
    'x-ratelimit-remaining-requests': '7',
    'x-ratelimit-reset-requests': '6m0s',
  });
  const cases: readonly [what: string, check: string, reply: Reply, said: string][] = [
    ['where it is, and how long it took', 'reach', page(), 'ok: https://api.example.com/v1 answers in 30 ms'],
    ['that the clocks agree', 'clock', page({ date: date(5) }), 'ok: this host and the server agree'],
    ['that this host is behind', 'clock', page({ date: date(60) }), 'warn: this host is 60 s behind the server'],
    ['that this host is ahead', 'clock', page({ date: date(-60) }), 'warn: this host is 60 s ahead of the server'],
    ['that it has no clock', 'clock', page({ date: '' }), 'warn: the answer has no Date'],
    ['that it names no limit', 'rate', page(), 'ok: the server names no limit'],
    ['its limit', 'rate', page(limit('300')), 'ok: the server names a limit of 300 requests, 7 left, reset in 6m0s'],
    ['a limit that is too low', 'rate', page(limit('299')), 'warn: the server names a limit of 299 requests'],
    [
      'no word that is no figure',
      'rate',
      page({ ...limit('300'), 'x-ratelimit-reset-requests': 'canary!' }),
      'unknown',
    ],
    ['that the feed is empty', 'events', page(), 'warn: the feed is empty: audit logging is off, or nothing'],
    ['a wrong key', 'access', reply(401, '{"error":{"code":"invalid_api_key"}}'), 'fail: the key is wrong or revoked'],
    ['a missing scope', 'access', reply(401, '{"error":"Missing scopes: x"}'), 'fail: the key lacks a right'],
    [
      'an address that is not allowed',
      'access',
      reply(401, '{"error":"IP not authorized"}'),
      'fail: the API does not accept this host',
    ],
    ['a redirect', 'answer', reply(302, ''), 'fail: base_url redirects (302)'],
    ['that nothing is there', 'answer', reply(404, ''), 'fail: nothing is there (404)'],
    ['that it is another server', 'answer', reply(200, '<html>'), 'fail: an answer is no page: the body is not JSON'],
    ['its outage', 'answer', reply(503, ''), 'fail: the API is in trouble (503)'],
    ['its wish', 'answer', reply(429, '', { 'retry-after': '60' }), '(429); it asks to be left alone for 60 s'],
    [
      'that TLS failed',
      'reach',
      { kind: 'none', failure: 'untrusted', reason: 'a certificate is not trusted (SOME_CODE): name its authority' },
      'fail: https://api.example.com/v1: a certificate is not trusted (SOME_CODE)',
    ],
    [
      'that a proxy refuses',
      'reach',
      { kind: 'none', failure: 'proxy_refused', reason: 'the proxy refuses us (PROXY_407): give it a password' },
      'fail: https://api.example.com/v1: the proxy refuses us (PROXY_407)',
    ],
    [
      'that it is packed wrongly',
      'answer',
      { kind: 'none', failure: 'unreadable', reason: '', hasBegun: true },
      'fail: an answer is no page: the body is not packed as it says',
    ],
  ];
  test.each(cases)('%s', async (_, check, ...[given, expected]) => {
    expect(await said(check, [given])).toContain(expected);
  });

  test('which proxy stands between, without its password', async () => {
    const proxy = 'http://user:canary@proxy.example.com:3128';
    expect(await said('reach', [page()], { proxy })).toContain('through the proxy http://proxy.example.com:3128,');
    const refused: Reply = { kind: 'none', failure: 'proxy_refused', reason: 'no', hasBegun: true };
    expect(await said('reach', [refused], { proxy })).toContain('through the proxy http://proxy.example.com:3128: ');
  });
});

describe('of a list is said', () => {
  const many = (length: number): readonly number[] => Array.from({ length }, (_, index) => 2000 - index);
  const isWindow = (query: URLSearchParams): boolean => query.has('effective_at[gte]');
  const isLarge = (query: URLSearchParams): boolean => query.get('limit') === '101';
  /** Newest first, two pages; in a window what `inWindow` gives. */
  const serving =
    (inWindow: (query: URLSearchParams) => Reply): Server =>
    (query) => {
      if (isWindow(query)) return inWindow(query);
      return query.has('after') ? list([7, 6, 5]) : list([9, 9, 8], true);
    };
  const cases: readonly [what: string, check: string, server: Server, said: string][] = [
    ['that it has no order', 'order', () => list([3, 9, 5]), 'warn: neither newest nor oldest first'],
    ['an event of the far future', 'events', () => list([8.8e12]), 'is of 9999-12-31T23:59:59Z'],
    ['that no event has a time', 'events', () => list([Number.NaN]), 'warn: no event of the first page has a time'],
    ['that pages may be large', 'page size', () => list(many(101)), 'ok: more than 100 are given'],
    [
      'that pages end early',
      'page size',
      (query) => list(isLarge(query) ? many(50) : many(5), true),
      'warn: a page ends after 50 events though more follow',
    ],
    [
      'that a window holds what comes after it',
      'window',
      serving(() => list([9])),
      'fail: the API ignores the asked time',
    ],
    [
      'that a window lacks an event',
      'window',
      serving(() => list([])),
      'fail: the window of one second lacks an event',
    ],
    ['nothing of a window with a second page', 'window', serving(() => list([8], true)), 'ok: obeyed'],
    [
      'nothing of more events in the window',
      'window, later pages',
      serving((query) => (query.has('after') ? list([9, 9], true) : list([8], true))),
      'ok: obeyed',
    ],
  ];
  test.each(cases)('%s', async (_, check, ...[server, expected]) => {
    expect(await said(check, server)).toContain(expected);
  });

  test('that an older one on one page may obey order or not', async () => {
    expect(await said('order', () => list([9, 8]), { dialect: 'organization_logs' })).toContain('ok: cannot tell');
  });
});

describe('a wait', () => {
  const asked = (seconds: string): Reply => reply(429, '', { 'retry-after': seconds });

  test('is as long as the server asks', async () => {
    const busy = world([asked('5'), page()]);
    await checksOf(busy);
    expect(busy.sleeps).toEqual([5000, 200]);
  });

  test('is not waited for when it is long', async () => {
    const busy = world([asked('60')]);
    await checksOf(busy);
    expect(busy.sleeps).toEqual([]);
  });
});

test('an outage is not called ours', async () => {
  const [, , outage] = await checksOf(world([reply(500, '')]));
  expect(outage?.fix).toMatch(/^try again in some minutes/);
});

describe('a refusal', () => {
  const refused = reply(401, '{"error":"no"}', { 'x-request-id': 'req_1' });

  test('counts at the third time, and names the request', async () => {
    const refusing = world([refused]);
    const checks = await checksOf(refusing);
    expect(checks.at(-1)).toMatchObject({ verdict: 'fail', detail: expect.stringContaining('(request req_1)') });
    expect(refusing.paths).toHaveLength(3);
    expect(refusing.sleeps).toEqual([1000, 200, 2000, 200]);
  });

  test('that passes is a warning', async () => {
    expect(await said('answer', [refused, refused, page()])).toBe(
      'warn: 2 of 3 tries failed (http_401) before a page came',
    );
  });

  test('of the tenant feed counts at the second time and is no failure', async () => {
    const tenant = world([page(), refused], { feeds: ['tenant', 'organization'] });
    const checks = await checksOf(tenant);
    expect(checks.at(-1)).toMatchObject({ name: 'tenant feed', verdict: 'warn' });
    expect(tenant.paths.map((path) => path.includes('tenant_only'))).toEqual([false, true, true]);
  });
});

test('whoever reads the tenant feed alone has that one examined', async () => {
  const tenant = world([page()], { feeds: ['tenant'] });
  await checksOf(tenant);
  expect(tenant.paths).toEqual(['organization/audit_logs?limit=5&tenant_only=true']);
});

describe('a single event', () => {
  const older: Partial<SourceConfig> = { dialect: 'organization_logs' };
  const signal = new AbortController().signal;

  test('is asked for by its id, and given as it came', async () => {
    const { doctor, paths } = world([reply(200, ' {"id":"log_1", "big":12345678901234567890}\n')], older);
    expect(await doctor.record('log/1', signal)).toEqual({
      kind: 'record',
      raw: '{"id":"log_1", "big":12345678901234567890}',
    });
    expect(paths).toEqual(['organization_logs/log%2F1']);
  });

  const cases: readonly [name: string, reply: Reply, answer: object][] = [
    ['that is not there', reply(404, ''), { kind: 'absent' }],
    [
      'that is a list',
      reply(200, '{"data":[],"has_more":false}'),
      { kind: 'fault', problem: 'the answer is no single event' },
    ],
    ['that is no JSON', reply(200, '<'), { kind: 'fault', problem: expect.stringContaining('no page') }],
    ['that is refused', reply(401, ''), { kind: 'fault', problem: expect.stringContaining('401') }],
  ];
  test.each(cases)('%s', async (_, given, answer) => {
    expect(await world([given], older).doctor.record('log_1', signal)).toEqual(answer);
  });

  test('is not asked of the API of today', async () => {
    const { doctor, paths } = world([page()]);
    expect(await doctor.record('log_1', signal)).toEqual({ kind: 'unasked' });
    expect(paths).toEqual([]);
  });
});
