/** A lane that has ended in this process leaves its group, and one whose share merely changes does not. */
import { expect, test } from 'vitest';
import { kafkaJournalConfigSchema } from '../config.ts';
import type { Delivery } from './deliverer.ts';
import { LaneSharing } from './lane-sharing.ts';
import { laneStanding } from './law.ts';

const STANDING = laneStanding([]);

function world() {
  const said: string[] = [];
  const delivery: Delivery = {
    assignment: {
      generation: 1,
      memberId: 'm',
      partitions: [0],
      revoked: new AbortController().signal,
      drainMs: 7,
      confirm: async () => undefined,
      commit: async () => undefined,
    },
    lane: { kind: 'entries_gone', partitions: [0] },
  };
  let made = 0;
  const sharing = new LaneSharing({
    config: kafkaJournalConfigSchema.parse({ brokers: ['127.0.0.1:1'] }),
    runtime: {
      now: () => 0,
      elapsedMs: () => 0,
      random: () => 0,
      sleep: async () => undefined,
      log: () => undefined,
    },
    delivererOf: ({ name }) => {
      made += 1;
      const member = `${name} ${made}`;
      return {
        next: async (signal) => {
          said.push(`${member} next`);
          signal.throwIfAborted();
          return delivery;
        },
        standing: () => STANDING,
        unwritable: undefined,
        close: async () => void said.push(`${member} left`),
      };
    },
  });
  sharing.configure([{ name: 'siem', startFrom: 'beginning' }]);
  return { sharing, said };
}

test('a share that is released for the next one keeps its member, and the last one leaves the group', async () => {
  const { sharing, said } = world();
  const ended = new AbortController();
  const first = await sharing.lane('siem', ended.signal);
  first.release();
  const second = await sharing.lane('siem', ended.signal);
  ended.abort(new Error('taken out'));
  expect(said).toEqual(['siem 1 next', 'siem 1 next']);
  second.release();
  second.release();
  expect(said).toEqual(['siem 1 next', 'siem 1 next', 'siem 1 left']);
  // Whoever sums up at the end still sees how it stood.
  expect(sharing.stats()).toEqual({ siem: STANDING });
  await sharing.lane('siem', new AbortController().signal);
  expect(said.slice(3)).toEqual(['siem 2 next']);
  await sharing.close();
  expect(said.slice(4)).toEqual(['siem 2 left']);
});

test('a lane that ends while it waits for its share leaves the group', async () => {
  const { sharing, said } = world();
  await expect(sharing.lane('siem', AbortSignal.abort(new Error('taken out')))).rejects.toThrow('taken out');
  expect(said).toEqual(['siem 1 next', 'siem 1 left']);
  await sharing.close();
});
