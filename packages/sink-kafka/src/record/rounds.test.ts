import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Placer } from './place.ts';
import type { Outgoing } from './record.ts';
import { BATCH_BYTES, type Placed, roundsOf } from './rounds.ts';

function placed(index: number, partition: number, bytes: number): Placed {
  return { partition, outgoing: record(index, bytes) };
}

function record(index: number, bytes: number, key: string | null = null): Outgoing {
  const keyed = key === null ? null : Buffer.from(key);
  return { index, bytes, timeMs: 0, record: { key: keyed, value: Buffer.alloc(0), timestamp: '0', headers: {} } };
}

const MAX = 10_000;

/** By round and partition: the indexes of the records. */
function shape(list: readonly Placed[]): readonly object[] {
  return roundsOf(list, MAX).map((round) =>
    Object.fromEntries([...round].map(([partition, records]) => [partition, records.map(({ index }) => index)])),
  );
}

describe('records are cut into rounds', () => {
  test('all of them are one where they fit', () => {
    expect(shape([placed(0, 0, 100), placed(1, 1, 100), placed(2, 0, 100)])).toEqual([{ 0: [0, 2], 1: [1] }]);
  });

  test('only the partition that is full goes on in the next', () => {
    const list = [placed(0, 0, 6_000), placed(1, 0, 6_000), placed(2, 1, 6_000)];
    expect(shape(list)).toEqual([{ 0: [0], 1: [2] }, { 0: [1] }]);
  });

  test('one that is too large for any batch is alone in its own', () => {
    const list = [placed(0, 0, 100), placed(1, 0, 50_000), placed(2, 0, 100), placed(3, 0, 100)];
    expect(shape(list)).toEqual([{ 0: [0] }, { 0: [1] }, { 0: [2, 3] }]);
  });

  test('each goes once, in order within its partition, and no batch of several is over the limit', () => {
    const one = fc.record({ partition: fc.nat(4), bytes: fc.integer({ min: 1, max: 15_000 }) });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 80 }), (sizes) => {
        const list = sizes.map(({ partition, bytes }, index) => placed(index, partition, bytes));
        const rounds = roundsOf(list, MAX);
        for (const records of rounds.flatMap((round) => [...round.values()])) {
          const bytes = records.reduce((sum, each) => sum + each.bytes, BATCH_BYTES);
          expect(records.length === 1 || bytes <= MAX).toBe(true);
        }
        for (let partition = 0; partition < 5; partition += 1) {
          const wanted = list.filter((each) => each.partition === partition).map(({ outgoing }) => outgoing.index);
          const got = rounds.flatMap((round) => round.get(partition) ?? []).map(({ index }) => index);
          expect(got).toEqual(wanted);
        }
      }),
    );
  });
});

describe('records without a key', () => {
  const partitions = [{ id: 0, leader: 1 }, { id: 1 }, { id: 2, leader: 1 }];

  test('go some to one partition and some to the next, and to none without a leader', () => {
    const list = Array.from({ length: 8 }, (_, index) => record(index, 30_000));
    const places = new Placer().place(list, partitions).map(({ partition }) => partition);
    expect(places).toEqual([0, 0, 2, 2, 0, 0, 2, 2]);
  });

  test('stay where those of the batch before them went, while there is room', () => {
    const placer = new Placer();
    const [first] = placer.place([record(0, 40_000)], partitions);
    const [second] = placer.place([record(1, 20_000)], partitions);
    const [third] = placer.place([record(2, 20_000)], partitions);
    expect([first?.partition, second?.partition, third?.partition]).toEqual([0, 0, 2]);
  });

  test('a key’s partition is its own, with or without a leader', () => {
    const [one] = new Placer().place([record(0, 1, '21')], partitions);
    expect(one?.partition).toBe(1_173_551_340 % 3);
  });
});
