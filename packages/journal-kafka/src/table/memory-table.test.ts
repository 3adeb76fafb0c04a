/** The table in memory against LMDB itself: whatever is written and asked, both give the same. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Key, Range } from '@audit-relay/core/journal';
import * as fc from 'fast-check';
import { open } from 'lmdb';
import { expect, test } from 'vitest';
import { MemoryTable } from './memory-table.ts';

/** What is stored has finite numbers, what is asked for any. */
const number = fc.oneof(fc.integer({ min: -3, max: 5 }), fc.constantFrom(2 ** 40, 2 ** 40 + 3));
const part = fc.oneof(number, fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY));
const text = fc.constantFrom('acme', 'acme2', 'b', 'é', '🦊', '');
const key: fc.Arbitrary<readonly (string | number)[]> = fc.tuple(text, number, number);
const bound: fc.Arbitrary<Key> = fc.oneof(key, fc.tuple(text), fc.tuple(text, part), fc.tuple(text, part, part));
const step = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), key, value: fc.nat(9) }),
  fc.record({ kind: fc.constant('remove' as const), key }),
  fc.record({
    kind: fc.constant('range' as const),
    start: fc.option(bound, { nil: undefined }),
    end: fc.option(bound, { nil: undefined }),
    reverse: fc.boolean(),
    limit: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  }),
);

function rangeOf({ start, end, reverse, limit }: Range): Range {
  return {
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
    ...(reverse === true && { reverse }),
    ...(limit !== undefined && { limit }),
  };
}

test('what is put, taken away and asked of by range is as with LMDB', () => {
  const folder = mkdtempSync(join(tmpdir(), 'memory-table-'));
  const root = open({ path: folder });
  let runs = 0;
  try {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        runs += 1;
        const lmdb = root.openDB<number, (string | number)[]>({ name: 'table' });
        lmdb.clearSync();
        const memory = new MemoryTable<Key, number>(() => undefined);
        for (const one of steps) {
          if (one.kind === 'put') {
            lmdb.putSync([...one.key], one.value);
            memory.put(one.key, one.value);
          } else if (one.kind === 'remove') {
            lmdb.removeSync([...one.key]);
            memory.remove(one.key);
          } else {
            const range = rangeOf(one as Range);
            // lmdb's own type of a range has mutable keys.
            const expected = [...lmdb.getRange(range as object)].map(({ key: at, value }) => ({ key: at, value }));
            expect([...memory.getRange(range)]).toEqual(expected);
          }
        }
      }),
      { numRuns: 150 },
    );
  } finally {
    root.close().catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
  expect(runs).toBeGreaterThan(100);
});
