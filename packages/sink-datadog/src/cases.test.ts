/**
 * The acceptance cases of the protocol by their numbers, as far as one send goes; case 10 is in
 * `old-events.test.ts`, and what core makes of them in `test/datadog`.
 */
import { createServer } from 'node:net';
import { proxyFromEnvironment } from '@audit-relay/sink-http';
import { batchOf, envelopes } from '@audit-relay/sink-testkit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectProxy } from './__fixtures__/connect-proxy.ts';
import { aged, batch, Clocks, emulatorFor, KEY, NOW_MS, World, world } from './__fixtures__/world.ts';
import { no } from './emulator/index.ts';
import { datadog } from './plugin.ts';

/** Of each request, how many entries it had. */
const sizes = ({ emulator: { requests } }: World) => requests.map(({ text }) => (JSON.parse(text) as unknown[]).length);

/** As core does: halves what is refused as a whole, and keeps what of a single event never will be taken. */
async function delivered(here: World, { envelopes: list }: ReturnType<typeof batch>): Promise<readonly string[]> {
  const result = await here.send(batchOf(list));
  if (result.kind === 'acked') return [];
  if (result.kind !== 'rejected' && result.kind !== 'too_large') throw new Error(`it is ${result.kind}`);
  if (list.length === 1) return list.map(({ id }) => id);
  const middle = Math.ceil(list.length / 2);
  const first = await delivered(here, batchOf(list.slice(0, middle)));
  return [...first, ...(await delivered(here, batchOf(list.slice(middle))))];
}

describe('1: one request', () => {
  test('of a list to /api/v2/logs, packed, with key, length and name; each event whole, with ids and milliseconds', async () => {
    const here = await world({ service: 'v', source: 's', tags: ['env:prod'] });
    const sent = batch(3);
    expect(await here.send(sent)).toEqual({ kind: 'acked' });
    const [request, ...others] = here.emulator.requests;
    expect(others).toEqual([]);
    expect(request).toMatchObject({ method: 'POST', path: '/api/v2/logs' });
    expect(request?.headers).toMatchObject({
      'dd-api-key': KEY,
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'content-length': String(request?.packedBytes),
      'user-agent': here.context.userAgent,
      'dd-evp-origin': 'audit-relay',
    });
    expect(here.emulator.logs).toMatchObject(
      sent.envelopes.map(({ id, timeMs, facts: { summary } }) => ({
        timestampMs: timeMs,
        source: 's',
        service: 'v',
        status: 'info',
        message: summary,
        tags: ['env:prod'],
        attributes: { 'evt.id': id, 'evt.name': 'api_key.created', 'ecs.event.id': id, 'usr.id': 'user-1' },
        isTruncated: false,
        beyond: [],
      })),
    );
    for (const [at, { json }] of sent.envelopes.entries())
      expect(here.emulator.logs[at]?.text.endsWith(`,"ecs":${json}}`)).toBe(true);
  });

  test('is never of more than 1,000 events, by what the plugin states', async () => {
    const here = await world();
    expect(datadog.limits(here.config).maxEvents).toBe(1_000);
    expect(await here.send(batch(1_000))).toEqual({ kind: 'acked' });
    expect(here.ids()).toHaveLength(1_000);
  });
});

describe('2: no body of more than 5,000,000 bytes', () => {
  const escaped = '\\"\n\u0001é😀'.repeat(700);

  test.each(['intake', 'worker'])(
    'as large as the plugin states, of escape-heavy text, to the %s',
    async (receiver) => {
      const here = await world({ receiver }, { receiver: receiver === 'worker' ? 'worker' : 'intake' });
      const { maxBytes, maxEvents } = datadog.limits(here.config);
      const one = envelopes(1, { message: escaped })[0]?.bytes ?? 0;
      const list = envelopes(Math.min(maxEvents, Math.floor(maxBytes / one)), { message: escaped });
      expect(await delivered(here, batchOf(list))).toEqual([]);
      const bytes = here.emulator.requests.map(({ text }) => Buffer.byteLength(text));
      expect(Math.max(...bytes)).toBeLessThanOrEqual(5_000_000);
      expect(here.ids()).toEqual(list.map(({ id }) => id));
      expect(here.emulator.logs.some(({ isTruncated }) => isTruncated)).toBe(false);
    },
  );

  test('more than that is not sent, and told with both figures', async () => {
    const here = await world();
    const result = await here.send(batchOf(envelopes(10, { bytes: 600_000 })));
    expect(result).toMatchObject({ kind: 'too_large', reason: expect.stringMatching(/^6\d{6} bytes, .* 5000000 /) });
    expect(here.emulator.requests).toEqual([]);
  });
});

