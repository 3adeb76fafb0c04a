import { envelopes } from '@audit-relay/sink-testkit';
import { expect, test } from 'vitest';
import { Cluster } from './__fixtures__/cluster.ts';
import { openSink } from './__fixtures__/world.ts';
import { kafka } from './plugin.ts';

test('a test event is found by a command that reads the topic', () => {
  const config = kafka.configSchema.parse({ brokers: ['kafka-0:9092', 'kafka-1:9092'], topic: 'audit' });
  const [event] = envelopes(1);
  if (event === undefined) throw new Error('no event');
  expect(kafka.locate?.(event, config)).toBe(
    "kcat -C -b kafka-0:9092 -t audit -o -100 -e -f '%k %h %s\\n' | grep audit_log-0",
  );
});

test('each producer begins with another broker: one that is silent takes the time of one try alone', async () => {
  const [silent, well] = [await Cluster.start({ partitions: 1 }), await Cluster.start({ partitions: 1 })];
  silent.silent.add('ApiVersions');
  const brokers = [...silent.addresses, ...well.addresses];
  const sink = await openSink(well, { brokers, connect_timeout: '100ms', request_timeout: '100ms' });
  const send = () =>
    sink.send(
      { envelopes: envelopes(1), bytes: 1, replay: false },
      { signal: new AbortController().signal, accepted: () => undefined },
    );
  const kinds = [(await send()).kind, (await send()).kind, (await send()).kind];
  expect(kinds).toContain('acked');
  expect(well.held.length).toBeGreaterThan(0);
  await sink.close();
  await Promise.all([silent.stop(), well.stop()]);
});
