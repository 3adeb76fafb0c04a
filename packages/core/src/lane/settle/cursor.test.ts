/** What is settled, by numbers, against a plain set. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Position } from '../../journal/journal.ts';
import { Settled } from './cursor.ts';

// The journal alone makes positions; here it is this file.
const position = (number: number): Position => `p${number}` as Position;

const numberOf = (text: string): number => Number(text.slice(1));

function settledOf(numbers: readonly number[]): Settled {
  const settled = new Settled();
  for (const number of numbers) settled.add({ number, position: position(number) }, 'acked');
  return settled;
}

describe('what is settled', () => {
  test.each<{ name: string; numbers: number[]; expected: string }>([
    { name: 'nothing: no position', numbers: [], expected: '-' },
    { name: 'the first: it is the position', numbers: [1], expected: 'p1' },
    { name: 'a gap: a range after it', numbers: [1, 3, 4], expected: 'p1 p3-p4' },
    { name: 'the gap closes: all of it is before the position', numbers: [1, 3, 4, 2], expected: 'p4' },
    { name: 'two ranges become one', numbers: [3, 5, 4], expected: '- p3-p5' },
    { name: 'backwards', numbers: [4, 3, 2, 1], expected: 'p4' },
  ])('$name', ({ numbers, expected }) => {
    const cursor = settledOf(numbers).cursor(100);
    const ranges = cursor.settled.map(({ first, last }) => `${first}-${last}`);
    expect([cursor.position ?? '-', ...ranges].join(' ')).toBe(expected);
  });

  test('what was given to be saved stays as it was, whatever settles meanwhile', () => {
    const settled = settledOf([1, 3, 5]);
    const saved = settled.cursor(100);
    const before = structuredClone(saved);
    for (const number of [4, 6, 2, 7]) settled.add({ number, position: position(number) }, 'dead_lettered');
    expect(saved).toEqual(before);
    expect(settled.cursor(100).counts).toEqual({ acked: 3, dead_lettered: 4 });
  });

  test('the first 64 ranges are saved, the others are remembered', () => {
    const settled = settledOf(Array.from({ length: 100 }, (_, index) => 2 * index + 2));
    const saved = settled.cursor(1_000).settled;
    expect([saved.length, saved[0]?.first, saved[63]?.first]).toEqual([64, 'p2', 'p128']);
    for (let number = 1; number < 200; number += 2) settled.add({ number, position: position(number) }, 'acked');
    expect(settled.cursor(1_000)).toEqual({ position: 'p200', settled: [], counts: { acked: 200 } });
  });

  test('a range that ends past the reach is not saved', () => {
    const settled = settledOf([3, 5, 6]);
    expect(settled.cursor(5).settled).toEqual([{ first: 'p3', last: 'p3', counts: { acked: 1 } }]);
    expect(settled.cursor(6).settled).toHaveLength(2);
  });

  test('entries of partitions are counted by partition', () => {
    const settled = new Settled();
    settled.add({ number: 1, position: position(1), partition: '0' }, 'acked');
    settled.add({ number: 3, position: position(3), partition: '1' }, 'acked');
    settled.add({ number: 4, position: position(4), partition: '0' }, 'dead_lettered');
    const range = { first: 'p3', last: 'p4', counts: { '1/acked': 1, '0/dead_lettered': 1 } };
    expect(settled.cursor(100)).toEqual({ position: 'p1', counts: { '0/acked': 1 }, settled: [range] });
  });

  test('in any order what became of each is counted with what calls it settled', () => {
    const WAYS = ['acked', 'dead_lettered', 'excluded.when', 'excluded.old'] as const;
    const settles = fc.uniqueArray(
      fc.record({ number: fc.integer({ min: 1, max: 60 }), how: fc.constantFrom(...WAYS) }),
      {
        selector: ({ number }) => number,
      },
    );
    fc.assert(
      fc.property(settles, fc.integer({ min: 0, max: 60 }), (all, reach) => {
        const settled = new Settled();
        for (const { number, how } of all) settled.add({ number, position: position(number) }, how);
        const { position: upTo = 'p0', counts, settled: ranges } = settled.cursor(reach);
        const saved = [{ first: 'p1', last: upTo, counts }, ...ranges];
        for (const { first, last, counts: counted = {} } of saved) {
          const within = all.filter(({ number }) => numberOf(first) <= number && number <= numberOf(last));
          const expected = WAYS.map((way) => within.filter(({ how }) => how === way).length);
          expect(WAYS.map((way) => counted[way] ?? 0)).toEqual(expected);
        }
      }),
    );
  });

  test('any order gives the same as a set', () => {
    const order = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 60 });
    fc.assert(
      fc.property(order, (numbers) => {
        const settled = settledOf(numbers);
        const all = new Set(numbers);
        let next = 1;
        while (all.has(next)) next += 1;
        expect(settled.next).toBe(next);
        const expected = [...all].filter((number) => number > next).sort((a, b) => a - b);
        const starts = expected.filter((number) => !all.has(number - 1)).map(position);
        expect(settled.cursor(60).settled.map(({ first }) => first)).toEqual(starts);
        const ends = expected.filter((number) => !all.has(number + 1)).map(position);
        expect(settled.cursor(60).settled.map(({ last }) => last)).toEqual(ends);
      }),
    );
  });
});
