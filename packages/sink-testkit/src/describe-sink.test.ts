/** The basic cases on a sink that speaks no HTTP, and what a declaration without a reason leads to. */
import { describe, expect, test } from 'vitest';
import { type ArrayConfig, arraySink, arrays } from './__fixtures__/array-sink.ts';
import type { WebhookConfig } from './__fixtures__/good-sink.ts';
import { webhookUnderTest } from './__fixtures__/good-sink-under-test.ts';
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

test('the heading names the sink and the configuration', () => {
  expect(titleOf({ plugin: arraySink })).toBe('sink array');
  expect(titleOf({ plugin: arraySink, name: 'in memory' })).toBe('sink array in memory');
});

describe('a departure needs its reason', () => {
  const status400: HttpSinkUnderTest<WebhookConfig>['statusOf'] = { 400: { expect: 'blocked', because: '' } };
  const departures: readonly { readonly where: string; readonly register: () => void }[] = [
    { where: 'secret.none', register: () => describeHttpSink({ ...webhookUnderTest, secret: { none: '' } }) },
    { where: 'partial.none', register: () => describeHttpSink({ ...webhookUnderTest, partial: { none: ' ' } }) },
    { where: 'saysYesIn.status', register: () => describeHttpSink({ ...webhookUnderTest, saysYesIn: { status: '' } }) },
    { where: 'statusOf[400].because', register: () => describeHttpSink({ ...webhookUnderTest, statusOf: status400 }) },
    { where: 'unreachable.none', register: () => describeSink({ ...inMemory, unreachable: { none: '' } }) },
  ];
  for (const { where, register } of departures) {
    test(where, () => expect(register).toThrow(`${where}: say why`));
  }
});
