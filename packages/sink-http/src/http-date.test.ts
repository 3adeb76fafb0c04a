/** All three forms of a date, each the same moment whatever this host's time zone is. */
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { parseHttpDate } from './http-date.ts';

const { TZ } = process.env;
afterEach(() => {
  if (TZ === undefined) delete process.env['TZ'];
  else process.env['TZ'] = TZ;
});

const NOW_MS = Date.UTC(2026, 2, 1);

test.each([
  { text: 'Sun, 06 Nov 1994 08:49:37 GMT', iso: '1994-11-06T08:49:37.000Z' },
  { text: 'Sunday, 06-Nov-94 08:49:37 GMT', iso: '1994-11-06T08:49:37.000Z' },
  { text: 'Sun Nov  6 08:49:37 1994', iso: '1994-11-06T08:49:37.000Z' },
  { text: 'Sun Nov 16 08:49:37 1994', iso: '1994-11-16T08:49:37.000Z' },
  { text: 'Wednesday, 06-May-75 08:49:37 GMT', iso: '2075-05-06T08:49:37.000Z' },
  { text: 'Friday, 06-May-77 08:49:37 GMT', iso: '1977-05-06T08:49:37.000Z' },
  { text: ' sun, 06 nov 1994 08:49:37 gmt ', iso: '1994-11-06T08:49:37.000Z' },
  { text: 'Sat, 31 Dec 2016 23:59:60 GMT', iso: '2016-12-31T23:59:59.000Z' },
  { text: 'Thu, 29 Feb 2024 00:00:00 GMT', iso: '2024-02-29T00:00:00.000Z' },
])('$text in any time zone', ({ text, iso }) => {
  for (const zone of ['UTC', 'America/Los_Angeles', 'Asia/Kolkata']) {
    process.env['TZ'] = zone;
    expect(parseHttpDate(text, NOW_MS)).toBe(Date.parse(iso));
  }
});

test.each([
  { text: undefined },
  { text: '' },
  { text: 'soon' },
  { text: '120' },
  { text: '2026-03-01T12:00:00Z' },
  { text: 'Sun, 31 Feb 2026 08:49:37 GMT' },
  { text: 'Sun, 06 Foo 1994 08:49:37 GMT' },
  { text: 'Sun, 06 Nov 1994 24:00:00 GMT' },
  { text: 'Sun, 06 Nov 1994 08:60:00 GMT' },
  { text: 'Sun, 06 Nov 1994 08:49:37 +0100' },
  { text: 'Sun Nov  6 08:49:37 1994 PST' },
])('$text is no date of HTTP', ({ text }) => {
  expect(parseHttpDate(text, NOW_MS)).toBeUndefined();
});

test('what Date writes is read back to the second', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date(253_402_300_799_000), noInvalidDate: true }), (date) => {
      expect(parseHttpDate(date.toUTCString(), NOW_MS)).toBe(Math.floor(date.getTime() / 1000) * 1000);
    }),
  );
});
