/** What a soak takes for the ids' own memory is what they take. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { IdHours } from '../../packages/core/dist/journal/id-hours.js';
import { IdTable, WORDS } from '../../packages/core/dist/journal/id-table.js';
import { hoursBytes, idsMb, tableBytes } from './ids.ts';

test('of as many ids as there may be, to the byte', () => {
  const [table, hours] = [new IdTable(), new IdHours(2 ** 22)];
  const random = randomBytes(4 * WORDS * 30_000);
  const words = new Uint32Array(random.buffer, random.byteOffset, WORDS * 30_000);
  const wrong: number[] = [];
  for (let id = 0; id < 30_000; id += 1) {
    table.add(words, id * WORDS);
    hours.add(1, words, id * WORDS);
    if (table.bytes !== tableBytes(id + 1) || hours.bytes !== hoursBytes(id + 1)) wrong.push(id + 1);
  }
  expect(wrong).toEqual([]);
});

test('of two hours, and no more', () => {
  const at = (minute: number): number => Date.UTC(2026, 0, 1, 10, 0) + minute * 60_000;
  const mb = (toMs: number): number => idsMb({ rate: 200, fromMs: at(40), toMs });
  expect(mb(at(59)) - mb(at(41))).toBeGreaterThan(5);
  expect(mb(at(119)) - mb(at(61))).toBeGreaterThan(15);
  // From the third hour on only the places of all ids grow.
  expect(mb(at(239)) - mb(at(179))).toBeLessThan(13);
});