describe('3: an entry of more than 1 MB', () => {
  test('is never sent: set aside with its size and the limit, all others delivered', async () => {
    const here = await world();
    const long = envelopes(1, { id: () => 'long', bytes: 1_200_000 });
    const result = await here.send(batchOf([...batch(2, 'a').envelopes, ...long, ...batch(1, 'b').envelopes]));
    const reason = expect.stringMatching(/ 120\d{4} bytes, .* 1000000$/);
    const failures = [{ index: 2, failure: { kind: 'rejected', reason, unasked: true } }];
    expect(result).toEqual({ kind: 'partial', acked: 3, failures });
    expect(here.ids()).toEqual(['a0', 'a1', 'b0']);
  });

  test('is measured with what stands around the document', async () => {
    const here = await world();
    const sized = (bytes: number) => here.send(batchOf(envelopes(1, { bytes })));
    expect(await sized(1_000_000)).toMatchObject({ kind: 'rejected' });
    expect(here.emulator.requests).toEqual([]);
    expect(await sized(datadog.limits(here.config).maxEventBytes)).toEqual({ kind: 'acked' });
    expect(here.emulator.logs.map(({ isTruncated }) => isTruncated)).toEqual([false]);
  });
});

test('4: 413 halves it, in order', async () => {
  const here = await world();
  let turns = 0;
  here.emulator.answer(() => (turns++ === 0 ? no(413) : undefined));
  expect(await delivered(here, batch(7))).toEqual([]);
  expect(sizes(here)).toEqual([7, 4, 3]);
  expect(here.ids()).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e5', 'e6']);
});

describe('5: 400', () => {
  test('names nobody: halved until the guilty one is alone', async () => {
    const here = await world();
    here.emulator.answer(({ text }) => (text.includes('"marker-5"') ? no(400) : undefined));
    expect(await delivered(here, batch(11, 'marker-'))).toEqual(['marker-5']);
    expect(here.ids()).toHaveLength(10);
  });

  test('with events that are left out beside it: no event but the guilty one is set aside', async () => {
    const here = await world();
    here.emulator.answer(() => no(400));
    const mixed = aged([
      { id: 'a', hours: 0 },
      { id: 'old', hours: 90, atReceipt: 90 },
      { id: 'b', hours: 0 },
    ]);
    expect(await here.send(mixed)).toEqual({ kind: 'rejected', reason: 'HTTP 400' });
  });

  test('of a path that the intake does not know is no fault of the events', async () => {
    const emulator = await emulatorFor(new Clocks());
    const here = new World(emulator, { url: `${emulator.url}/elsewhere` }, { clocks: new Clocks() });
    expect(await here.send(batch(3))).toMatchObject({ kind: 'blocked', reason: expect.stringContaining('url') });
  });
});

describe('6: a key that is not taken', () => {
  test.each([401, 403])('%i blocks with what to do, and nothing is lost once it is mended', async (status) => {
    const here = await world();
    here.emulator.answer(() => no(status));
    const result = await here.send(batch(1));
    expect(result).toMatchObject({ kind: 'blocked', reason: expect.stringContaining(`HTTP ${status}: api_key`) });
    here.emulator.answer(() => undefined);
    expect(await here.send(batch(1))).toEqual({ kind: 'acked' });
  });
});

