import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashIds, IdTable, WORDS } from './id-table.ts';

test('a table holds what was added and nothing else', () => {
  const small = fc.array(fc.nat(300).map(String), { maxLength: 400 });
  fc.assert(
    fc.property(small, small, (added, asked) => {
      const table = new IdTable();
      const model = new Set<string>();
      const words = hashIds(added);
      added.forEach((id, index) => {
        expect(table.add(words, index * WORDS)).toBe(!model.has(id));
        model.add(id);
      });
      const others = hashIds(asked);
      asked.forEach((id, index) => {
        expect(table.has(others, index * WORDS)).toBe(model.has(id));
      });
    }),
  );
});

test('ids that differ in a lone surrogate alone are two', () => {
  const words = hashIds(['\ud800', '\ud801']);
  expect(words.slice(0, WORDS)).not.toEqual(words.slice(WORDS));
});

test('ten thousand ids take at most 32 bytes each', () => {
  const table = new IdTable();
  const words = hashIds(Array.from({ length: 10_000 }, (_, index) => `audit_log-${index}`));
  for (let at = 0; at < words.length; at += WORDS) table.add(words, at);
  expect(table.bytes / 10_000).toBeLessThanOrEqual(32);
});
