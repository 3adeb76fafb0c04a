/** How a server tells the time: in which form, and by which of its clocks. Dates in headers are made here. */
import { Random } from './generator/random.ts';
import type { Knobs } from './knobs.ts';

const flapStream = 9;
const shortDays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const longDays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

/** The knobs as the backend that answers request `number` has them: about every second one has the other clock. */
export function flapped(knobs: Knobs, number: number): Knobs {
  if (knobs.clock_flap_s === 0 || !new Random(1, flapStream, number).chance(0.5)) return knobs;
  return { ...knobs, clock_skew_s: knobs.clock_skew_s + knobs.clock_flap_s };
}

/**
 * A date as RFC 9110, section 5.6.7, lets it be written: `Sun, 06 Nov 1994 08:49:37 GMT`,
 * `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`. All three are UTC.
 */
export function dateText(ms: number, form: Knobs['date_form']): string {
  const date = new Date(ms);
  const imf = date.toUTCString();
  // "Sun, 06 Nov 1994 08:49:37 GMT"
  const [, day = '', month = '', year = '', time = ''] = imf.split(' ');
  const weekday = date.getUTCDay();
  if (form === 'rfc850') return `${longDays[weekday] ?? ''}, ${day}-${month}-${year.slice(-2)} ${time} GMT`;
  if (form === 'asctime')
    return `${shortDays[weekday] ?? ''} ${month} ${String(date.getUTCDate()).padStart(2)} ${time} ${year}`;
  return imf;
}
