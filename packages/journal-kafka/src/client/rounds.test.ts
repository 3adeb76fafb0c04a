/** Records cut into requests: in order, none left out, none larger together than the topic takes. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, inRounds, type RecordsOf } from './rounds.ts';

const MAX = 1000;

test('whatever is to be written: all of it, in order, one batch for a partition and round, and only one that is too large alone passes the limit', () => {
  const part = fc.record({ partition: fc.nat(3), sizes: fc.array(fc.nat(1500), { maxLength: 8 }) });
  fc.assert(
    fc.property(fc.uniqueArray(part, { selector: ({ partition }) => partition }), (parts) => {
      const asked: readonly RecordsOf[] = parts.map(({ partition, sizes }) => ({
        topic: 't',
        partition,
        records: sizes.map((size, at) => ({ key: Buffer.from(String(at)), value: Buffer.alloc(size) })),
      }));
      const rounds = inRounds(asked, MAX);
      for (const { partition, records } of asked) {
        const written = rounds.flatMap((round) => round.filter((one) => one.partition === partition));
        expect(written.flatMap((one) => one.records)).toEqual(records);
      }
      for (const round of rounds) {
        expect(new Set(round.map(({ partition }) => partition)).size).toBe(round.length);
        for (const { records } of round) {
          const bytes = records.reduce((sum, record) => sum + bytesOf(record), 0);
          expect(records.length === 1 || bytes <= MAX).toBe(true);
        }
      }
    }),
  );
});
