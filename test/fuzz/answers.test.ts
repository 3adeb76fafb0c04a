/** Whatever stands at the head of an answer, and whatever bytes come in place of one: a reply as a value, within its time. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { openHttpClient, parseHttpDate, retryAfterMs } from '@audit-relay/sink-http';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { judge, serverSecondsOf } from '../../packages/core/dist/source/api/answer.js';
import type { Reply } from '../../packages/core/dist/source/api/client.js';
import { broken, CANARY, fuzz } from './fuzz.ts';

const NOW_MS = 1_700_000_000_000;
const DAY_MS = 86_400_000;
const NAMES = [
  'Sun',
  'Sunday',
  'Nov',
  'nov',
  'Feb',
  'GMT',
  'UTC',
  'EST',
  '06',
  '6',
  '31',
  '1994',
  '94',
  '08:49:37',
  '24:60:61',
];
const date = fc.oneof(
  fc.date({ noInvalidDate: true }).map((at) => at.toUTCString()),
  fc
    .array(fc.constantFrom(...NAMES, ' ', '  ', ', ', '-', ':', '\u00a0'), { maxLength: 16 })
    .map((parts) => parts.join('')),
  fc.constantFrom('Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'),
);
const header = fc.option(
  fc.oneof(
    date,
    fc.double().map(String),
    fc.bigInt().map(String),
    fc.constantFrom(
      '',
      ' 5 ',
      '0',
      '-0',
      '1e3',
      '0x10',
      '5, 6',
      '9'.repeat(400),
      '0.0000001',
      'Infinity',
      'true',
      'false',
    ),
    fc.string({ unit: 'binary' }),
  ),
  { nil: undefined },
);
const HEADERS: readonly string[] = ['date', 'retry-after', 'retry-after-ms', 'x-should-retry', 'x-request-id'];

test('the head of an answer: a wait from none to an hour, a time of the calendar or none', async () => {
  const input = fc.record({
    status: fc.oneof(fc.integer({ min: 100, max: 999 }), fc.constantFrom(200, 400, 401, 403, 404, 429, 503)),
    headers: fc.tuple(...HEADERS.map(() => header)),
    body: broken(fc.constant(`{"object":"list","data":[],"has_more":false,"${CANARY}":1}`)),
    feed: fc.constantFrom('organization' as const, 'tenant' as const),
  });
  await fuzz({
    name: 'heads of answers',
    input,
    inputs: 3_000,
    check: ({ status, headers, body, feed }) => {
      const of = (name: string): string | undefined => headers[HEADERS.indexOf(name)];
      const reply: Reply = { kind: 'response', status, body, header: of };
      const asked = retryAfterMs({ header: of }, NOW_MS);
      if (asked !== undefined) expect(asked >= 0 && asked <= DAY_MS && Number.isInteger(asked)).toBe(true);
      const dateMs = parseHttpDate(of('date'), NOW_MS);
      if (dateMs !== undefined) expect(Number.isFinite(new Date(dateMs).getTime())).toBe(true);
      expect(serverSecondsOf(reply, NOW_MS)).toBe(dateMs === undefined ? undefined : Math.floor(dateMs / 1_000));
      const answer = judge(reply, { feed, dialect: 'audit_logs', receivedMs: NOW_MS });
      if (answer.kind === 'page') return expect(status).toBe(200);
      const { waitMs = 1 } = answer;
      expect(waitMs > 0 && waitMs <= DAY_MS / 24).toBe(true);
      expect(answer.problem).not.toContain(CANARY);
    },
  });
});

test('what the calendar has comes back as it was, in each of the three forms', async () => {
  const two = (value: number): string => String(value).padStart(2, '0');
  const [months, days] = ['Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec', 'Sun Mon Tue Wed Thu Fri Sat'].map(
    (text) => text.split(' '),
  );
  await fuzz({
    name: 'HTTP dates',
    input: fc.integer({ min: Date.UTC(1980), max: Date.UTC(2070) }).map((ms) => Math.floor(ms / 1_000) * 1_000),
    inputs: 1_000,
    check: (ms) => {
      const at = new Date(ms);
      const [day, month, year] = [days?.[at.getUTCDay()], months?.[at.getUTCMonth()], at.getUTCFullYear()];
      const time = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':');
      expect(parseHttpDate(at.toUTCString(), NOW_MS)).toBe(ms);
      expect(parseHttpDate(`${day} ${month} ${String(at.getUTCDate()).padStart(2)} ${time} ${year}`, NOW_MS)).toBe(ms);
      expect(parseHttpDate(`${day}day, ${two(at.getUTCDate())}-${month}-${two(year % 100)} ${time} GMT`, NOW_MS)).toBe(
        year > 2_073 ? undefined : ms,
      );
    },
  });
});

const SOUND = [
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n{}',
  'HTTP/1.1 503 \r\nRetry-After: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 no\r\nConnection: close\r\n\r\nlater',
  'HTTP/1.0 204 No Content\r\nContent-Encoding: gzip\r\n\r\n',
  `HTTP/1.1 302 Found\r\nLocation: http://${CANARY}/\r\nContent-Length: 0\r\n\r\n`,
];

/** Requests after bytes of any kind, of which one must be answered. */
const TRIES = 20;

test('bytes in place of an answer: a reply or a fault in words, and the next request is answered', async () => {
  let bytes: Buffer = Buffer.alloc(0);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => undefined));
    socket.on('data', () => socket.end(bytes));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address with one.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = openHttpClient({ url, timeoutMs: 60_000, maxBytes: 100_000 });
  const ask = () => client.request({ signal: AbortSignal.timeout(60_000) });
  await fuzz({
    name: 'bytes for an HTTP answer',
    input: fc.oneof(
      { weight: 5, arbitrary: broken(fc.constantFrom(...SOUND)) },
      { weight: 1, arbitrary: fc.uint8Array().map(Buffer.from) },
    ),
    inputs: 300,
    check: async (given) => {
      bytes = given;
      const reply = await ask();
      if (reply.kind === 'answer') expect(reply.status >= 200 && reply.status <= 999).toBe(true);
      else expect([reply.reason === '', reply.reason.includes(CANARY)]).toEqual([false, false]);
      bytes = Buffer.from(SOUND[0] ?? '');
      // A connection that has just been ended may still be taken for the next request, which then has no answer.
      for (let tries = 1; (await ask()).kind !== 'answer'; tries += 1) expect(tries).toBeLessThan(TRIES);
    },
  });
  await client.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});
