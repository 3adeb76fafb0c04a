import { get as request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { defaultKey, type FaultPlan, type Knobs, type Simulator, startSimulator } from './index.ts';
import { at } from './json.ts';

const startMs = 1_790_000_000_000;

const opened: Simulator[] = [];
afterEach(async () => {
  for (const simulator of opened.splice(0)) await simulator.close();
});

interface Received {
  /** Undefined: no answer came. */
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  readonly pieces: number;
  /** The code of the error that broke it off. */
  readonly broken: string | undefined;
}

/** A simulator with 60 events under a clock that stands still, and a client that keeps what comes before a break. */
async function open(knobs: Partial<Knobs>): Promise<{
  readonly simulator: Simulator;
  get(query?: string, accepted?: string): Promise<Received>;
}> {
  const simulator = await startSimulator({ events: 60, now: () => startMs, knobs });
  opened.push(simulator);
  const get = (query = 'limit=50', accepted = 'identity'): Promise<Received> =>
    new Promise((resolve) => {
      const headers = { authorization: `Bearer ${defaultKey}`, 'accept-encoding': accepted };
      const sent = request(`${simulator.url}/organization/audit_logs?${query}`, { headers, agent: false });
      const nothing = { status: undefined, headers: {}, body: Buffer.alloc(0), pieces: 0 };
      let isAnswered = false;
      // Of an answer that breaks off the request may say so too, in some versions of Node before the answer does.
      sent.on('error', (error) => isAnswered || resolve({ ...nothing, broken: codeOf(error) }));
      sent.on('response', (response) => {
        isAnswered = true;
        const pieces: Buffer[] = [];
        const done = (broken: string | undefined): void =>
          resolve({
            status: response.statusCode,
            headers: response.headers,
            body: Buffer.concat(pieces),
            pieces: pieces.length,
            broken,
          });
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', (error) => done(codeOf(error)));
        response.on('end', () => done(undefined));
      });
    });
  return { simulator, get };
}

function codeOf(error: Error): string {
  return String(at(error, 'code'));
}

describe('a connection', () => {
  test('is reset without an answer', async () => {
    const { get } = await open({ reset: 'before_head' });
    expect(await get()).toMatchObject({ status: undefined, broken: 'ECONNRESET' });
  });

  test('is reset after the headers', async () => {
    const { get } = await open({ reset: 'before_body' });
    expect(await get()).toMatchObject({ status: 200, pieces: 0, broken: 'ECONNRESET' });
  });

  test('is reset half way through the body', async () => {
    const { get, simulator } = await open({ reset: 'mid_body' });
    const { headers, body, broken } = await get();
    expect(broken).toBe('ECONNRESET');
    expect(body.length).toBe(Number(headers['content-length']) >> 1);
    simulator.set({ reset: 'no' });
    expect((await get()).broken).toBeUndefined();
  });
});

test('a connection is closed in order half way through the body', async () => {
  const { get } = await open({ reset: 'end_mid_body' });
  const { headers, body, broken } = await get();
  expect([broken, body.length]).toEqual(['ECONNRESET', Number(headers['content-length']) >> 1]);
});

test.each([
  { gzip: 'x_gzip', label: 'X-GZIP', isPacked: true },
  { gzip: 'unlabelled', label: undefined, isPacked: true },
  { gzip: 'mislabelled', label: 'gzip', isPacked: false },
  { gzip: 'truncated', label: 'gzip', isPacked: undefined },
] as const)('a body comes $gzip', async ({ gzip, label, isPacked }) => {
  const { get, simulator } = await open({ gzip });
  const { headers, body, broken } = await get();
  expect([headers['content-encoding'], broken]).toEqual([label, undefined]);
  expect(headers['content-length']).toBe(String(body.length));
  simulator.set({ gzip: 'never' });
  const plain = (await get()).body;
  if (isPacked === undefined) expect(() => gunzipSync(body)).toThrow('unexpected end of file');
  else expect((isPacked ? gunzipSync(body) : body).equals(plain)).toBe(true);
});

test('an answer has no Date where none is wanted', async () => {
  const { get } = await open({ date_form: 'absent' });
  expect((await get()).headers).not.toHaveProperty('date');
});

describe('a body', () => {
  test('is cut in the middle under its correct length', async () => {
    const { get, simulator } = await open({});
    const whole = (await get()).body;
    simulator.set({ truncated_json: true });
    const { body, headers, broken } = await get();
    expect([body.equals(whole.subarray(0, whole.length >> 1)), broken]).toEqual([true, undefined]);
    expect(headers['content-length']).toBe(String(body.length));
  });

  test('holds the page twice', async () => {
    const { get } = await open({ several_documents: true });
    const [first = '', second = '', ...others] = (await get()).body.toString().split('\n');
    expect(JSON.parse(first)).toEqual(JSON.parse(second));
    expect(others).toEqual([]);
  });

  test('trickles in and is whole in the end', async () => {
    const { get, simulator } = await open({});
    const whole = (await get()).body;
    simulator.set({ slow_body_ms: 60 });
    const { body, pieces } = await get();
    expect(body.equals(whole)).toBe(true);
    expect(pieces).toBeGreaterThan(1);
  });

  test('that trickles in ends with the simulator', async () => {
    const { get, simulator } = await open({ slow_body_ms: 600_000 });
    const received = get();
    while (simulator.stats().requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await simulator.close();
    expect((await received).broken).toBe('ECONNRESET');
  });

  test('is compressed though nobody asked, or not although a client did', async () => {
    const { get, simulator } = await open({});
    const plain = (await get('limit=1')).body;
    simulator.set({ gzip: 'always' });
    const packed = await get('limit=1');
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.body).equals(plain)).toBe(true);
    simulator.set({ gzip: 'never' });
    const refused = await get('limit=1', 'gzip');
    expect(refused.headers['content-encoding']).toBeUndefined();
    expect(refused.body.equals(plain)).toBe(true);
  });
});

test('the Date header is ahead of the clock, or behind it', async () => {
  const { get, simulator } = await open({ clock_skew_s: 90 });
  expect((await get()).headers['date']).toBe(new Date(startMs + 90_000).toUTCString());
  simulator.set({ clock_skew_s: -3_600 });
  expect((await get()).headers['date']).toBe(new Date(startMs - 3_600_000).toUTCString());
});

describe('a plan of faults', () => {
  const plan: FaultPlan = { rate: 0.5, seed: 3, kinds: ['500', '401_text', 'reset', 'truncated_json'] };

  async function answers(): Promise<readonly unknown[]> {
    const { get } = await open({ faults: [plan] });
    const received: unknown[] = [];
    for (let number = 0; number < 30; number += 1) {
      const { status, broken, body } = await get('limit=3');
      received.push([status, broken, body.length]);
    }
    return received;
  }

  test('gives two simulators the same answers, and leaves the truth as it is', async () => {
    expect(await answers()).toEqual(await answers());
    const [one, other] = opened;
    expect([...(one?.truth() ?? [])]).toEqual([...(other?.truth() ?? [])]);
    const faults = one?.stats().faults ?? {};
    expect(Object.keys(faults).sort()).toEqual([...(plan.kinds ?? [])].sort());
  });

  test('leaves what is not the API’s own alone', async () => {
    const { simulator } = await open({ faults: [{ rate: 1, kinds: ['reset'] }], reset: 'before_head' });
    const truth = await (await fetch(new URL('/simulator/truth', simulator.url))).text();
    expect(truth.trimEnd().split('\n')).toHaveLength(60);
  });
});