test.each([
  { headers: { 'x-ratelimit-reset': '3' }, waitMs: 3_000 },
  { headers: { 'retry-after': '3' }, waitMs: 3_000 },
  { headers: { 'retry-after': '3', 'x-ratelimit-reset': '7' }, waitMs: 7_000 },
  { headers: { 'retry-after': '7', 'x-ratelimit-reset': '3' }, waitMs: 7_000 },
  { headers: { 'retry-after': new Date(NOW_MS + 4_000).toUTCString() }, waitMs: 4_000 },
  { headers: { 'x-ratelimit-reset': '1e9' }, waitMs: undefined },
  { headers: { 'x-ratelimit-reset': '999999999' }, waitMs: 86_400_000 },
  { headers: {}, waitMs: undefined },
])('7: 429 with $headers: refused, asking for $waitMs ms', async ({ headers, waitMs }) => {
  const here = await world();
  here.emulator.answer(() => no(429, undefined, Object.fromEntries(Object.entries(headers))));
  const expected = { kind: 'retryable', why: 'refused', reason: 'HTTP 429' };
  expect(await here.send(batch(1))).toEqual(waitMs === undefined ? expected : { ...expected, retryAfterMs: waitMs });
});

describe('8: what passes', () => {
  test.each([
    { status: 408, why: 'failed' },
    { status: 500, why: 'failed' },
    { status: 502, why: 'failed' },
    { status: 503, why: 'refused' },
    { status: 504, why: 'failed' },
  ])('$status is $why, waits as it asks, and ends in delivery', async ({ status, why }) => {
    const here = await world();
    here.emulator.answer(() => no(status, undefined, { 'retry-after': '2' }));
    const expected = { kind: 'retryable', why, reason: `HTTP ${status}`, retryAfterMs: 2_000 };
    expect(await here.send(batch(2))).toEqual(expected);
    here.emulator.answer(() => undefined);
    expect(await here.send(batch(2))).toEqual({ kind: 'acked' });
    expect(here.ids()).toEqual(['e0', 'e1']);
  });

  test.each(['reset', 'hang'] as const)('%s: unanswered, within its own time', async (fault) => {
    const here = await world({ request_timeout: '100ms' });
    here.emulator.answer(() => ({ status: 202, body: '', fault }));
    expect(await here.send(batch(1))).toMatchObject({ kind: 'retryable', why: 'unanswered' });
    here.emulator.answer(() => undefined);
    expect(await here.send(batch(1))).toEqual({ kind: 'acked' });
  });

  test('TLS that is broken off: nothing was sent', async () => {
    const server = createServer((socket) =>
      socket.on('error', () => undefined).on('data', () => socket.resetAndDestroy()),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    // A TCP server's address is never the string form, which is a pipe's.
    const { port } = server.address() as { port: number };
    const here = await world({ url: `https://127.0.0.1:${port}` });
    expect(await here.send(batch(1))).toMatchObject({ kind: 'retryable', why: 'failed' });
  });
});

test('9: taken, and the connection cut before the answer: unanswered, and the copy has the same ids', async () => {
  const here = await world();
  here.emulator.answer((_, handled) => ({ ...handled(), fault: 'reset' }));
  expect(await here.send(batch(2))).toMatchObject({ kind: 'retryable', why: 'unanswered' });
  here.emulator.answer(() => undefined);
  await here.send(batch(2));
  expect(here.ids()).toEqual(['e0', 'e1', 'e0', 'e1']);
});

test('11: keys of the event that are called as Datadog’s own stay in their place', async () => {
  const here = await world();
  const reserved = {
    status: 'x',
    host: 'x',
    hostname: 'x',
    service: 'x',
    message: 'x',
    timestamp: 1,
    ddsource: 'x',
    ddtags: 'x',
  };
  const [plain] = batch(1).envelopes;
  if (plain === undefined) throw new Error('no envelope');
  const json = JSON.stringify({ ...reserved, details: reserved });
  await here.send(batchOf([{ ...plain, json, bytes: Buffer.byteLength(json) }]));
  const [log] = here.emulator.logs;
  expect(log).toMatchObject({
    timestampMs: plain.timeMs,
    source: 'openai-audit',
    service: 'openai',
    status: 'info',
    tags: [],
  });
  expect(log).not.toHaveProperty('host');
  expect(log?.message).toBe(plain.facts.summary);
  expect(log?.attributes).toMatchObject({ 'ecs.status': 'x', 'ecs.timestamp': 1, 'ecs.details.service': 'x' });
});

test('12: a redirect is not followed with the key', async () => {
  const elsewhere = await emulatorFor(new Clocks());
  const here = await world();
  here.emulator.answer(() => ({ status: 302, headers: { location: `${elsewhere.url}/api/v2/logs` }, body: '' }));
  expect(await here.send(batch(1))).toMatchObject({ kind: 'blocked', reason: expect.stringContaining('url') });
  expect(elsewhere.requests).toEqual([]);
});

describe('13: a proxy', () => {
  const AWAY = { url: 'http://intake.example.test:8080', plain_http: true };

  test('that wants credentials is gone by with them, and without them it blocks', async () => {
    const clocks = new Clocks();
    const emulator = await emulatorFor(clocks);
    const proxy = await connectProxy('ada:secret', emulator.url);
    const here = new World(emulator, { ...AWAY, proxy: proxy.url }, { clocks });
    expect(await here.send(batch(1))).toEqual({ kind: 'acked' });
    expect([proxy.asked, here.ids()]).toEqual([['intake.example.test:8080'], ['e0']]);
    const without = new World(emulator, { ...AWAY, proxy: proxy.url.replace('ada:secret@', '') }, { clocks });
    expect(await without.send(batch(1))).toMatchObject({ kind: 'blocked', reason: expect.stringContaining('proxy') });
  });

  test.each([
    { noProxy: 'example.com', asked: 1, kind: 'acked' },
    { noProxy: 'example.test', asked: 0, kind: 'retryable' },
  ])('of the environment is heeded, and NO_PROXY=$noProxy', async ({ noProxy, asked, kind }) => {
    const clocks = new Clocks();
    const emulator = await emulatorFor(clocks);
    const proxy = await connectProxy('ada:secret', emulator.url);
    const proxyFor = proxyFromEnvironment({ HTTP_PROXY: proxy.url, NO_PROXY: noProxy });
    const here = new World(emulator, AWAY, { clocks, overrides: { proxyFor } });
    expect((await here.send(batch(1))).kind).toBe(kind);
    expect(proxy.asked).toHaveLength(asked);
  });
});

test('14: four-byte characters and halves of them are valid UTF-8 on the wire, and counted in bytes', async () => {
  const here = await world({ gzip: false });
  const list = envelopes(3, { message: '😀\ud83d é 漢'.repeat(100), id: (index) => `😀${index}` });
  expect(await here.send(batchOf(list))).toEqual({ kind: 'acked' });
  const [request] = here.emulator.requests;
  expect(request?.headers['content-length']).toBe(String(Buffer.byteLength(request?.text ?? '')));
  expect(here.ids()).toEqual(['😀0', '😀1', '😀2']);
});

test.each([true, false])('many at a time and after one another, gzip %s: each body is its own', async (gzip) => {
  const here = await world({ gzip });
  const lanes = [1, 40, 7, 23].map(async (count, lane) => {
    for (let turn = 0; turn < 8; turn += 1) {
      const name = `${lane}-${turn}-`;
      expect(await here.send(batch(count + turn, name))).toEqual({ kind: 'acked' });
    }
  });
  await Promise.all(lanes);
  const expected = [1, 40, 7, 23].flatMap((count, lane) =>
    Array.from({ length: 8 }, (_, turn) =>
      batch(count + turn, `${lane}-${turn}-`).envelopes.map(({ id }) => id),
    ).flat(),
  );
  expect(here.ids()).toHaveLength(expected.length);
  expect(new Set(here.ids())).toEqual(new Set(expected));
});

test('15: a request that is under way when the signal fires ends at once, and says nothing', async () => {
  const here = await world();
  const stop = new AbortController();
  here.emulator.answer((_, handled) => {
    stop.abort(new Error('the drain is over'));
    return { ...handled(), fault: 'hang' };
  });
  await expect(here.send(batch(1), stop.signal)).rejects.toThrow('the drain is over');
  expect(here.counted('restamped')).toBe(0);
});
