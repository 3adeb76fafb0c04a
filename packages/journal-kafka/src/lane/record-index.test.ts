/** From an entry's number to the offset at which reading goes on. */
import { expect, test } from 'vitest';
import { RecordIndex } from './record-index.ts';

test('the record with the next entry that is not passed; behind all that was read, what comes next', () => {
  const index = new RecordIndex(7n);
  expect(index.offsetAfter(10)).toBe(7n);
  index.add({ offset: 7n, first: 11, count: 3 });
  index.add({ offset: 9n, first: 14, count: 2 });
  expect(index.offsetAfter(10)).toBe(7n);
  expect(index.offsetAfter(12)).toBe(7n);
  expect(index.offsetAfter(13)).toBe(9n);
  expect(index.offsetAfter(15)).toBe(10n);
  index.add({ offset: 12n, first: 16, count: 1 });
  expect(index.offsetAfter(15)).toBe(12n);
});
