/** A made-up cluster with the sink opened on it, for one test. */
import type { Check, SendResult, Sink } from '@audit-relay/sink';
import { batchOf, envelopes, type TestContext, testContext } from '@audit-relay/sink-testkit';
import { onTestFinished } from 'vitest';
import { kafka } from '../plugin.ts';
import { Cluster } from '../emulator/cluster.ts';

export interface World {
  readonly cluster: Cluster;
  readonly sink: Sink;
  readonly context: TestContext;
  /** Events with these ids, or so many with ids of their own. */
  send(events: number | readonly string[], signal?: AbortSignal): Promise<SendResult>;
  check(): Promise<readonly Check[]>;
}

export interface WorldOptions {
  readonly config?: object;
  readonly partitions?: number;
  readonly nodes?: number;
}

export async function world({ config = {}, ...shape }: WorldOptions = {}): Promise<World> {
  const cluster = await Cluster.start(shape);
  onTestFinished(() => cluster.stop());
  const context = testContext({ elapsedMs: () => performance.now() });
  const sink = await openSink(cluster, config, context);
  onTestFinished(() => sink.close());
  let sent = 0;
  return {
    cluster,
    sink,
    context,
    send: (events, signal = new AbortController().signal) => {
      const ids = typeof events === 'number' ? Array.from({ length: events }, () => `event-${sent++}`) : events;
      const list = envelopes(ids.length, { id: (index) => ids[index] ?? '' });
      return sink.send(batchOf(list), { signal, accepted: () => undefined });
    },
    check: () => sink.check(new AbortController().signal),
  };
}

export function openSink(cluster: Cluster, config: object, context: TestContext = testContext()): Promise<Sink> {
  return kafka.open(kafka.configSchema.parse({ ...yamlFor(cluster), ...config }), context);
}

/** Limits that no slow machine reaches; `SHORT` is for tests that wait one out. */
export function yamlFor({ addresses, topic }: Cluster): object {
  return { brokers: addresses, topic, connect_timeout: '30s', request_timeout: '30s' };
}

export const SHORT = { connect_timeout: '2s', request_timeout: '2s' } as const;
