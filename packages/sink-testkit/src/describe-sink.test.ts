/** The basic cases on a sink that speaks no HTTP, and what a declaration without a reason leads to. */
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type ArrayConfig, arraySink, arrays } from './__fixtures__/array-sink.ts';
import { webhookUnderTest } from './__fixtures__/webhook-under-test.ts';
import { type WebhookConfig, webhook } from './examples/webhook.ts';
import { describeHttpSink, describeSink } from './index.ts';
import { type HttpSinkUnderTest, type SinkUnderTest, titleOf } from './under-test.ts';

let turn = 0;

const inMemory: SinkUnderTest<ArrayConfig> = {
  plugin: arraySink,
  name: 'in memory',
  secret: { none: 'an array needs no credential' },
  unreachable: { none: 'an array is always there' },
  prepare: async () => {
    const array = `array-${turn++}`;
    return {
      config: { array },
      delivered: async () => {
        const lines = arrays.get(array) ?? [];
        // As the kit's documents are.
        const ids = lines.map((line) => (JSON.parse(line) as { event: { id: string } }).event.id);
        return { ids, text: lines.join('\n') };
      },
      stop: async () => void arrays.delete(array),
    };
  },
};

describeSink(inMemory);

const DAY_MS = 86_400_000;

describeSink({
  ...inMemory,
  name: 'that excludes what is older than a day',
  plugin: {
    ...arraySink,
    exclusions: () => [{ name: 'old', events: 'events older than a day', maxAgeMs: DAY_MS }],
    open: async (config, context) => {
      const sink = await arraySink.open(config, context);
      return {
        ...sink,
        send: async (batch, call) => {
          const young = batch.envelopes.filter(({ timeMs, receivedMs }) => receivedMs - timeMs <= DAY_MS);
          const failure = { kind: 'excluded', rule: 'old', reason: 'older than a day' } as const;
          const failures = batch.envelopes.flatMap((one, index) => (young.includes(one) ? [] : [{ index, failure }]));
          const result = await sink.send({ ...batch, envelopes: young }, call);
          return failures.length === 0 ? result : { kind: 'partial', acked: young.length, failures };
        },
      };
    },
  },
});

test('the heading names the sink and the configuration', () => {
  expect(titleOf({ plugin: arraySink })).toBe('sink array');
  expect(titleOf({ plugin: arraySink, name: 'in memory' })).toBe('sink array in memory');
});

describe('a departure needs its reason', () => {
  const status400: HttpSinkUnderTest<WebhookConfig>['statusOf'] = { 400: { expect: 'blocked', because: '' } };
  const departures: readonly { readonly where: string; readonly register: () => void }[] = [
    { where: 'secret.none', register: () => describeHttpSink({ ...webhookUnderTest, secret: { none: '' } }) },
    {
      where: 'secret.signs',
      register: () => describeHttpSink({ ...webhookUnderTest, secret: { value: 's', signs: '' } }),
    },
    {
      where: 'partialRetryable.none',
      register: () => describeHttpSink({ ...webhookUnderTest, partialRetryable: { none: '' } }),
    },
    { where: 'shortYes.none', register: () => describeHttpSink({ ...webhookUnderTest, shortYes: { none: '' } }) },
    { where: 'partial.none', register: () => describeHttpSink({ ...webhookUnderTest, partial: { none: ' ' } }) },
    { where: 'saysYesIn.status', register: () => describeHttpSink({ ...webhookUnderTest, saysYesIn: { status: '' } }) },
    { where: 'statusOf[400].because', register: () => describeHttpSink({ ...webhookUnderTest, statusOf: status400 }) },
    { where: 'unreachable.none', register: () => describeSink({ ...inMemory, unreachable: { none: '' } }) },
  ];
  for (const { where, register } of departures) {
    test(where, () => expect(register).toThrow(`${where}: say why`));
  }
});

test.each(['secret', 'partial', 'partialRetryable', 'shortYes'])('%s must be declared, one way or the other', (key) => {
  // As a test file in JavaScript leaves it out.
  const without = { ...webhookUnderTest, [key]: undefined } as unknown as HttpSinkUnderTest<WebhookConfig>;
  expect(() => describeHttpSink(without)).toThrow(`${key}: declare it, or say { none: 'why there is none' }`);
});

/** What goes out in the place of the token was made with it. */
const signing: typeof webhook = {
  ...webhook,
  open: (config, context) =>
    webhook.open({ ...config, token: createHmac('sha256', config.token).digest('hex') }, context),
};

describeHttpSink({
  ...webhookUnderTest,
  plugin: signing,
  name: 'of which nearly nothing is declared',
  secret: { value: 's3cret-token', signs: 'requests carry a signature made with it' },
  partial: { none: 'it takes all or nothing' },
  partialRetryable: { none: 'it takes all or nothing' },
  shortYes: { none: 'its yes counts nothing' },
});
