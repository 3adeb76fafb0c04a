/** What may leave and what may not. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutOf, heldOf, type PartitionBytes, type Passed } from './cut.ts';

describe('what may leave of a partition', () => {
  const all: Passed = { lowest: 50n, young: 30n, last: 90n, isFull: false };
  test.each<{ name: string; passed: Passed; expected: bigint | undefined }>([
    { name: 'what is passed and old', passed: all, expected: 30n },
    {
      name: 'what is passed, however young, where the journal is full',
      passed: { ...all, isFull: true },
      expected: 50n,
    },
    { name: 'nothing that a lane has not passed, however old', passed: { ...all, young: 80n }, expected: 50n },
    {
      name: 'of what is old and passed altogether all but the last record',
      passed: { ...all, lowest: 99n, young: undefined },
      expected: 90n,
    },
    {
      name: 'nothing while a lane has not begun',
      passed: { ...all, lowest: undefined, isFull: true },
      expected: undefined,
    },
  ])('$name', ({ passed, expected }) => {
    expect(cutOf(passed)).toBe(expected);
  });

  test('never anything that some lane has not passed, nor the last record', () => {
    const offset = fc.bigInt({ min: 0n, max: 100n });
    const maybe = fc.option(offset, { nil: undefined });
    fc.assert(
      fc.property(fc.record({ lowest: maybe, young: maybe, last: offset, isFull: fc.boolean() }), (passed) => {
        const cut = cutOf(passed);
        if (cut === undefined) return;
        expect(passed.lowest !== undefined && cut <= passed.lowest && cut <= passed.last).toBe(true);
      }),
    );
  });
});

describe('what is held', () => {
  test.each<{ name: string; partitions: PartitionBytes[]; expected: object }>([
    {
      name: 'nothing without lanes',
      partitions: [{ start: 50, end: 900, lanes: {} }],
      expected: { bytes: 0, because: 'no lane', stored: 850 },
    },
    {
      name: 'of each partition what the lane furthest behind there has not passed',
      partitions: [
        { start: 50, end: 900, lanes: { siem: 100, lake: 800 } },
        { start: 50, end: 500, lanes: { siem: 500, lake: 200 } },
      ],
      expected: { bytes: 1_100, because: 'siem', stored: 1_300 },
    },
    {
      name: 'nothing where all is passed',
      partitions: [{ start: 50, end: 900, lanes: { siem: 900 } }],
      expected: { bytes: 0, because: 'no lane', stored: 850 },
    },
    {
      name: 'nothing less than nothing',
      partitions: [{ start: 50, end: 900, lanes: { siem: 950 } }],
      expected: { bytes: 0, because: 'no lane', stored: 850 },
    },
  ])('$name', ({ partitions, expected }) => {
    expect(heldOf(partitions)).toEqual(expected);
  });
});
