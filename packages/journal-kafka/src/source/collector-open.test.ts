/** An assignment that ends while its partitions are being read, held up by an open transaction of another's. */
import { Signal } from '@audit-relay/core/journal';
import { expect, test } from 'vitest';
import { FakeCluster } from '../__fixtures__/fake-cluster.ts';
import type { ClientPort } from '../client/client.ts';
import { kafkaJournalConfigSchema } from '../config.ts';
import { Collector } from './collector.ts';

const config = kafkaJournalConfigSchema.parse({ brokers: ['127.0.0.1:1'], partitions: 2 });

/** Partition 1 has five records of which none is decided. */
const stuck = {
  listOffsets: async ({ topics: [one] }: { topics: readonly { partitions: readonly { timestamp: number }[] }[] }) => ({
    responses: [{ partitions: [{ offset: one?.partitions[0]?.timestamp === -2 ? '0' : '5' }] }],
  }),
  fetch: async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return { responses: [{ partitions: [{ messages: [], highWatermark: '5', lastStableOffset: '0' }] }] };
  },
};

test.each<{ name: string; mine: number; ends: 'revoked' | 'closing' }>([
  { name: 'the assignment, while another’s partition is read', mine: 0, ends: 'revoked' },
  { name: 'the journal, while another’s partition is read', mine: 0, ends: 'closing' },
  { name: 'the assignment, while its own partition is read', mine: 1, ends: 'revoked' },
  { name: 'the journal, while its own partition is read', mine: 1, ends: 'closing' },
])('$name: it is said what is waited for, and nothing waits any more', async ({ mine, ends }) => {
  const { client } = new FakeCluster();
  const wrapped: ClientPort = {
    ...client,
    ofLeader: (place, question) =>
      place.partition === 1 ? question(stuck as never) : client.ofLeader(place, question),
  };
  const ended = { revoked: new AbortController(), closing: new AbortController() };
  const said: string[] = [];
  const runtime = {
    now: () => 0,
    elapsedMs: () => 0,
    random: () => 0,
    sleep: async () => undefined,
    log: (_level: string, code: string, message: string) => {
      said.push(`${code} ${message}`);
      ended[ends].abort(new Error(`${ends} fired`));
    },
  };
  const opening = Collector.open({
    config,
    client: wrapped,
    assignment: {
      generation: 1,
      memberId: 'm',
      partitions: [mine],
      revoked: ended.revoked.signal,
      drainMs: 0,
      confirm: async () => undefined,
    },
    runtime,
    room: { forEntries: () => ({ keys: [], change: 0 }), apply: () => undefined, wait: async () => undefined },
    arrived: new Signal(),
    signal: ended.closing.signal,
  });
  await expect(opening).rejects.toThrow(`${ends} fired`);
  expect(said).toEqual([
    'JOURNAL_PEER an open transaction of audit-relay.state, partition 1, holds up who has to read it to its end',
  ]);
});
