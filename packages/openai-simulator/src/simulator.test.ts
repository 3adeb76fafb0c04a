import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { defaultKey, type Simulator, type SimulatorOptions, sampleFiles, startSimulator } from './index.ts';
import { at } from './json.ts';

const startMs = 1_790_000_000_000;

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
  /** Of `data`. */
  readonly ids: readonly unknown[];
}

/** A simulator under a clock that stands still, and a client with its key. */
async function open(options: SimulatorOptions = {}): Promise<{
  readonly simulator: Simulator;
  get(query?: string, init?: RequestInit & { path?: string }): Promise<Answer>;
}> {
  const simulator = await startSimulator({ now: () => startMs, ...options });
  opened.push(() => simulator.close());
  return {
    simulator,
    get: async (query = '', { path = '/v1/organization/audit_logs', ...init } = {}) => {
      const url = `${new URL(simulator.url).origin}${path}?${query}`;
      const response = await fetch(url, { headers: { authorization: `Bearer ${defaultKey}` }, ...init });
      const text = await response.text();
      const body: unknown = response.headers.get('content-type') === 'application/json' ? JSON.parse(text) : undefined;
      const data = at(body, 'data');
      const ids = Array.isArray(data) ? data.map((event) => at(event, 'id')) : [];
      return { status: response.status, headers: response.headers, text, body, ids };
    },
  };
}

describe('every answer', () => {
  test('has the headers of the API, and the date of the simulator’s own clock', async () => {
    const { get } = await open();
    const { headers } = await get();
    expect(headers.get('date')).toBe(new Date(startMs).toUTCString());
    expect(headers.get('openai-version')).toBe('2020-10-01');
    expect(Number(headers.get('openai-processing-ms'))).toBeGreaterThanOrEqual(0);
    expect(headers.get('content-type')).toBe('application/json');
  });

  test('to another path is 404 with the documented body and the same headers', async () => {
    const { get } = await open();
    const { status, headers, body } = await get('', { path: '/v1/audit_logs' });
    expect(status).toBe(404);
    expect(body).toMatchObject({ error: { type: 'invalid_request_error', param: null, code: null } });
    expect(headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
  });

  test('is compressed only for a client that takes gzip', async () => {
    const { get } = await open({ events: 100 });
    const headers = (encoding: string): RequestInit => ({
      headers: { authorization: `Bearer ${defaultKey}`, 'accept-encoding': encoding },
    });
    const plain = await get('limit=50', headers('identity'));
    const refused = await get('limit=50', headers('gzip;q=0, br'));
    const packed = await get('limit=50', headers('br, gzip'));
    expect([plain, refused, packed].map((answer) => answer.headers.get('content-encoding'))).toEqual([
      null,
      null,
      'gzip',
    ]);
    expect(packed.text).toBe(plain.text);
  });
});

test('the key can be rotated: the old one is refused from then on, as a revoked one', async () => {
  const { get, simulator } = await open({ events: 10 });
  const withKey = (key: string): RequestInit => ({ headers: { authorization: `Bearer ${key}` } });
  expect((await get('limit=1', withKey(defaultKey))).status).toBe(200);
  simulator.rotateKey('sk-admin-new');
  expect((await get('limit=1', withKey(defaultKey))).status).toBe(401);
  expect((await get('limit=1', withKey('sk-admin-new'))).status).toBe(200);
});

describe('a knob', () => {
  test('can be turned while the simulator runs', async () => {
    const { get, simulator } = await open({ events: 10, knobs: { logging_off: '403' } });
    expect((await get()).status).toBe(403);
    simulator.set({ logging_off: 'no' });
    expect((await get()).status).toBe(200);
  });

  test('fails the requests that were planned to fail, and no other', async () => {
    const fail = [
      { afterRequests: 1, status: 429, headers: { 'retry-after': '3' }, body: '{"error":"slow down"}' },
      { afterRequests: 2, status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad Gateway</h1>' },
    ];
    const { get } = await open({ knobs: { fail } });
    expect((await get()).status).toBe(200);
    const slow = await get();
    expect([slow.status, slow.headers.get('retry-after'), slow.text]).toEqual([429, '3', '{"error":"slow down"}']);
    expect(slow.headers.get('x-request-id')).not.toBeNull();
    expect((await get()).text).toBe('<h1>Bad Gateway</h1>');
    expect((await get()).status).toBe(200);
  });

  test('lets a caller answer in its place', async () => {
    const { get } = await open({
      knobs: {
        intercept: ({ query, number }) => (query.get('limit') === '7' ? { status: 500, body: `${number}` } : undefined),
      },
    });
    expect((await get()).status).toBe(200);
    expect(await get('limit=7')).toMatchObject({ status: 500, text: '2' });
  });

  test('that throws shows its error in the answer', async () => {
    const intercept = (): undefined => {
      throw new Error('no such case');
    };
    const { get } = await open({ knobs: { intercept } });
    expect(await get()).toMatchObject({ status: 500, text: 'the simulator failed: Error: no such case\n' });
  });

  test('may break an answer off in the middle', async () => {
    const body = (): Readable =>
      Readable.from(
        (function* broken() {
          yield '{"object":"list","data":[';
          throw new Error('cut');
        })(),
      );
    const { get } = await open({ knobs: { intercept: () => ({ status: 200, body: body() }) } });
    await expect(get()).rejects.toThrow('terminated');
  });
});

describe('a file', () => {
  async function file(content: string | Buffer): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'simulator-'));
    opened.push(() => rm(folder, { recursive: true }));
    const path = join(folder, `${randomUUID()}.jsonl`);
    await writeFile(path, content);
    return path;
  }

  test('is served byte for byte, copies too, and even what is no valid UTF-8', async () => {
    const odd = Buffer.concat([
      Buffer.from('{"id":"b","effective_at":2,"x":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('\u2028"}'),
    ]);
    const first = '{ "effective_at" : 1,"id":"a" , "n":1.50 }';
    const path = await file(Buffer.concat([Buffer.from(`${first}\r\n\n`), odd, Buffer.from(`\n${first}`)]));
    const simulator = await startSimulator({ files: [path], now: () => startMs });
    opened.push(() => simulator.close());
    const response = await fetch(`${simulator.url}/organization/audit_logs`, {
      headers: { authorization: `Bearer ${defaultKey}`, 'accept-encoding': 'identity' },
    });
    const expected = Buffer.concat([
      Buffer.from('{"object":"list","data":['),
      odd,
      Buffer.from(`,${first},${first}],"first_id":"b","last_id":"a","has_more":false}`),
    ]);
    expect(Buffer.from(await response.arrayBuffer()).equals(expected)).toBe(true);
  });

  test('with a line that is no JSON is refused by its name and line', async () => {
    const path = await file('{"id":"a"}\n{"id":\n');
    await expect(startSimulator({ files: [path] })).rejects.toThrow(`${path}:2`);
  });

  test('puts the clock forward to its newest record', async () => {
    const simulator = await startSimulator({ files: sampleFiles });
    opened.push(() => simulator.close());
    const response = await fetch(`${simulator.url}/organization/audit_logs`);
    // One of the samples has a time in December 2027.
    expect(Date.parse(response.headers.get('date') ?? '')).toBeGreaterThanOrEqual(1_829_865_600_000);
  });

  test('of samples is there whole: 203 records, one of them twice', async () => {
    const simulator = await startSimulator({ files: sampleFiles, now: () => startMs });
    opened.push(() => simulator.close());
    const ids = [...simulator.truth()].map(({ id }) => id);
    expect([ids.length, new Set(ids).size]).toEqual([203, 202]);
    const lines = (await Promise.all(sampleFiles.map((path) => readFile(path, 'utf8')))).join('').split('\n');
    const served: string[] = [];
    for (const feed of ['false', 'true']) {
      const headers = { authorization: `Bearer ${defaultKey}` };
      const ask = `${simulator.url}/organization/audit_logs?limit=100&tenant_only=${feed}`;
      for (let after = ''; ; ) {
        const text = await (await fetch(ask + after, { headers })).text();
        served.push(text);
        const page: unknown = JSON.parse(text);
        if (at(page, 'has_more') !== true) break;
        after = `&after=${String(at(page, 'last_id'))}`;
      }
    }
    expect(lines.filter((line) => !served.some((page) => page.includes(line)))).toEqual([]);
  });
});

