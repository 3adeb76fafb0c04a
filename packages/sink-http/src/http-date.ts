/** Dates as HTTP writes them, for `Date`, `Retry-After` and their like. */

const MONTHS: readonly string[] = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

const TIME = '(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})';

/**
 * The three forms of RFC 9110, section 5.6.7, all of them UTC:
 *
 *     Sun, 06 Nov 1994 08:49:37 GMT     what is sent today
 *     Sunday, 06-Nov-94 08:49:37 GMT    RFC 850
 *     Sun Nov  6 08:49:37 1994          asctime, which names no zone
 */
const FORMS: readonly RegExp[] = [
  new RegExp(`^[a-z]{3}, (?<day>\\d{1,2}) (?<month>[a-z]{3}) (?<year>\\d{4}) ${TIME} (?:GMT|UTC)$`, 'i'),
  new RegExp(`^[a-z]{6,9}, (?<day>\\d{1,2})-(?<month>[a-z]{3})-(?<year>\\d{2}) ${TIME} (?:GMT|UTC)$`, 'i'),
  new RegExp(`^[a-z]{3} (?<month>[a-z]{3}) {1,2}(?<day>\\d{1,2}) ${TIME} (?<year>\\d{4})$`, 'i'),
];

const HALF_A_CENTURY = 50;

/**
 * An HTTP date → whole milliseconds since the epoch; undefined when it is none, or no day of the calendar.
 * @param nowMs tells the century of a year with two digits: one more than 50 years ahead is of the past.
 */
export function parseHttpDate(text: string | undefined, nowMs: number): number | undefined {
  const trimmed = text?.trim() ?? '';
  const groups = FORMS.map((form) => form.exec(trimmed)?.groups).find((found) => found !== undefined);
  return groups === undefined ? undefined : momentOf(groups, nowMs);
}

function momentOf(groups: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const numberOf = (part: string): number => Number(groups[part]);
  const month = MONTHS.indexOf(String(groups['month']).toLowerCase());
  const [day, hour, minute, second] = [numberOf('day'), numberOf('hour'), numberOf('minute'), numberOf('second')];
  if (month < 0 || hour > 23 || minute > 59 || second > 60) return undefined;
  // A leap second counts as the one before it.
  const ms = Date.UTC(yearOf(String(groups['year']), nowMs), month, day, hour, minute, Math.min(second, 59));
  return new Date(ms).getUTCDate() === day ? ms : undefined;
}

function yearOf(digits: string, nowMs: number): number {
  if (digits.length === 4) return Number(digits);
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + Number(digits);
  return year > thisYear + HALF_A_CENTURY ? year - 100 : year;
}
