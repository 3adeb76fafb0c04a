import { expect, test } from 'vitest';
import { BoundedCache } from './bounded-cache.ts';

test('makes a value once as long as there is room, and keeps no more than it may', () => {
  const made: string[] = [];
  const cache = new BoundedCache<string, string>(2, (key) => {
    made.push(key);
    return key.toUpperCase();
  });
  expect(['a', 'b', 'a', 'b'].map((key) => cache.of(key))).toEqual(['A', 'B', 'A', 'B']);
  expect(made).toEqual(['a', 'b']);
  // The third leaves room for itself alone: what was kept is made anew.
  expect(['c', 'c', 'a'].map((key) => cache.of(key))).toEqual(['C', 'C', 'A']);
  expect(made).toEqual(['a', 'b', 'c', 'a']);
});
