/** The emulator by itself: each fault has its code; and a client that nobody here wrote delivers into it. */
import splunk from 'splunk-logging';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type EmulatorOptions, type HecEmulator, startHecEmulator } from './index.ts';

const TOKEN = '0b1d2c3e-aaaa-bbbb-cccc-1234567890ab';
const CHANNEL = '11111111-2222-3333-4444-555555555555';

async function started(options: Partial<EmulatorOptions> = {}): Promise<HecEmulator> {
  const emulator = await startHecEmulator({ tokens: { [TOKEN]: {} }, ...options });
  onTestFinished(() => emulator.close());
  return emulator;
}

interface Asking {
  readonly path?: string;
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(
  { url }: HecEmulator,
  { path = '/services/collector', method = 'POST', body = '', headers = {} }: Asking,
) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Splunk ${TOKEN}`, ...headers },
    ...(method === 'GET' ? {} : { body }),
  });
  const text = await response.text();
  return {
    status: response.status,
    text,
    body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {},
  };
}

const GOOD = '{"event":"a"}';

describe('a fault has its code', () => {
  test.each<{
    name: string;
    asking: Asking;
    is: readonly [number, number | undefined];
    options?: Partial<EmulatorOptions>;
  }>([
    { name: 'none', asking: { body: GOOD }, is: [200, 0] },
    { name: 'several envelopes', asking: { body: `${GOOD}\n${GOOD} ${GOOD}` }, is: [200, 0] },
    {
      name: 'a disabled token',
      asking: { body: GOOD },
      is: [403, 1],
      options: { tokens: { [TOKEN]: { isDisabled: true } } },
    },
    { name: 'Bearer', asking: { body: GOOD, headers: { authorization: `Bearer ${TOKEN}` } }, is: [401, 3] },
    { name: 'another token', asking: { body: GOOD, headers: { authorization: 'Splunk x' } }, is: [403, 4] },
    { name: 'nothing', asking: {}, is: [400, 5] },
    { name: 'an array', asking: { body: `[${GOOD}]` }, is: [400, 6] },
    { name: 'commas between', asking: { body: `${GOOD},${GOOD}` }, is: [400, 6] },
    { name: 'no JSON', asking: { body: 'event' }, is: [400, 6] },
    { name: 'half an envelope', asking: { body: '{"event":"a"' }, is: [400, 6] },
    { name: 'fields that are no object', asking: { body: '{"event":"a","fields":1}' }, is: [400, 6] },
    {
      name: 'another index',
      asking: { body: '{"event":"a","index":"x"}' },
      is: [400, 7],
      options: { tokens: { [TOKEN]: { indexes: ['y'] } } },
    },
    { name: 'full queues', asking: { body: GOOD }, is: [503, 9], options: { queueEvents: 0 } },
    { name: 'no channel', asking: { body: GOOD }, is: [400, 10], options: { tokens: { [TOKEN]: { useAck: true } } } },
    {
      name: 'a channel that is no GUID',
      asking: { body: GOOD, headers: { 'x-splunk-request-channel': 'x' } },
      is: [400, 11],
    },
    { name: 'no event', asking: { body: '{"time":1}' }, is: [400, 12] },
    { name: 'a blank event', asking: { body: '{"event":""}' }, is: [400, 13] },
    {
      name: 'acks without',
      asking: {
        path: '/services/collector/ack',
        body: '{"acks":[0]}',
        headers: { 'x-splunk-request-channel': CHANNEL },
      },
      is: [400, 14],
    },
    { name: 'nested fields', asking: { body: '{"event":"a","fields":{"a":{"b":1}}}' }, is: [400, 15] },
    {
      name: 'a token in the address',
      asking: { path: `/services/collector?token=${TOKEN}`, body: GOOD },
      is: [400, 16],
    },
    { name: 'health', asking: { path: '/services/collector/health', method: 'GET' }, is: [200, 17] },
    {
      name: 'health with full queues',
      asking: { path: '/services/collector/health', method: 'GET' },
      is: [503, 18],
      options: { queueEvents: 0 },
    },
    {
      name: 'health with another token',
      asking: { path: '/services/collector/health', method: 'GET', headers: { authorization: 'Splunk x' } },
      is: [400, 21],
    },
    {
      name: 'full queues that warn',
      asking: { body: GOOD },
      is: [429, 26],
      options: { queueEvents: 0, warnsAt80: true },
    },
    {
      name: 'full acknowledgments that warn',
      asking: { body: GOOD, headers: { 'x-splunk-request-channel': CHANNEL } },
      is: [429, 27],
      options: { maxPendingAcks: 0, warnsAt80: true, tokens: { [TOKEN]: { useAck: true } } },
    },
    {
      name: 'nearly full queues',
      asking: { body: GOOD },
      is: [200, 24],
      options: { queueEvents: 1, warnsAt80: true },
    },
    {
      name: 'nearly full acknowledgments',
      asking: { body: GOOD, headers: { 'x-splunk-request-channel': CHANNEL } },
      is: [200, 25],
      options: { maxPendingAcks: 1, warnsAt80: true, tokens: { [TOKEN]: { useAck: true } }, indexesAtOnce: false },
    },
    { name: 'too large', asking: { body: GOOD }, is: [413, undefined], options: { maxRequestBytes: 5 } },
    { name: 'packed otherwise', asking: { body: GOOD, headers: { 'content-encoding': 'zstd' } }, is: [415, undefined] },
    { name: 'another address', asking: { path: '/en-US/app', body: GOOD }, is: [404, 404] },
  ])('$name', async ({ asking, is, options = {} }) => {
    const { status, body } = await ask(await started(options), asking);
    expect([status, body['code']]).toEqual(is);
  });

  test('the first envelope that is wrong is named from 0, and those before it are kept', async () => {
    const emulator = await started();
    const { body } = await ask(emulator, { body: `${GOOD}${GOOD}{"event":""}${GOOD}` });
    expect(body).toMatchObject({ code: 13, 'invalid-event-number': 2 });
    expect(emulator.events).toHaveLength(2);
  });
});

test('ids count for each channel, a true is told once, and all is gone with the process', async () => {
  const emulator = await started({ tokens: { [TOKEN]: { useAck: true } }, indexesAtOnce: false });
  const headers = { 'x-splunk-request-channel': CHANNEL };
  const take = async () => (await ask(emulator, { body: GOOD, headers })).body['ackId'];
  const read = async () =>
    (await ask(emulator, { path: '/services/collector/ack', body: '{"acks":[0,1]}', headers })).body['acks'];
  expect([await take(), await take(), await read()]).toEqual([0, 1, { 0: false, 1: false }]);
  emulator.index();
  expect([await read(), await read(), await take()]).toEqual([{ 0: true, 1: true }, { 0: false, 1: false }, 2]);
  emulator.restart();
  expect([await take(), emulator.events.length]).toEqual([0, 2]);
});

describe('Splunk’s own client, splunk-logging', () => {
  /** What it makes of the answer: the body of a yes, or what it tells its listener for errors. */
  const sent = ({ url }: HecEmulator): Promise<unknown> => {
    const logger = new splunk.Logger({ token: TOKEN, url, maxBatchCount: 1 });
    const metadata = { index: 'main', source: 's', sourcetype: 'httpevent', host: 'h' };
    return new Promise((resolve) => {
      logger.error = resolve;
      logger.send({ message: { n: 1 }, severity: 'info', metadata }, (_error, _response, body) => resolve(body));
    });
  };

  test('delivers into it', async () => {
    const emulator = await started();
    expect(await sent(emulator)).toEqual({ text: 'Success', code: 0 });
    expect(emulator.events).toMatchObject([
      {
        index: 'main',
        source: 's',
        sourcetype: 'httpevent',
        host: 'h',
        event: { message: { n: 1 }, severity: 'info' },
      },
    ]);
  });

  test('understands its refusals', async () => {
    const emulator = await started({ tokens: { [TOKEN]: { indexes: ['other'] } } });
    expect(await sent(emulator)).toMatchObject({ message: 'Incorrect index', code: 7 });
    expect(emulator.events).toEqual([]);
  });
});
