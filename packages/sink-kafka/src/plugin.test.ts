import { batchOf, envelopes } from '@audit-relay/sink-testkit';
import { expect, test } from 'vitest';
import { openSink, SHORT } from './__fixtures__/world.ts';
import { Cluster } from './emulator/cluster.ts';
import { kafka } from './plugin.ts';

test('a test event is found by a command that reads the topic', () => {
  const config = kafka.configSchema.parse({ brokers: ['kafka-0:9092', 'kafka-1:9092'], topic: 'audit' });
  const [event] = envelopes(1);
  if (event === undefined) throw new Error('no event');
  expect(kafka.locate?.(event, config)).toBe(
    "kcat -C -b kafka-0:9092 -t audit -o -100 -e -f '%k %h %s\\n' | grep audit_log-0",
  );
});

const call = { signal: new AbortController().signal, accepted: () => undefined };
const batch = batchOf(envelopes(1));

test.each([
  { order: 'first', pick: (down: string, up: string) => [down, up] },
  { order: 'last', pick: (down: string, up: string) => [up, down] },
])('one send is enough where the $order broker of the list is down', async ({ pick }) => {
  const [down, up] = [await Cluster.start(), await Cluster.start({ partitions: 1 })];
  await down.stop();
  const sink = await openSink(up, { brokers: pick(down.addresses[0] ?? '', up.addresses[0] ?? '') });
  expect(await sink.send(batch, call)).toEqual({ kind: 'acked' });
  await sink.close();
  await up.stop();
});

test('each producer begins with another broker: one that is silent takes the time of one try alone', async () => {
  const [silent, well] = [await Cluster.start({ partitions: 1 }), await Cluster.start({ partitions: 1 })];
  silent.silent.add('ApiVersions');
  const sink = await openSink(well, { ...SHORT, brokers: [...silent.addresses, ...well.addresses] });
  // The one that begins with the silent broker has no time left for the other.
  const kinds = [(await sink.send(batch, call)).kind, (await sink.send(batch, call)).kind];
  expect(kinds).toContain('acked');
  await sink.close();
  await Promise.all([silent.stop(), well.stop()]);
});
