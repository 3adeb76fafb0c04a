/** The intake's own words and limits, so that what is shown with it is shown of what Datadog documents. */
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type EmulatorOptions, type IntakeEmulator, startIntakeEmulator } from './index.ts';

const KEY = 'key';
const NOW_MS = Date.UTC(2026, 2, 1, 12);
const HOUR_MS = 3_600_000;

async function started(options: Partial<EmulatorOptions> = {}): Promise<IntakeEmulator> {
  const emulator = await startIntakeEmulator({ keys: [KEY], now: () => NOW_MS, ...options });
  onTestFinished(() => emulator.close());
  return emulator;
}

interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

async function ask({ url }: IntakeEmulator, { path = '/api/v2/logs', method = 'POST', headers = {}, body }: Asked) {
  const all = { 'dd-api-key': KEY, 'content-type': 'application/json', ...headers };
  const present = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  const response = await fetch(`${url}${path}`, { method, headers: present, ...(body === undefined ? {} : { body }) });
  return { status: response.status, date: response.headers.get('date'), text: await response.text() };
}

const list = (entries: readonly object[]): string => JSON.stringify(entries);

test('a list that is right: 202, {} and the date of its own clock', async () => {
  const emulator = await started();
  const body = list([
    { message: 'a', ddsource: 's', service: 'v', hostname: 'h', ddtags: 'x:1,y', status: 'warning', usr: { id: 'u' } },
  ]);
  expect(await ask(emulator, { body })).toEqual({ status: 202, date: 'Sun, 01 Mar 2026 12:00:00 GMT', text: '{}' });
  expect(emulator.logs).toMatchObject([
    {
      timestampMs: NOW_MS,
      source: 's',
      service: 'v',
      host: 'h',
      status: 'warning',
      message: 'a',
      tags: ['x:1', 'y'],
      attributes: { 'usr.id': 'u' },
      isTruncated: false,
    },
  ]);
});

const MB = 1_000_000;
const spread = (entries: number, bytes: number): string =>
  list(Array.from({ length: entries }, () => ({ message: 'x'.repeat(Math.floor(bytes / entries) - 20) })));

describe('refuses', () => {
  test.each<Asked & { name: string; status: number; detail: string }>([
    { name: 'no key', headers: { 'dd-api-key': '' }, status: 401, detail: 'API key is missing' },
    { name: 'another key', headers: { 'dd-api-key': 'x' }, status: 403, detail: 'API key is missing or invalid' },
    { name: 'another path', path: '/api/v2/log', status: 400, detail: 'HTTP path is invalid' },
    { name: 'another method', method: 'PUT', status: 405, detail: 'Method Not Allowed' },
    {
      name: 'another content',
      headers: { 'content-type': 'text/html' },
      status: 415,
      detail: 'Unsupported Media Type',
    },
    { name: 'no JSON', body: '[{"message":"a"', status: 400, detail: 'Malformed payload' },
    { name: 'an entry that is no object', body: '["a"]', status: 400, detail: 'Malformed payload' },
    { name: 'tags as a list', body: '[{"ddtags":["a"]}]', status: 400, detail: 'Malformed payload' },
    { name: '1,001 entries', body: spread(1_001, 50_000), status: 400, detail: 'More than 1000 entries' },
    {
      name: 'over 5 MB, also packed',
      body: gzipSync(spread(10, 5.1 * MB)),
      headers: { 'content-encoding': 'gzip' },
      status: 413,
      detail: 'Request Entity Too Large',
    },
    {
      name: 'gzip that is none',
      body: '[]',
      headers: { 'content-encoding': 'gzip' },
      status: 400,
      detail: 'Content encoding is invalid',
    },
    {
      name: 'zstd',
      body: '[]',
      headers: { 'content-encoding': 'zstd' },
      status: 400,
      detail: 'Content encoding is invalid',
    },
    {
      name: 'what is not UTF-8',
      body: Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]),
      status: 400,
      detail: 'Content encoding is invalid',
    },
  ])('$name', async ({ status, detail, ...asked }) => {
    const emulator = await started();
    const answer = await ask(emulator, { body: '[]', ...asked });
    const errors = [{ status: String(status), title: expect.any(String), detail }];
    expect([answer.status, JSON.parse(answer.text)]).toEqual([status, { errors }]);
    expect(emulator.logs).toEqual([]);
  });
});

