/** What would come with every batch is said once in five minutes. */
import { expect, test } from 'vitest';
import { LogThrottle } from './log-throttle.ts';

test('a code is logged once in five minutes, whatever its fields, and another one beside it', () => {
  let elapsedMs = 0;
  const lines: unknown[] = [];
  const throttle = new LogThrottle({ elapsedMs: () => elapsedMs, log: (...line) => void lines.push(line) });
  throttle.log('A', { n: 1 });
  throttle.log('A', { n: 2 });
  throttle.log('B', { n: 3 }, 'warn');
  elapsedMs = 299_999;
  throttle.log('A', { n: 4 });
  elapsedMs = 300_000;
  throttle.log('A', { n: 5 });
  expect(lines).toEqual([
    ['A', { n: 1 }],
    ['B', { n: 3 }, 'warn'],
    ['A', { n: 5 }],
  ]);
});
