/** How many records are asked for at once, after pages that did and did not come. */
import { expect, test } from 'vitest';
import { fitting, PageLimit } from './page-limit.ts';

/** `+`: a page came, `-`: it was too large or too slow. */
const cases = [
  { name: 'all of the API’s maximum at first', steps: '', limit: 100 },
  { name: 'half of it after one that did not come', steps: '-', limit: 50 },
  { name: 'down to a single record', steps: '------', limit: 1 },
  { name: 'and no fewer', steps: '--------', limit: 1 },
  { name: 'no more than worked right before', steps: '-+++', limit: 50 },
  { name: 'more again, up to below what did not work', steps: '---++', limit: 24 },
  { name: 'all again after ten that came', steps: '-++++++++++', limit: 100 },
  { name: 'as many as worked the last time', from: 6, steps: '', limit: 6 },
  { name: 'twice as many after that', from: 6, steps: '++', limit: 24 },
  { name: 'never more than the maximum', from: 60, steps: '+++', limit: 100 },
] as const;

test.for<{ name: string; steps: string; limit: number; from?: number }>(cases)('$name', ({ steps, limit, from }) => {
  const asked = new PageLimit(from);
  for (const step of steps) {
    if (step === '+') asked.came();
    else asked.shrink(asked.value);
  }
  expect(asked.value).toBe(limit);
});

test('whoever asks for one record is told that there is nothing smaller', () => {
  const asked = new PageLimit(2);
  expect([asked.shrink(2), asked.shrink(1)]).toEqual([true, false]);
});

test('what was asked for is halved, though by now no more than one is expected to fit', () => {
  let fits = 100;
  const asked = new PageLimit(100, () => fits);
  fits = 1;
  expect([asked.shrink(100), asked.value, asked.workable]).toEqual([true, 1, 50]);
});

test('a page that taught that one record fits is asked for again with one', async () => {
  let fits = 100;
  const limits: number[] = [];
  const answer = await fitting(new PageLimit(100, () => fits), async (most) => {
    limits.push(most);
    fits = 1;
    return most === 1 ? undefined : 'over_share';
  });
  expect({ answer, limits }).toEqual({ answer: undefined, limits: [100, 1] });
});
