/**
 * What the intake answers, asked of the emulator and, where `DD_API_KEY` and `DD_SITE` are set, of the real site: the emulator is no
 * stricter and no milder. What is sent has the service `audit-relay-test`.
 */
import type { Batch, Envelope, SendResult } from '@audit-relay/sink';
import { datadog } from '@audit-relay/sink-datadog';
import { startIntakeEmulator } from '@audit-relay/sink-datadog/emulator';
import { batchOf, envelopes, testContext } from '@audit-relay/sink-testkit';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { KEY } from './relay.ts';

const { DD_API_KEY: realKey, DD_SITE: realSite } = process.env;
const MISSING = 'skipped: no real site is asked, since DD_API_KEY and DD_SITE are not set';

interface Intake {
  /** Keys of the sink. */
  readonly address: { readonly site: string } | { readonly url: string };
  readonly base: string;
  readonly key: string;
}

const PEERS: readonly { readonly name: string; start(): Promise<Intake | undefined> }[] = [
  {
    name: 'the emulator',
    start: async () => {
      const { url, close } = await emulator();
      closing.push(close);
      return { address: { url }, base: url, key: KEY };
    },
  },
  {
    name: 'the real site',
    start: async () => {
      if (realKey === undefined || realSite === undefined) return undefined;
      return { address: { site: realSite }, base: `https://http-intake.logs.${realSite}`, key: realKey };
    },
  },
];

const closing: (() => Promise<void>)[] = [];

async function emulator() {
  const started = await startIntakeEmulator({ keys: [KEY] });
  return { url: started.url, close: () => started.close() };
}

/** Of now, as a real clock drops what is older. */
function fresh(count: number, shape: Parameters<typeof envelopes>[1] = {}): Batch {
  const nowMs = Date.now();
  return batchOf(envelopes(count, shape).map((one): Envelope => ({ ...one, timeMs: nowMs, receivedMs: nowMs })));
}

describe.each(PEERS)('$name', ({ start }) => {
  let intake: Intake | undefined;

  beforeAll(async () => {
    intake = await start();
    if (intake === undefined) console.info(MISSING);
    return async () => {
      for (const close of closing.splice(0)) await close();
    };
  });
  beforeEach(({ skip }) => skip(intake === undefined, MISSING));

  function asked(): Intake {
    if (intake === undefined) throw new Error(MISSING);
    return intake;
  }

  async function open(keys: object = {}) {
    const { address, key } = asked();
    const own = { service: 'audit-relay-test', tags: ['env:test'] };
    const config = datadog.configSchema.parse({ ...address, api_key: key, ...own, ...keys });
    const sink = await datadog.open(config, testContext({ now: Date.now, format: 'ecs' }));
    onTestFinished(() => sink.close());
    return sink;
  }

  async function send(batch: Batch, keys: object = {}): Promise<SendResult> {
    const { signal } = new AbortController();
    return (await open(keys)).send(batch, { signal, accepted: () => undefined });
  }

  test.each([
    { name: 'one event', batch: () => fresh(1) },
    { name: '1,000 events', batch: () => fresh(1_000) },
    { name: 'nearly 5 MB of escapes', batch: () => fresh(1_000, { message: '\\"\né😀'.repeat(140) }) },
    { name: 'one of nearly 1 MB', batch: () => fresh(1, { bytes: 990_000 }) },
    { name: 'half characters', batch: () => fresh(3, { message: 'a\ud83d' }) },
  ])('takes $name', async ({ batch }) => {
    expect(await send(batch())).toEqual({ kind: 'acked' });
    expect(await send(batch(), { gzip: false })).toEqual({ kind: 'acked' });
  });

  test('takes what is restamped', async () => {
    const late = fresh(2).envelopes.map((one) => ({
      ...one,
      timeMs: one.timeMs - 2e8,
      receivedMs: one.receivedMs - 2e8,
    }));
    expect(await send(batchOf(late))).toEqual({ kind: 'acked' });
  });

  test('blocks on a key that is none', async () => {
    expect(await send(fresh(1), { api_key: '0'.repeat(32) })).toMatchObject({ kind: 'blocked' });
  });

  test('is found well by check, and a key that is none is found', async () => {
    const { signal } = new AbortController();
    const failed = async (keys: object) =>
      (await (await open(keys)).check(signal)).filter(({ verdict }) => verdict === 'fail').map(({ name }) => name);
    expect(await failed({})).toEqual([]);
    expect(await failed({ api_key: '0'.repeat(32) })).toEqual(['key']);
  });

  const entry = (bytes: number): string => `[{"message":"${'x'.repeat(bytes)}"}]`;

  test.each<{ name: string; body: string; path?: string; headers?: object; statuses: readonly number[] }>([
    { name: 'a list', body: entry(10), statuses: [202] },
    { name: 'one entry', body: '{"message":"a"}', statuses: [202] },
    { name: 'nothing', body: '[]', statuses: [202] },
    { name: 'what is no JSON', body: '[{"message":', statuses: [400] },
    { name: 'more than 5 MB', body: `[${Array(11).fill(entry(500_000).slice(1, -1)).join()}]`, statuses: [413] },
    { name: 'no key', body: '[]', headers: { 'dd-api-key': '' }, statuses: [401, 403] },
    { name: 'another path', body: '[]', path: '/api/v2/nowhere', statuses: [400, 404] },
  ])('answers $name with $statuses', async ({ body, path = '/api/v2/logs', headers = {}, statuses }) => {
    const { base, key } = asked();
    const all = { 'dd-api-key': key, 'content-type': 'application/json', ...headers };
    const response = await fetch(`${base}${path}`, { method: 'POST', headers: all, body });
    const text = await response.text();
    expect(statuses).toContain(response.status);
    if (response.status === 202) expect(text).toMatch(/^(\{\})?$/);
    else expect(JSON.parse(text)).toMatchObject({ errors: expect.any(Array) });
  });
});