describe('the truth and the counts', () => {
  test('are told over HTTP as the library tells them, without a key', async () => {
    const { simulator, get } = await open({ events: 2_000, rate: 1 });
    await get();
    await get('tenant_only=true&limit=0');
    const truth = await get('', { path: '/simulator/truth', headers: {} });
    expect(truth.headers.get('content-type')).toBe('application/x-ndjson');
    const rows = truth.text
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(rows).toEqual([...simulator.truth()]);
    expect(rows).toHaveLength(2_000);
    const stats = await get('', { path: '/simulator/stats', headers: {} });
    const { organization, tenant } = simulator.stats().events;
    expect(organization + tenant).toBe(2_000);
    expect(stats.body).toEqual({
      requests: [
        { path: '/v1/organization/audit_logs', feed: 'organization', status: 200, count: 1 },
        { path: '/v1/organization/audit_logs', feed: 'tenant', status: 400, count: 1 },
        { path: '/simulator/truth', feed: null, status: 200, count: 1 },
      ],
      events: { organization, tenant },
      faults: {},
    });
  });
});

test('a run that goes on with an earlier one has its events at their times, and those that happened since', async () => {
  const begunMs = Date.now() - 60_000;
  const options = { events: 20, rate: 2, seed: 5, begunMs };
  const first = await startSimulator(options);
  const before = [...first.truth()];
  await first.close();
  const second = await startSimulator(options);
  const after = [...second.truth()];
  await second.close();
  expect(before.length).toBeGreaterThanOrEqual(20 + 110);
  expect(after).toEqual(expect.arrayContaining(before));
});
