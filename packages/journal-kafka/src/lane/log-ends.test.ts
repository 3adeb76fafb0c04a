/** A log of which an operator has deleted every record: its numbers go on, and so do its lanes. */
import { expect, test } from 'vitest';
import type { Client } from '../client/client.ts';
import { endsOf } from './log-ends.ts';
import { startOf } from './start.ts';

/** Up to and without offset 40 all is gone, and nothing follows. @param stable below it nothing is open */
const brokerOf = (stable: string) => ({
  listOffsets: async () => ({ responses: [{ partitions: [{ offset: '40' }] }] }),
  fetch: async () => ({
    responses: [{ partitions: [{ messages: [], highWatermark: '40', lastStableOffset: stable }] }],
  }),
});

function clientOf(stable: string): Client {
  const client = { ofLeader: async (_place: unknown, ask: (one: unknown) => unknown) => ask(brokerOf(stable)) };
  // What is asked of a client.
  return client as unknown as Client;
}

test('a log without a record goes on by the partition’s totals: a lane that has passed all of it is at its end', async () => {
  const { ends, last } = await endsOf(clientOf('40'), { topic: 'entries', partition: 0 }, async () => 30);
  expect([ends, last]).toEqual([{ low: 40n, oldest: 31, next: 31, end: 40n }, undefined]);
  const at = (position: number) => ({
    committed: {
      offset: 40n,
      told: { cursor: { position, reach: position, settled: [], counts: {}, uncounted: 0 }, term: 1 },
    },
    copies: [],
    log: ends,
  });
  expect(startOf(at(30), 'beginning')).toMatchObject({ kind: 'ready', from: 40n });
  expect(startOf(at(29), 'beginning').kind).toBe('entries_gone');
  expect(startOf(at(31), 'beginning').kind).toBe('log_shorter');
});

test('nothing is said of a log whose totals may be of a transaction that cannot be read yet', async () => {
  const at = { topic: 'entries', partition: 0 };
  await expect(endsOf(clientOf('39'), at, async () => 30)).rejects.toThrow('under way');
  expect((await endsOf(clientOf('39'), at, async () => 0)).ends).toMatchObject({ oldest: 1, next: 1 });
});
