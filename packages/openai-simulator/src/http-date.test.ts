/** How the simulator tells the time. */
import { expect, test } from 'vitest';
import { dateText, flapped } from './http-date.ts';
import { defaultKnobs } from './knobs.ts';

/** The example of RFC 9110, section 5.6.7. */
const moment = Date.UTC(1994, 10, 6, 8, 49, 37);

test.each([
  ['imf', 'Sun, 06 Nov 1994 08:49:37 GMT'],
  ['rfc850', 'Sunday, 06-Nov-94 08:49:37 GMT'],
  ['asctime', 'Sun Nov  6 08:49:37 1994'],
] as const)('a date in the form %s', (form, text) => {
  expect(dateText(moment, form)).toBe(text);
});

test('of two backends about every second answer is the other one’s, always the same', () => {
  const knobs = { ...defaultKnobs, clock_skew_s: 5, clock_flap_s: 100 };
  const skews = (): readonly number[] => Array.from({ length: 200 }, (_, n) => flapped(knobs, n + 1).clock_skew_s);
  expect(new Set(skews())).toEqual(new Set([5, 105]));
  expect(skews().filter((skew) => skew === 105).length).toBeGreaterThan(70);
  expect(skews().filter((skew) => skew === 105).length).toBeLessThan(130);
  expect(skews()).toEqual(skews());
});