test.each([
  { name: '1,000 entries', body: spread(1_000, 50_000), coding: '' },
  { name: '5 MB', body: gzipSync(spread(10, 4.99 * MB)), coding: 'gzip' },
  { name: 'deflate', body: deflateSync('[{"message":"a"}]'), coding: 'deflate' },
  { name: 'one entry that is no list', body: '{"message":"a"}', coding: '' },
  { name: 'nothing', body: '[]', coding: '' },
])('takes $name', async ({ body, coding }) => {
  expect((await ask(await started(), { body, headers: { 'content-encoding': coding } })).status).toBe(202);
});

describe('says yes and', () => {
  test('cuts short what is longer than 1 MB, its neighbours whole', async () => {
    const emulator = await started();
    const long = { evt: { id: 'long' }, message: 'é'.repeat(MB / 2) };
    expect((await ask(emulator, { body: list([{ message: 'a' }, long, { message: 'b' }]) })).status).toBe(202);
    expect(emulator.logs.map(({ isTruncated }) => isTruncated)).toEqual([false, true, false]);
    expect(emulator.logs[1]?.attributes).toEqual({});
  });

  test.each([
    { name: '18 h old', timestamp: NOW_MS - 18 * HOUR_MS, dropped: [] },
    { name: 'older', timestamp: NOW_MS - 18 * HOUR_MS - 1, dropped: ['too old'] },
    { name: '2 h ahead', timestamp: NOW_MS + 2 * HOUR_MS, dropped: [] },
    { name: 'further ahead', timestamp: NOW_MS + 2 * HOUR_MS + 1, dropped: ['too far ahead'] },
    { name: 'in seconds', timestamp: NOW_MS / 1_000, dropped: ['too old'] },
    { name: 'as a text', timestamp: new Date(NOW_MS - 19 * HOUR_MS).toISOString(), dropped: ['too old'] },
    { name: 'no date at all', timestamp: 'yesterday', dropped: [] },
  ])('drops by its date: $name', async ({ timestamp, dropped }) => {
    const emulator = await started();
    expect((await ask(emulator, { body: list([{ timestamp }]) })).text).toBe('{}');
    expect(emulator.dropped.map(({ why }) => why)).toEqual(dropped);
    expect(emulator.logs).toHaveLength(1 - dropped.length);
  });
});

test('attributes are flat by their path, lists stay, and a text with braces is a text', async () => {
  const emulator = await started();
  await ask(emulator, { body: list([{ a: { b: { c: 1 }, d: [1, { e: 2 }] }, f: '}"{' }, { g: null }]) });
  expect(emulator.logs.map(({ attributes }) => attributes)).toEqual([
    { 'a.b.c': 1, 'a.d': [1, { e: 2 }], f: '}"{' },
    { g: null },
  ]);
  expect(emulator.logs.map(({ text }) => text)).toEqual([
    '{"a":{"b":{"c":1},"d":[1,{"e":2}]},"f":"}\\"{"}',
    '{"g":null}',
  ]);
});

test('what is beyond the limits of what is made of a log is told', async () => {
  const emulator = await started();
  const many = Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`a${index}`, 1]));
  const deep = JSON.parse(`${'{"a":'.repeat(21)}1${'}'.repeat(21)}`) as object;
  const tags = Array.from({ length: 101 }, (_, index) => `t${index}`).join();
  await ask(emulator, { body: list([many, deep, { ['n'.repeat(51)]: 1 }, { ddtags: tags }, { a: 1 }]) });
  expect(emulator.logs.map(({ beyond }) => beyond)).toEqual([['attributes'], ['depth'], ['name'], ['tags'], []]);
});

test('a message that is JSON is taken apart', async () => {
  const emulator = await started();
  const message = JSON.stringify({ message: 'inner', usr: { id: 'u' } });
  await ask(emulator, { body: list([{ message, service: 'v' }]) });
  expect(emulator.logs).toMatchObject([{ message: 'inner', service: 'v', attributes: { 'usr.id': 'u' } }]);
});

describe('a worker', () => {
  const entry = {
    message: 'a',
    status: 'info',
    timestamp: NOW_MS,
    hostname: '',
    service: 'v',
    ddsource: 's',
    ddtags: '',
  };
  const { hostname: _, ...without } = entry;

  test.each([
    { name: 'takes the form of the Agent', body: list([entry]), status: 200 },
    { name: 'takes what keeps a connection', body: '{}', status: 200 },
    { name: 'refuses a key more', body: list([{ ...entry, evt: {} }]), status: 400 },
    { name: 'refuses a key less', body: list([without]), status: 400 },
    { name: 'refuses a date that is no whole number', body: list([{ ...entry, timestamp: '1' }]), status: 400 },
  ])('$name', async ({ body, status }) => {
    expect((await ask(await started({ receiver: 'worker' }), { body })).status).toBe(status);
  });
});
