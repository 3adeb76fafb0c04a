/** Pieces of JSON text, as `JSON.stringify` writes them, for documents of which most is the same each time. */

/** All that JSON escapes: quotes, control characters, and halves of surrogate pairs that stand alone. */
const ESCAPED = /["\\\p{Cc}\p{Cs}]/u;

/** A string as JSON: nearly every one is itself between two quotes. */
export function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** `"name":"text"`; empty for what is not there. */
export function member(name: string, text: string | undefined): string {
  return text === undefined ? '' : `"${name}":${quoted(text)}`;
}

/** Members side by side; either may be empty. */
export function fields(first: string, second: string): string {
  if (second === '') return first;
  return first === '' ? second : `${first},${second}`;
}

/** `"name":{members}`; empty without members. */
export function object(name: string, members: string): string {
  return members === '' ? '' : `"${name}":{${members}}`;
}

/** Of a time within the years 0 to 9999. */
const USUAL_LENGTH = 24;
const DAY_MS = 86_400_000;
const TWO_DIGITS: readonly string[] = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/** RFC 3339 in UTC with milliseconds, as `toISOString` gives it; the day's part is remembered, as events of a day come together. */
export class TimeText {
  #day = Number.NaN;
  #date = '';
  #lastMs = Number.NaN;
  #last = '';

  /** The last one is remembered too: all events of a page were received at once. */
  of(ms: number): string {
    if (ms !== this.#lastMs) {
      this.#last = this.#write(ms);
      this.#lastMs = ms;
    }
    return this.#last;
  }

  #write(ms: number): string {
    const day = Math.floor(ms / DAY_MS);
    if (day !== this.#day) {
      const whole = new Date(ms).toISOString();
      if (whole.length !== USUAL_LENGTH) return whole;
      this.#date = whole.slice(0, 11);
      this.#day = day;
    }
    const inDay = ms - day * DAY_MS;
    if (!Number.isInteger(inDay)) return new Date(ms).toISOString();
    const seconds = Math.floor(inDay / 1_000);
    const minutes = Math.floor(seconds / 60);
    const [h, m, s] = [TWO_DIGITS[Math.floor(minutes / 60)], TWO_DIGITS[minutes % 60], TWO_DIGITS[seconds % 60]];
    return `${this.#date}${h}:${m}:${s}.${String(inDay % 1_000).padStart(3, '0')}Z`;
  }
}

/**
 * The same text in one piece. A text put together of others stays a tree of them, and what is remembered would be walked
 * through for each document that it goes into: that was 4 of 18 µs.
 */
export function inOnePiece(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
