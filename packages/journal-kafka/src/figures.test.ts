import type { StoredCursor } from '@audit-relay/core/journal';
import { expect, test } from 'vitest';
import { entriesIn, heldIn, laneFigures } from './figures.ts';

const cursor = (position: number, acked: number): StoredCursor => ({
  position,
  reach: position,
  settled: [],
  counts: { acked },
  uncounted: 0,
});

test('what this process has written itself is newer than the last look', () => {
  const looked = new Map([
    [0, { oldest: 4, next: 11 }],
    [1, { oldest: 1, next: 6 }],
  ]);
  const held = heldIn(
    looked,
    new Map([
      [0, 12],
      [2, 3],
    ]),
  );
  expect([...held.values()].map(({ oldest, next }) => [oldest, next])).toEqual([
    [4, 13],
    [1, 6],
    [1, 4],
  ]);
  expect(entriesIn(held)).toBe(9 + 5 + 3);
});

test('a lane’s numbers are those of the partitions that it has here, added up', () => {
  const held = new Map([
    [0, { oldest: 1, next: 11 }],
    [1, { oldest: 1, next: 6 }],
    [2, { oldest: 1, next: 100 }],
  ]);
  const cursors = new Map([
    [0, cursor(7, 7)],
    [1, cursor(5, 5)],
  ]);
  const { siem } = laneFigures(new Map([['siem', cursors]]), held);
  expect(siem).toEqual({
    behindEntries: 3,
    law: { journaled: 15, acked: 12, deadLettered: 0, excluded: {}, held: 3 },
  });
});

test('a partition that was passed further than anybody has looked is not behind', () => {
  const { siem } = laneFigures(new Map([['siem', new Map([[0, cursor(9, 9)]])]]), new Map());
  expect(siem).toMatchObject({ behindEntries: 0, law: { journaled: 9, held: 0 } });
});
