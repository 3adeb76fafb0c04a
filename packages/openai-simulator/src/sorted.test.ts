import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countWhile, mergeInto } from './sorted.ts';

const compare = (left: number, right: number): number => left - right;
const sortedList = fc.array(fc.integer({ min: 0, max: 50 })).map((list) => list.sort(compare));

test('merging two sorted lists gives what sorting both together gives', () => {
  fc.assert(
    fc.property(sortedList, sortedList, (list, batch) => {
      const merged = [...list];
      mergeInto(merged, batch, compare);
      expect(merged).toEqual([...list, ...batch].sort(compare));
    }),
  );
});

test('of equal elements those that were there stand first', () => {
  const merged = [10, 20, 21];
  mergeInto(merged, [22, 30], (left, right) => Math.floor(left / 10) - Math.floor(right / 10));
  expect(merged).toEqual([10, 20, 21, 22, 30]);
});

test('the count of leading elements below a bound is found', () => {
  fc.assert(
    fc.property(sortedList, fc.integer({ min: -1, max: 51 }), (list, bound) => {
      expect(countWhile(list, (element) => element < bound)).toBe(list.filter((element) => element < bound).length);
    }),
  );
});
