/**
 * A partition's cursor as the metadata of a committed offset: one text of ASCII, for the broker counts characters and the
 * documentation bytes. For example
 *
 *   {"v":1,"p":1200,"r":11200,"u":0,"t":3,"w":["acked","excluded.when"],"c":[1100,100],"s":"2.5;0.a.1"}
 *
 * where `s` are the settled ranges: entries to pass over, entries of the range, and what became of them: nothing where all
 * were what the first name says, the index of another name, or `index:count` of each. All in base 36.
 */
import { RelayError, type SettledCounts, type StoredCursor } from '@audit-relay/core/journal';

/** `offset.metadata.max.bytes` of a broker, its default (kafka.apache.org/documentation, read 2026-11-29). */
export const MOST_METADATA = 4_096;

const VERSION = 1;
const RADIX = 36;

/** A cursor and which of a partition's owners has written it: each counts one more than it found. */
export interface TermedCursor {
  readonly cursor: StoredCursor;
  readonly term: number;
}

interface Told {
  readonly v: number;
  readonly p: number;
  readonly r: number;
  readonly t: number;
  readonly u?: number;
  readonly f?: number;
  readonly x?: number;
  readonly w: readonly string[];
  readonly c: readonly number[];
  readonly s: string;
}

/**
 * Settled ranges that do not fit are left out, the last ones first, with their counts: those entries go out again, as replay.
 * @throws RelayError `CURSOR_TOO_LARGE` when it does not fit without any.
 */
export function encodeMetadata({ cursor, term }: TermedCursor, most: number = MOST_METADATA): string {
  const { position, reach, uncounted, fromMs, refusals, counts = {}, settled } = cursor;
  const ways = [...new Set([counts, ...settled.map(([, , ofRange = {}]) => ofRange)].flatMap(Object.keys))];
  const told = (ranges: string): string =>
    ascii({
      v: VERSION,
      p: position,
      r: reach,
      t: term,
      ...(uncounted !== undefined && { u: uncounted }),
      ...(fromMs !== undefined && { f: fromMs }),
      ...(refusals !== undefined && { x: refusals }),
      w: ways,
      c: ways.map((way) => counts[way] ?? 0),
      s: ranges,
    });
  const left = most - told('').length;
  if (left < 0) throw new RelayError('CURSOR_TOO_LARGE', `the counts of a cursor take over ${most} characters`);
  let ranges = '';
  let before = position;
  for (const [first, last, ofRange] of settled) {
    const text = [first - before - 1, last - first + 1].map(digits).join('.') + waysOf(ofRange, last - first + 1, ways);
    const longer = ranges === '' ? text : `${ranges};${text}`;
    if (longer.length > left) break;
    ranges = longer;
    before = last;
  }
  return told(ranges);
}

/** Undefined: somebody else has written it. @throws RelayError `JOURNAL_NEWER` */
export function decodeMetadata(text: string): TermedCursor | undefined {
  const told = parsed(text);
  if (typeof told?.v !== 'number') return undefined;
  if (told.v > VERSION)
    throw new RelayError(
      'JOURNAL_NEWER',
      'a newer version wrote a cursor of this journal: start that version or a later one',
    );
  const { p: position, r: reach, t: term, u: uncounted, f: fromMs, x: refusals, w: ways, c, s } = told;
  let before = position;
  const settled = (s === '' ? [] : s.split(';')).map((range): [number, number, SettledCounts] => {
    const [gap = '', length = '', ...counted] = range.split('.');
    const first = before + 1 + numberOf(gap);
    before = first + numberOf(length) - 1;
    return [first, before, countsOf(counted, numberOf(length), ways)];
  });
  const counts = Object.fromEntries(ways.flatMap((way, index) => ((c[index] ?? 0) > 0 ? [[way, c[index] ?? 0]] : [])));
  const cursor = {
    position,
    reach,
    settled,
    counts,
    ...(uncounted !== undefined && { uncounted }),
    ...(fromMs !== undefined && { fromMs }),
    ...(refusals !== undefined && { refusals }),
  };
  return { cursor, term };
}

function waysOf(counts: SettledCounts = {}, length: number, ways: readonly string[]): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  const [only] = some;
  if (some.length === 1 && only !== undefined && only[1] === length) {
    const index = ways.indexOf(only[0]);
    return index === 0 ? '' : `.${digits(index)}`;
  }
  if (some.length === 0) return '.-';
  return some.map(([way, count]) => `.${digits(ways.indexOf(way))}:${digits(count)}`).join('');
}

function countsOf(counted: readonly string[], length: number, ways: readonly string[]): SettledCounts {
  const nameAt = (index: string): string => ways[numberOf(index)] ?? '';
  const [only = '0'] = counted;
  if (only === '-') return {};
  if (!only.includes(':')) return { [nameAt(only)]: length };
  return Object.fromEntries(
    counted.map((one) => {
      const [index = '', count = ''] = one.split(':');
      return [nameAt(index), numberOf(count)];
    }),
  );
}

function parsed(text: string): Told | undefined {
  if (!text.startsWith('{"v":')) return undefined;
  // What begins so is ours: nobody else has a reason to write it.
  return JSON.parse(text) as Told;
}

function ascii(told: Told): string {
  return JSON.stringify(told).replace(/[^\x20-\x7e]/gu, escaped);
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const unit = character.charCodeAt(index).toString(16).padStart(4, '0');
    return `\\u${unit}`;
  }).join('');
}

function digits(number: number): string {
  return number.toString(RADIX);
}

function numberOf(text: string): number {
  return Number.parseInt(text, RADIX);
}
