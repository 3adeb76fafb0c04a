/** A cursor as text: what is written is read again, and what does not fit is left out from its end. */
import type { SettledCounts, StoredCursor } from '@audit-relay/core/journal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeMetadata, encodeMetadata, MOST_METADATA } from './metadata.ts';

const way = fc.constantFrom(
  'acked',
  'dead_lettered',
  'excluded.when',
  'excluded.zu älteß',
  'excluded."\\',
  'excluded.😀',
);
const number = fc.integer({ min: 1, max: 2 ** 50 });
const cursor: fc.Arbitrary<StoredCursor> = fc
  .record({
    position: fc.nat(),
    reach: number,
    counts: fc.dictionary(way, number),
    uncounted: fc.nat(),
    fromMs: fc.option(number, { nil: undefined }),
    refusals: fc.option(number, { nil: undefined }),
    ranges: fc.array(
      fc.record({
        gap: fc.integer({ min: 1, max: 1e6 }),
        length: fc.integer({ min: 1, max: 1e6 }),
        ways: fc.uniqueArray(way, { maxLength: 3 }),
      }),
      {
        maxLength: 64,
      },
    ),
  })
  .map(({ ranges, fromMs, refusals, ...rest }) => {
    let before = rest.position;
    const settled = ranges.map(({ gap, length, ways }): [number, number, SettledCounts] => {
      const first = before + 1 + gap;
      before = first + length - 1;
      const [one, ...others] = ways;
      // Those of one way are the whole range, as where all were acked; of several, some.
      const counts =
        others.length === 0 && one !== undefined
          ? { [one]: length }
          : Object.fromEntries(ways.map((name, at) => [name, at + 1]));
      return [first, before, counts];
    });
    return { ...rest, settled, ...(fromMs !== undefined && { fromMs }), ...(refusals !== undefined && { refusals }) };
  });

test('what was written is read again, but for ranges that do not fit, the last of them', () => {
  fc.assert(
    fc.property(
      cursor,
      fc.integer({ min: 1, max: 1e9 }),
      fc.integer({ min: 700, max: MOST_METADATA }),
      (one, term, most) => {
        const text = encodeMetadata({ cursor: one, term }, most);
        expect(text.length).toBeLessThanOrEqual(most);
        // A character is a byte: no broker can count more.
        expect(Buffer.byteLength(text)).toBe(text.length);
        const told = decodeMetadata(text);
        const kept = told?.cursor.settled.length ?? 0;
        expect(told).toEqual({ cursor: { ...one, settled: one.settled.slice(0, kept) }, term });
        const next = one.settled.slice(0, kept + 1);
        if (kept < one.settled.length) {
          const longer = encodeMetadata({ cursor: { ...one, settled: next }, term }, most + 100);
          expect(longer.length).toBeGreaterThan(most - 700);
        }
      },
    ),
  );
});

test('64 ranges of one entry each take a fifth of the room', () => {
  const settled = Array.from({ length: 64 }, (_, at): [number, number, SettledCounts] => [
    2 * at + 1e9,
    2 * at + 1e9,
    { acked: 1 },
  ]);
  const text = encodeMetadata({
    cursor: { position: 5, reach: 2e9, counts: { acked: 5 }, uncounted: 0, settled },
    term: 1,
  });
  expect(decodeMetadata(text)?.cursor.settled).toHaveLength(64);
  expect(text.length).toBeLessThan(MOST_METADATA / 5);
});

test('counts that do not fit are refused: none may be left out', () => {
  const counts = Object.fromEntries(Array.from({ length: 90 }, (_, at) => [`excluded.${'x'.repeat(50)}${at}`, 1]));
  const write = (): string =>
    encodeMetadata({ cursor: { position: 90, reach: 0, settled: [], counts, uncounted: 0 }, term: 1 });
  expect(write).toThrow(expect.objectContaining({ code: 'CURSOR_TOO_LARGE' }));
});

test.each(['', 'kafka-consumer-groups', '{"version":1}'])('somebody else’s is not ours: %j', (text) => {
  expect(decodeMetadata(text)).toBeUndefined();
});

test('a newer version’s is refused', () => {
  expect(() => decodeMetadata('{"v":2}')).toThrow(expect.objectContaining({ code: 'JOURNAL_NEWER' }));
});
