/** The law of a lane whose partitions are several processes'. */
import { expect, test } from 'vitest';
import { laneStanding, type PartitionStanding } from './law.ts';

const standing = (
  cursor: Pick<PartitionStanding['cursor'], 'position' | 'settled' | 'counts'>,
  present: PartitionStanding['present'],
): PartitionStanding => ({ cursor: { ...cursor, reach: 99, uncounted: 0 }, present });

test('each number is the sum of the partitions’, and journaled is what became of it and what is held', () => {
  const { behindEntries, law } = laneStanding([
    standing(
      { position: 10, settled: [[13, 14, { acked: 1, 'excluded.when': 1 }]], counts: { acked: 8, 'excluded.when': 2 } },
      { oldest: 1, next: 21 },
    ),
    standing({ position: 5, settled: [], counts: { acked: 4, dead_lettered: 1 } }, { oldest: 6, next: 6 }),
    standing({ position: 0, settled: [], counts: {} }, { oldest: 1, next: 1 }),
  ]);
  expect(behindEntries).toBe(10);
  expect(law).toEqual({ journaled: 25, acked: 13, deadLettered: 1, excluded: { when: 3 }, held: 8 });
});

test('what has left a partition before the lane came to it is gone', () => {
  const { law } = laneStanding([standing({ position: 2, settled: [], counts: { acked: 2 } }, { oldest: 5, next: 11 })]);
  expect(law).toEqual({ journaled: 10, acked: 2, deadLettered: 0, excluded: {}, held: 6, gone: 2 });
});

test('a lane without partitions has nothing', () => {
  const nothing = { journaled: 0, acked: 0, deadLettered: 0, excluded: {}, held: 0 };
  expect(laneStanding([])).toEqual({ behindEntries: 0, law: nothing });
});
