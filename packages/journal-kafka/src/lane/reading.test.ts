/** Cursors by partition against a model that writes down every entry: nothing lost, nothing sent past the reach, nothing counted wrongly. */
import type { Position, StoredCursor } from '@audit-relay/core/journal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entryOf, LaneModel, type Step, WAYS } from './__fixtures__/lane-model.ts';
import { LaneReading } from './reading.ts';

const owner = fc.nat(1);
const picks = fc.record({
  from: fc.nat(20),
  count: fc.integer({ min: 1, max: 6 }),
  every: fc.integer({ min: 1, max: 3 }),
});
const kind = <K extends Step['kind']>(name: K): fc.Arbitrary<K> => fc.constant(name);
const read = fc.record({ kind: kind('read'), owner, partition: fc.nat(3), entries: fc.integer({ min: 1, max: 9 }) });
const send = fc.record({ kind: kind('send'), owner, picks, step: fc.integer({ min: 1, max: 12 }) });
const settle = fc.record({ kind: kind('settle'), owner, picks, way: fc.constantFrom(...WAYS) });
const owners = fc.array(fc.nat(1), { minLength: 1, maxLength: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: read },
  { weight: 5, arbitrary: send },
  { weight: 5, arbitrary: settle },
  { weight: 4, arbitrary: fc.record({ kind: kind('save'), owner }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('retract'), owner }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('reassign'), owners }) },
);

/** How many entries of a partition its cursor calls settled, and which. */
function passed({ position, settled }: StoredCursor): readonly number[] {
  const ranges = [[1, position] as const, ...settled];
  return ranges.flatMap(([first, last]) =>
    Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at),
  );
}

function counted({ counts, settled }: StoredCursor): number {
  const all = [counts ?? {}, ...settled.map(([, , ofRange = {}]) => ofRange)];
  return all.flatMap((one) => Object.values(one)).reduce((sum, count) => sum + count, 0);
}

describe('whatever is read, sent, saved, and whoever has which partition', () => {
  // Some fit 4,096 characters, some hardly anything.
  test.each([4_096, 190, 150])('a cursor of %i characters', (most) => {
    const partitions = 3;
    const size = 40;
    const numbers = Array.from({ length: partitions }, (_, partition) => partition);
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 80 }), (steps) => {
        const model = new LaneModel(partitions, size, { most });
        for (const one of steps) {
          model.run(one);
          if (one.kind === 'save') for (const partition of numbers) look(model, partition);
        }
        model.finish();
        expect(model.problems).toEqual([]);
        expect(model.settled.size).toBe(partitions * size);
        const ends = numbers.map((partition) => model.cursor(partition));
        expect(ends.map((cursor) => [cursor.position, cursor.settled, counted(cursor)])).toEqual(
          numbers.map(() => [size, [], size]),
        );
      }),
      { numRuns: 60 },
    );
  });
});

function look(model: LaneModel, partition: number): void {
  const cursor = model.cursor(partition);
  const all = passed(cursor);
  // Never past a gap: each of them was settled by somebody.
  expect(all.filter((number) => !model.settled.has(`${partition}:${number}`))).toEqual([]);
  // Each is counted, once.
  expect([new Set(all).size, counted(cursor)]).toEqual([all.length, all.length]);
  expect(cursor.settled.filter(([, last]) => last > cursor.reach)).toEqual([]);
}

describe('what a lane is told of the reach', () => {
  const at = (position: number, reach: number, settled: StoredCursor['settled'] = []): StoredCursor => ({
    position,
    reach,
    settled,
    counts: {},
    uncounted: 0,
  });
  const entries = (count: number) => Array.from({ length: count }, (_, index) => entryOf(index + 1));

  test('an entry within the reach of its partition says nothing of one of another that was given before it', () => {
    const reading = new LaneReading(
      new Map([
        [0, at(0, 0)],
        [1, at(0, 9)],
      ]),
    );
    expect(reading.give(0, 1, entries(1)).map(({ withinReach, replay }) => [withinReach, replay])).toEqual([
      [false, false],
    ]);
    expect(reading.give(1, 1, entries(1)).map(({ withinReach, replay }) => [withinReach, replay])).toEqual([
      [false, true],
    ]);
  });

  test('a reach counts past what the cursor calls settled, since the lane is not given that', () => {
    const reading = new LaneReading(new Map([[0, at(0, 6, [[2, 5, { acked: 4 }]])]]));
    reading.give(0, 1, entries(1));
    reading.extend(3);
    // 6, 7 and 8 are the next three that it is given.
    expect(reading.cursors.get(0)?.reach).toBe(8);
    reading.extend(0);
    expect(reading.cursors.get(0)?.reach).toBe(6);
  });

  test('entries that were given already are passed over, and one that is missing is named', () => {
    const reading = new LaneReading(new Map([[0, at(2, 0)]]));
    expect(reading.give(0, 1, entries(4)).map(({ position }) => position)).toEqual(['0:3', '0:4']);
    expect(reading.give(0, 1, entries(4))).toEqual([]);
    expect(() => reading.give(0, 6, entries(1))).toThrow('entry 5 of partition 0 is missing');
  });

  test('a place that nobody was given is no cursor', () => {
    const reading = new LaneReading(new Map([[0, at(0, 9)]]));
    reading.give(0, 1, entries(3));
    // The journal alone makes positions; this is none that it has given.
    const save = (): void => reading.save({ position: '0:4' as Position, settled: [] });
    expect(save).toThrow('nobody was given entry 4 of partition 0');
  });
});
