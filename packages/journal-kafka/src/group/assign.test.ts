/** Who gets which partition: all of them, evenly, and few change hands. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignPartitions, type Claim } from './assign.ts';

const claim = (memberId: string, partitions: readonly number[] = [], generation = 1): Claim => ({
  memberId,
  partitions,
  generation,
});

describe('partitions are given', () => {
  test.each<{ name: string; claims: Claim[]; expected: Record<string, number[]> }>([
    { name: 'all to one who is alone', claims: [claim('a')], expected: { a: [0, 1, 2, 3] } },
    {
      name: 'to a second one as few as make it even',
      claims: [claim('a', [0, 1, 2, 3]), claim('b')],
      expected: { a: [0, 1], b: [2, 3] },
    },
    {
      name: 'of one that is gone to the others, who keep theirs',
      claims: [claim('a', [0]), claim('c', [3])],
      expected: { a: [0, 1], c: [2, 3] },
    },
    {
      name: 'to whom the later generation gave it, where two name it',
      claims: [claim('a', [0, 1], 7), claim('b', [0, 1, 2, 3], 6)],
      expected: { a: [0, 1], b: [2, 3] },
    },
    {
      name: 'to none of those that are too many',
      claims: ['a', 'b', 'c', 'd', 'e'].map((name) => claim(name)),
      expected: { a: [0], b: [1], c: [2], d: [3], e: [] },
    },
    {
      name: 'and those beyond the last are nobody’s',
      claims: [claim('a', [9]), claim('b')],
      expected: { a: [0, 2], b: [1, 3] },
    },
  ])('$name', ({ claims, expected }) => {
    expect(Object.fromEntries(assignPartitions(claims, 4))).toEqual(expected);
  });

  test('whatever the members say: each once, evenly, and nobody loses one while keeping fewer than the least', () => {
    const claims = fc.uniqueArray(
      fc.record({
        memberId: fc.stringMatching(/^[a-f]{1,2}$/),
        generation: fc.nat(3),
        partitions: fc.uniqueArray(fc.nat(20)),
      }),
      { selector: ({ memberId }) => memberId, minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(claims, fc.integer({ min: 1, max: 16 }), (all, partitions) => {
        const given = [...assignPartitions(all, partitions).values()];
        expect(given.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: partitions }, (_, index) => index));
        const sizes = given.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('whoever comes or goes, no more partitions change hands than have to', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 16 }),
        fc.array(fc.nat(5), { minLength: 1, maxLength: 12 }),
        (count, steps) => {
          const members = new Set(['m0']);
          let held = assignPartitions([claim('m0')], count);
          for (const step of steps) {
            const name = `m${step}`;
            if (!members.delete(name) || members.size === 0) members.add(name);
            const next = assignPartitions(
              [...members].map((one) => claim(one, held.get(one) ?? [])),
              count,
            );
            const most = Math.ceil(count / members.size);
            for (const [member, now] of next) {
              const before = held.get(member) ?? [];
              const kept = before.filter((partition) => now.includes(partition)).length;
              expect(kept).toBeGreaterThanOrEqual(Math.min(before.length, Math.min(now.length, most)));
            }
            held = next;
          }
        },
      ),
    );
  });
});
